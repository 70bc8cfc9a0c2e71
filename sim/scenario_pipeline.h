// A scenario's pipeline, behind a progress line where its plan is a search.
#pragma once
#include "models/scenario/scenario.h"

namespace psaflow {

// As build_scenario_pipeline; the search of `residual_fifo_depth: minimal` takes seconds, and is shown.
Pipeline build_shown(const Scenario& scenario, const IntModel& model, Timing timing = Timing::kAsGiven);

}  // namespace psaflow
