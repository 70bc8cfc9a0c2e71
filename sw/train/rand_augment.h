// RandAugment (Cubuk et al. 2020): a few random operations on an image of bytes, all of one strength.
#pragma once
#include <cstdint>

#include "sw/base/rng.h"

namespace psaflow {

struct ImageShape {
  int channels, height, width;
};

enum class ImageOperation {
  kIdentity,
  kAutoContrast,  // every channel stretched to 0..255
  kEqualize,      // every channel's histogram made flat
  kPosterize,     // 8 down to 4 bits
  kSolarize,      // bytes from a threshold of 256 down to 0 on are inverted
  kColor,         // towards grey or away from it, by up to 90 %
  kContrast,      // towards the mean grey or away from it
  kBrightness,    // towards black or away from it
  kSharpness,     // towards a smoothed image or away from it
  kRotate,        // by up to 30 degrees, as all below to either side
  kShearX,        // by up to 0.3
  kShearY,
  kTranslateX,  // by up to 30 % of the width
  kTranslateY,  // of the height
};
constexpr int kImageOperations = 14;

// image: bytes in planes, changed in place; strength -1..1 (the sign is the direction, where there is one); a fill a
// channel: what comes in from outside. Geometry takes the nearest pixel. What is grey of images that are not of three
// channels is the mean of them.
void apply_operation(ImageOperation operation, double strength, const uint8_t* fill, const ImageShape& shape,
                     uint8_t* image);

// `operations` random ones, each of strength +magnitude or -magnitude.
void rand_augment(int operations, double magnitude, const uint8_t* fill, const ImageShape& shape, Rng& rng,
                  uint8_t* image);

}  // namespace psaflow
