#include "sim/planned_design.h"

#include <optional>

#include "sim/rtl_plan.h"
#include "sim/scenario_pipeline.h"
#include "sw/base/progress.h"

namespace psaflow {

PlannedDesign planned_design(const Scenario& scenario, const IntModel& model) {
  if (scenario.is_simd()) {
    const SimdMapping mapping = build_scenario_mapping(scenario, model);
    const SimdPrediction plan = rtl_plan(scenario, mapping);
    return {count_units(simd_structure(mapping.hardware)), plan.ii_cycles, plan.latency_cycles};
  }
  const Pipeline pipeline = build_shown(scenario, model, Timing::kRtl);
  const CyclePrediction plan = checked_plan(scenario, pipeline);
  return {count_units(pipeline, streaming_structure(pipeline)), plan.ii_cycles, plan.latency_cycles};
}

Synthesis synthesise_shown(std::vector<CountedUnit> units, FpgaFamily family) {
  std::optional<Progress> progress;
  size_t shown = 0;
  SynthOptions options;
  options.family = family;
  options.progress = [&](size_t done, size_t all) {
    if (!progress) progress.emplace("yosys", all, "leaves");
    progress->advance(done - shown);
    shown = done;
  };
  return synthesise(std::move(units), options);
}

}  // namespace psaflow
