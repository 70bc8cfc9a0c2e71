// A block diagram of an IP, as SVG: every stage, the ways round them, FIFO depths.
#pragma once
#include <string>

#include "models/plan/stage.h"

namespace psaflow::ip {

// Stages from top to bottom in dataflow order, what goes round them on the right. The same pipeline gives the same text.
std::string block_diagram(const Pipeline& pipeline, const std::string& top);

}  // namespace psaflow::ip
