// Image bytes to network input, as the contract fixes it: normalise, scale, round half to even, saturate; then cut into
// patches.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

namespace psaflow {

// table[c][p]: the INT8 value of byte p in channel c.
std::vector<std::array<int8_t, 256>> pixel_table(const std::vector<double>& mean, const std::vector<double>& std,
                                                 double input_scale);

// One image [C, H, W] to patches [T, F]: tokens row-major over the image, features (row, column, channel), channel
// fastest. Works for any value type; `value(c, byte)` maps a byte.
template <typename T, typename Value>
void cut_patches(const uint8_t* image, int channels, int height, int width, int patch, T* out, const Value& value) {
  for (int py = 0; py < height / patch; ++py) {
    for (int px = 0; px < width / patch; ++px) {
      for (int y = 0; y < patch; ++y) {
        for (int x = 0; x < patch; ++x) {
          for (int c = 0; c < channels; ++c) {
            *out++ = value(c, image[(c * height + py * patch + y) * width + px * patch + x]);
          }
        }
      }
    }
  }
}

}  // namespace psaflow
