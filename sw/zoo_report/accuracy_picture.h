// The zoo as a chart: accuracy against hidden size, one line an activation, ours and the paper's.
#pragma once
#include <string>

#include "sw/zoo_report/zoo.h"

namespace psaflow {

// An SVG page with the panels of accuracy_lines.h: hidden size in octaves, accuracy on the test split in percent. A
// network is a ring (float) and a dot (INT8); solid lines join networks of equal budget. The paper's are diamonds,
// hollow and solid, on dashed lines. The activations of one size stand side by side. The same zoo gives the same text.
std::string accuracy_picture_svg(const Zoo& zoo, const std::string& title);

}  // namespace psaflow
