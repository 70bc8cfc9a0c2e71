// What a table on a terminal needs: bars, emphasis and grouped digits, and plain ASCII where the locale knows no
// better.
#pragma once
#include <cstdint>
#include <string>

#include "models/scenario/devices.h"
#include "sim/say.h"

namespace psaflow {

// "6,240"
std::string grouped(int64_t value);
// The same of the nearest integer; "-" where there is nothing to say: 0.
std::string or_dash(double value);
// "xck26 (Kria KV260): 117,120 LUT, 234,240 FF, ..."
std::string device_text(const Device& device);

// "blocks.3.token.mix" -> "blocks.*.token.mix": the same stage of every block shares a row.
std::string folded(std::string name);

// `width` characters: filled for `solid` of them (eighths of a block in a UTF-8 locale), then shaded for `shaded`; both
// are fractions in 0..1, cut off at the width.
std::string bar(double solid, double shaded, int width);
// The mark behind a line that matters.
std::string mark();
// The text made printable; bold when stdout is a terminal and NO_COLOR is not set.
OurText bold(const std::string& text);

}  // namespace psaflow
