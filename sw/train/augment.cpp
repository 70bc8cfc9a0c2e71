#include "sw/train/augment.h"

#include <algorithm>

#include "sw/train/rand_augment.h"

namespace psaflow {

void augment(const uint8_t* image, int channels, int side, const Augmentation& a, const uint8_t* fill, Rng& rng,
             uint8_t* out) {
  const int span = 2 * a.crop_pad + 1;
  const int dy = static_cast<int>(rng.below(span)) - a.crop_pad, dx = static_cast<int>(rng.below(span)) - a.crop_pad;
  const bool flip = a.flip && rng.below(2) == 1;
  for (int c = 0; c < channels; ++c) {
    for (int y = 0; y < side; ++y) {
      uint8_t* to = out + (c * side + y) * side;
      const int from_y = y + dy;
      std::fill_n(to, side, fill[c]);
      if (from_y < 0 || from_y >= side) continue;
      const uint8_t* from = image + (c * side + from_y) * side;
      const int first = std::max(0, -dx), last = std::min(side, side - dx);
      std::copy(from + first + dx, from + last + dx, to + first);
      if (flip) std::reverse(to, to + side);
    }
  }
  rand_augment(a.random_operations, a.random_magnitude, fill, side, rng, out);
  if (a.cutout > 0) {
    const int cy = static_cast<int>(rng.below(side)) - a.cutout / 2,
              cx = static_cast<int>(rng.below(side)) - a.cutout / 2;
    for (int c = 0; c < channels; ++c) {
      for (int y = std::max(0, cy); y < std::min(side, cy + a.cutout); ++y) {
        std::fill(out + (c * side + y) * side + std::max(0, cx),
                  out + (c * side + y) * side + std::min(side, cx + a.cutout), fill[c]);
      }
    }
  }
}

}  // namespace psaflow
