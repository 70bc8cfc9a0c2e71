// Random views of a training image.
#pragma once
#include <cstdint>

#include "sw/base/rng.h"
#include "sw/train/rand_augment.h"
#include "sw/train/recipe.h"

namespace psaflow {

// image, out: [channels, height, width] bytes in planes, not overlapping. Draws from rng the same number of values
// whatever the image holds. fill[channels]: the byte of padding and cutout (the data's mean, so that it normalises to
// about 0).
void augment(const uint8_t* image, const ImageShape& shape, const Augmentation& augmentation, const uint8_t* fill,
             Rng& rng, uint8_t* out);

}  // namespace psaflow
