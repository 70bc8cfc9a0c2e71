#include "sw/train/rand_augment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "sw/base/error.h"

namespace psaflow {
namespace {

using Lookup = std::array<uint8_t, 256>;

uint8_t to_byte(float v) {
  return static_cast<uint8_t>(std::clamp(v + 0.5f, 0.f, 255.f));
}

void map_bytes(const Lookup& lookup, int pixels, uint8_t* plane) {
  for (int i = 0; i < pixels; ++i) plane[i] = lookup[plane[i]];
}

Lookup stretching(const uint8_t* plane, int pixels) {
  const auto [low, high] = std::minmax_element(plane, plane + pixels);
  Lookup lookup;
  const int from = *low, width = *high - *low;
  for (int v = 0; v < 256; ++v) {
    lookup[v] =
        width == 0 ? static_cast<uint8_t>(v) : static_cast<uint8_t>(std::clamp((v - from) * 255 / width, 0, 255));
  }
  return lookup;
}

Lookup equalizing(const uint8_t* plane, int pixels) {
  std::array<int, 256> count{};
  for (int i = 0; i < pixels; ++i) ++count[plane[i]];
  int last = 255;
  while (count[last] == 0) --last;
  const int rest = pixels - count[last];
  Lookup lookup;
  int below = 0;
  for (int v = 0; v < 256; ++v) {
    lookup[v] = rest == 0 ? static_cast<uint8_t>(v) : static_cast<uint8_t>(std::min(255, below * 255 / rest));
    below += count[v];
  }
  return lookup;
}

// image = other + factor * (image - other), byte by byte.
template <typename Other>
void blend(float factor, int channels, int pixels, uint8_t* image, const Other& other) {
  for (int c = 0; c < channels; ++c) {
    uint8_t* plane = image + c * pixels;
    for (int i = 0; i < pixels; ++i) {
      const float o = other(c, i);
      plane[i] = to_byte(o + factor * (static_cast<float>(plane[i]) - o));
    }
  }
}

// Luma of a pixel (ITU-R BT.601).
float grey(const uint8_t* image, int channels, int pixels, int i) {
  if (channels != 3) {
    float sum = 0;
    for (int c = 0; c < channels; ++c) sum += static_cast<float>(image[c * pixels + i]);
    return sum / static_cast<float>(channels);
  }
  return 0.299f * static_cast<float>(image[i]) + 0.587f * static_cast<float>(image[pixels + i]) +
         0.114f * static_cast<float>(image[2 * pixels + i]);
}

// Pixel (x, y), from the centre, comes from (a x + b y + dx, c x + d y + dy).
struct Affine {
  float a = 1, b = 0, c = 0, d = 1, dx = 0, dy = 0;
};

void warp(const Affine& m, const uint8_t* fill, const ImageShape& shape, uint8_t* image) {
  const auto [channels, height, width] = shape;
  const int pixels = height * width;
  const std::vector<uint8_t> source(image, image + static_cast<size_t>(channels) * pixels);
  const float centre_x = 0.5f * static_cast<float>(width - 1), centre_y = 0.5f * static_cast<float>(height - 1);
  for (int y = 0; y < height; ++y) {
    const float v = static_cast<float>(y) - centre_y;
    for (int x = 0; x < width; ++x) {
      const float u = static_cast<float>(x) - centre_x;
      const int sx = static_cast<int>(std::floor(m.a * u + m.b * v + m.dx + centre_x + 0.5f)),
                sy = static_cast<int>(std::floor(m.c * u + m.d * v + m.dy + centre_y + 0.5f));
      const bool inside = sx >= 0 && sx < width && sy >= 0 && sy < height;
      for (int c = 0; c < channels; ++c)
        image[c * pixels + y * width + x] = inside ? source[c * pixels + sy * width + sx] : fill[c];
    }
  }
}

void sharpen(float factor, const ImageShape& shape, uint8_t* image) {
  const auto [channels, height, width] = shape;
  const int pixels = height * width;
  std::vector<uint8_t> smooth(image, image + static_cast<size_t>(channels) * pixels);
  for (int c = 0; c < channels; ++c) {
    for (int y = 1; y + 1 < height; ++y) {
      for (int x = 1; x + 1 < width; ++x) {
        const uint8_t* p = image + c * pixels + y * width + x;
        int sum = 4 * p[0];  // weights 1, but 5 at the centre
        for (int dy = -1; dy <= 1; ++dy) sum += p[dy * width - 1] + p[dy * width] + p[dy * width + 1];
        smooth[c * pixels + y * width + x] = static_cast<uint8_t>((sum + 6) / 13);
      }
    }
  }
  blend(factor, channels, pixels, image,
        [&, n = pixels](int c, int i) { return static_cast<float>(smooth[c * n + i]); });
}

}  // namespace

void apply_operation(ImageOperation operation, double strength, const uint8_t* fill, const ImageShape& shape,
                     uint8_t* image) {
  const int channels = shape.channels, pixels = shape.height * shape.width;
  PSAFLOW_CHECK(channels >= 1 && pixels >= 1, "shape of an image");
  const auto s = static_cast<float>(strength);
  const float factor = 1 + 0.9f * s;
  switch (operation) {
    case ImageOperation::kIdentity:
      break;
    case ImageOperation::kAutoContrast:
      for (int c = 0; c < channels; ++c) map_bytes(stretching(image + c * pixels, pixels), pixels, image + c * pixels);
      break;
    case ImageOperation::kEqualize:
      for (int c = 0; c < channels; ++c) map_bytes(equalizing(image + c * pixels, pixels), pixels, image + c * pixels);
      break;
    case ImageOperation::kPosterize: {
      const auto mask = static_cast<uint8_t>(0xff << std::lround(4 * std::abs(strength)));
      for (int i = 0; i < channels * pixels; ++i) image[i] &= mask;
      break;
    }
    case ImageOperation::kSolarize: {
      const long threshold = std::lround(256 * (1 - std::abs(strength)));
      for (int i = 0; i < channels * pixels; ++i) image[i] = image[i] < threshold ? image[i] : 255 - image[i];
      break;
    }
    case ImageOperation::kColor: {
      std::vector<float> greys(static_cast<size_t>(pixels));
      for (int i = 0; i < pixels; ++i) greys[i] = grey(image, channels, pixels, i);
      blend(factor, channels, pixels, image, [&](int, int i) { return greys[i]; });
      break;
    }
    case ImageOperation::kContrast: {
      float sum = 0;
      for (int i = 0; i < pixels; ++i) sum += grey(image, channels, pixels, i);
      const float mean = std::floor(sum / static_cast<float>(pixels) + 0.5f);
      blend(factor, channels, pixels, image, [&](int, int) { return mean; });
      break;
    }
    case ImageOperation::kBrightness:
      blend(factor, channels, pixels, image, [](int, int) { return 0.f; });
      break;
    case ImageOperation::kSharpness:
      sharpen(factor, shape, image);
      break;
    case ImageOperation::kRotate: {
      const float angle = s * 30 * 3.14159265f / 180;
      warp({std::cos(angle), std::sin(angle), -std::sin(angle), std::cos(angle), 0, 0}, fill, shape, image);
      break;
    }
    case ImageOperation::kShearX:
      warp({1, 0.3f * s, 0, 1, 0, 0}, fill, shape, image);
      break;
    case ImageOperation::kShearY:
      warp({1, 0, 0.3f * s, 1, 0, 0}, fill, shape, image);
      break;
    case ImageOperation::kTranslateX:
      warp({1, 0, 0, 1, 0.3f * s * static_cast<float>(shape.width), 0}, fill, shape, image);
      break;
    case ImageOperation::kTranslateY:
      warp({1, 0, 0, 1, 0, 0.3f * s * static_cast<float>(shape.height)}, fill, shape, image);
      break;
  }
}

void rand_augment(int operations, double magnitude, const uint8_t* fill, const ImageShape& shape, Rng& rng,
                  uint8_t* image) {
  for (int i = 0; i < operations; ++i) {
    const auto operation = static_cast<ImageOperation>(rng.below(kImageOperations));
    apply_operation(operation, rng.below(2) == 0 ? magnitude : -magnitude, fill, shape, image);
  }
}

}  // namespace psaflow
