// The grid on which the area model is calibrated: leaves as they stand in many small and large designs.
#pragma once
#include <vector>

#include "models/area/units.h"

namespace psaflow {

// Distinct leaves, without ROMs, of networks and foldings spread over what scenarios may ask for. Shipped scenarios,
// which validate the model, are not among the designs they come from. For a family of small devices those that none of them could hold are
// left out.
std::vector<SynthUnit> calibration_units(FpgaFamily family);

}  // namespace psaflow
