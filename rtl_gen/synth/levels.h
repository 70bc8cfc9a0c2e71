// Reads levels of logic out of netlists.
#pragma once
#include <map>
#include <string>

#include "models/clock/levels.h"

namespace psaflow {

// Of each module, but those of the library, in what Yosys' write_json gave, flattened, without registers (FD*, SRL*), DSP slices and block RAMs. A bit of a carry
// chain depends on what comes from below it only. UserError (a Yosys that we do not understand) when a cell has no directions of its
// ports, two drive a net, or logic goes in a circle.
std::map<std::string, LogicLevels> parse_levels(const std::string& json);

}  // namespace psaflow
