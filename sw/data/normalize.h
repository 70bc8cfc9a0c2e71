// Image bytes to network input, as the contract fixes it: normalise, scale, round half to even, saturate; then cut into
// patches.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "sw/network/image_input.h"

namespace psaflow {

// table[c][p]: the INT8 value of byte p in channel c.
std::vector<std::array<int8_t, 256>> pixel_table(const std::vector<double>& mean, const std::vector<double>& std,
                                                 double input_scale);
inline std::vector<std::array<int8_t, 256>> pixel_table(const ImageInput& input) {
  return pixel_table(input.mean, input.std, input.input_scale);
}

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

template <typename T, typename Value>
void cut_patches(const ImageInput& input, const uint8_t* image, T* out, const Value& value) {
  cut_patches(image, input.image_channels, input.image_height, input.image_width, input.patch, out, value);
}

// Images as the integer network sees them, by input.form: [T, F] INT8 values each, or the bytes as they are (as INT8, the
// same bits).
class PatchCutter {
 public:
  explicit PatchCutter(const ImageInput& input) : input_(input), pixels_(pixel_table(input)) {}
  size_t image_bytes() const { return input_.image_bytes(); }  // as many values has what enters
  // image: C*H*W bytes in planes.
  void cut(const uint8_t* image, int8_t* patches) const {
    if (input_.form != ImageForm::kPatches) return raster(image, patches);
    cut_patches(input_, image, patches, [this](int c, uint8_t byte) { return pixels_[static_cast<size_t>(c)][byte]; });
  }

 private:
  void raster(const uint8_t* image, int8_t* out) const;

  ImageInput input_;
  std::vector<std::array<int8_t, 256>> pixels_;
};

}  // namespace psaflow
