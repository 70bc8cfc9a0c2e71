// How what something takes of an FPGA is read off Yosys' statistics.
#pragma once
#include <string>

#include "models/area/cost.h"

namespace psaflow {

// Of `stat -tech xilinx`: the totals of the hierarchy. UserError (a Yosys that we do not understand) when they are
// missing, or hold a cell of which we do not know what it takes.
FpgaCost parse_stat(const std::string& text);

}  // namespace psaflow
