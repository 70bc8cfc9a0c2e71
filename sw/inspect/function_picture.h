// The learned 1-D functions of a network as small multiples: one small panel a channel, so that a whole layer is seen
// at once.
#pragma once
#include <string>
#include <vector>

#include "sw/inspect/functions.h"

namespace psaflow {

// One SVG page, a section a set, panels in the order of channels. Axes are shared by the panels of a section, y = x is
// a thin grey line, and colour tells straight, bent, non-monotone and constant functions apart. Sets with measured uses
// also show how often each input occurs, and draw the curve pale outside the middle 99 % of them. The same sets give
// the same text.
std::string function_picture_svg(const std::vector<FunctionSet>& sets, const std::string& title);

}  // namespace psaflow
