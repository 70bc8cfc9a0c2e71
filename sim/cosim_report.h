// What `psaflow cosim` says: the tables and the JSON of one co-simulation, plan, SystemC and RTL side by side.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/cosim_session.h"

namespace psaflow {

// Why the run fails, one line each; empty: it passes.
std::vector<std::string> cosim_failures(const CosimSession& session);

void print_cosim_tables(const CosimSession& session);
std::string cosim_json(const CosimSession& session);

// How far the RTL's first and last output cycles and intervals of a stage are from plan and SystemC, the most, in
// cycles.
int64_t stage_cycles_off(const CosimSession& session, size_t stage);

// One figure in all three views; 0: not known.
struct CycleCounts {
  int64_t plan = 0, systemc = 0, rtl = 0;
};
CycleCounts ii_counts(const CosimSession& session);
CycleCounts latency_counts(const CosimSession& session);
CycleCounts total_counts(const CosimSession& session);

// How far the RTL's figure is from the plan's or SystemC's, the most, in %; empty when there is nothing to compare.
std::optional<double> percent_off(const CycleCounts& counts);

}  // namespace psaflow
