#include "sim/scenario_pipeline.h"

#include <optional>

#include "sw/base/progress.h"

namespace psaflow {

Pipeline build_shown(const Scenario& scenario, const IntModel& model, Timing timing) {
  std::optional<Progress> progress;
  int shown = 0;
  return build_scenario_pipeline(scenario, model, timing, [&](int done, int all) {
    if (!progress) progress.emplace("residual FIFOs", static_cast<uint64_t>(all), "depths");
    progress->advance(static_cast<uint64_t>(done - shown));
    shown = done;
  });
}

}  // namespace psaflow
