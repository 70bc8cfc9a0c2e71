// Images as PNGs, a folder a class.
#pragma once
#include <string>

#include "sw/data/split.h"

namespace psaflow::detail {

// See load_split().
Dataset load_png_split(const std::string& dir, Split split, const ImageInput& input, int classes, size_t limit);

}  // namespace psaflow::detail
