// --fault STAGE:TOKEN:CHANNEL: an element of a tensor that a model of an accelerator shows.
#pragma once
#include <string>
#include <vector>

#include "models/bench/results.h"

namespace psaflow {

struct FaultPlace {
  std::string name;
  int tokens = 0, channels = 0;
};

// UserError where the text names none of the places (at least one), nor an element of its. what: "a stage of the
// pipeline".
Fault fault_option(const std::string& text, const std::vector<FaultPlace>& places, const std::string& what);

}  // namespace psaflow
