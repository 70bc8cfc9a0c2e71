// What `psaflow cosim` says: the tables and the JSON of one co-simulation, plan, SystemC and RTL side by side.
#pragma once
#include <optional>
#include <string>

#include "rtl_gen/cosim/run.h"
#include "sim/simulate_report.h"

namespace psaflow {

struct CosimRun {
  const SimulateRun& systemc_run;  // scenario, model, pipeline, plan, images; `correct` is counted on the RTL's logits
  const SimulationResult& systemc;
  const RtlRun& rtl;
  const Design& design;
  const RtlBuild& build;
  bool taps = false, random_stalls = false;
  int64_t reset_at_cycle = -1;
  size_t systemc_differs = 0;  // images whose logits differ between SystemC and RTL
};

// Why the run fails, one line each; empty: it passes.
std::vector<std::string> cosim_failures(const CosimRun& run);

void print_cosim_tables(const CosimRun& run);
std::string cosim_json(const CosimRun& run);

}  // namespace psaflow
