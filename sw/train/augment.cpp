#include "sw/train/augment.h"

#include <algorithm>

#include "sw/train/rand_augment.h"

namespace psaflow {

void augment(const uint8_t* image, const ImageShape& shape, const Augmentation& a, const uint8_t* fill, Rng& rng,
             uint8_t* out) {
  const auto [channels, height, width] = shape;
  const int span = 2 * a.crop_pad + 1;
  const int dy = static_cast<int>(rng.below(span)) - a.crop_pad, dx = static_cast<int>(rng.below(span)) - a.crop_pad;
  const bool flip = a.flip && rng.below(2) == 1;
  for (int c = 0; c < channels; ++c) {
    for (int y = 0; y < height; ++y) {
      uint8_t* to = out + (c * height + y) * width;
      const int from_y = y + dy;
      std::fill_n(to, width, fill[c]);
      if (from_y < 0 || from_y >= height) continue;
      const uint8_t* from = image + (c * height + from_y) * width;
      const int first = std::max(0, -dx), last = std::min(width, width - dx);
      if (first < last) std::copy(from + first + dx, from + last + dx, to + first);
      if (flip) std::reverse(to, to + width);
    }
  }
  rand_augment(a.random_operations, a.random_magnitude, fill, shape, rng, out);
  if (a.cutout > 0) {
    const int cy = static_cast<int>(rng.below(height)) - a.cutout / 2,
              cx = static_cast<int>(rng.below(width)) - a.cutout / 2;
    for (int c = 0; c < channels; ++c) {
      for (int y = std::max(0, cy); y < std::min(height, cy + a.cutout); ++y) {
        std::fill(out + (c * height + y) * width + std::max(0, cx),
                  out + (c * height + y) * width + std::min(width, cx + a.cutout), fill[c]);
      }
    }
  }
}

}  // namespace psaflow
