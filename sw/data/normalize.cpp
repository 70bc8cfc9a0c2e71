#include "sw/data/normalize.h"

#include <algorithm>
#include <cmath>

#include "sw/base/error.h"

namespace psaflow {

std::vector<std::array<int8_t, 256>> pixel_table(const std::vector<double>& mean, const std::vector<double>& std,
                                                 double input_scale) {
  PSAFLOW_CHECK(mean.size() == std.size(), "one mean and one std a channel");
  PSAFLOW_CHECK(std::isfinite(input_scale) && input_scale > 0, "input_scale is finite and positive");
  std::vector<std::array<int8_t, 256>> table(mean.size());
  for (size_t c = 0; c < mean.size(); ++c) {
    PSAFLOW_CHECK(std::isfinite(mean[c]) && std::isfinite(std[c]) && std[c] > 0,
                  "mean is finite, std finite and positive");
    for (int p = 0; p < 256; ++p) {
      // The order of the operations is the contract's: another order rounds differently.
      const double value = std::rint(((p / 255.0 - mean[c]) / std[c]) * input_scale);
      table[c][static_cast<size_t>(p)] = static_cast<int8_t>(std::clamp(value, -128.0, 127.0));
    }
  }
  return table;
}

void PatchCutter::raster(const uint8_t* image, int8_t* out) const {
  const size_t channels = static_cast<size_t>(input_.image_channels), pixels = image_bytes() / channels;
  for (size_t i = 0; i < image_bytes(); ++i) {
    const size_t from = input_.form == ImageForm::kPlanar ? i : i % channels * pixels + i / channels;
    out[i] = static_cast<int8_t>(image[from]);
  }
}

}  // namespace psaflow
