// A scenario's design as RTL, whatever its kind: what it is built of, and how fast it is.
#pragma once
#include <vector>

#include "models/area/units.h"
#include "models/scenario/scenario.h"
#include "rtl_gen/synth/synthesis.h"

namespace psaflow {

struct PlannedDesign {
  std::vector<CountedUnit> units;
  int64_t ii_cycles = 0, latency_cycles = 0;
};

// Timed as the RTL is. UserError as build_shown and checked_plan.
PlannedDesign planned_design(const Scenario& scenario, const IntModel& model);

// For a device of the family, behind a progress line. Throws what synthesise throws.
Synthesis synthesise_shown(std::vector<CountedUnit> units, FpgaFamily family);

}  // namespace psaflow
