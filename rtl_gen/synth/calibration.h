// The grid on which the area model is calibrated: leaves as they stand in many small and large designs.
#pragma once
#include <string>
#include <vector>

#include "models/area/units.h"

namespace psaflow {

// Distinct leaves, without ROMs, of networks and foldings spread over what scenarios may ask for. Shipped scenarios and
// those that validate the model (validation_designs) are not among the designs they come from.
std::vector<SynthUnit> calibration_units();

// Whole designs of other widths, depths, lanes and foldings than the grid's: eight streaming ones, four fixed-size ones.
struct ValidationDesign {
  std::string name;
  std::vector<CountedUnit> units;
};
std::vector<ValidationDesign> validation_designs();

}  // namespace psaflow
