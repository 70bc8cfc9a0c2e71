// The parts that the JSON of every run of an accelerator has in common, whatever ran it.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "sim/simulate_report.h"

namespace psaflow {

struct RunCounts {  // of SystemC, or of the RTL
  size_t images = 0, mismatches = 0;
  int64_t ii_cycles = 0, latency_cycles = 0;  // 0: not known; II: of the steady state
};

// Scenario, version, model and device.
nlohmann::ordered_json scenario_json(const Scenario& scenario);
// images, mismatches, ii_cycles, latency_cycles, clock_mhz, fps.
void add_counts(nlohmann::ordered_json& json, const Scenario& scenario, const RunCounts& counts);
// What the scenario's source claims, or null.
nlohmann::ordered_json claimed_json(const Scenario& scenario);

// Scenario, model and device; the counts; accuracy, null unless has_accuracy; what the scenario's source claims.
nlohmann::ordered_json run_json(const SimulateRun& run, const RunCounts& counts, bool has_accuracy);

// Name, kind and folding.
nlohmann::ordered_json stage_json(const Stage& stage);

// Pattern, seed and probabilities; null: neither end hesitates.
nlohmann::ordered_json stalls_json(const Stalls& stalls);

nlohmann::ordered_json deadlock_json(const Deadlock& deadlock);

// Cycles, or the images a second that an II gives; null where they are not known (0).
nlohmann::ordered_json known(int64_t cycles);
nlohmann::ordered_json rate_json(double clock_mhz, int64_t ii_cycles);

// Images a second of wall time; 0 where no time went by.
double wall_rate(size_t images, double seconds);

// How a report is written: indented, whatever bytes a file name holds.
std::string to_text(const nlohmann::ordered_json& json);

}  // namespace psaflow
