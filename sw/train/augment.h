// Random views of a training image.
#pragma once
#include <cstdint>

#include "sw/base/rng.h"
#include "sw/train/recipe.h"

namespace psaflow {

// image, out: [channels, side, side] bytes in planes, not overlapping. Draws from rng the same number of values
// whatever the image holds. fill[channels]: the byte of padding and cutout (the data's mean, so that it normalises to
// about 0).
void augment(const uint8_t* image, int channels, int side, const Augmentation& augmentation, const uint8_t* fill,
             Rng& rng, uint8_t* out);

}  // namespace psaflow
