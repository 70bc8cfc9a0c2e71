#include "sw/teacher/views.h"

#include <algorithm>
#include <array>

#include "sw/base/rng.h"
#include "sw/data/cifar10.h"

namespace psaflow {
namespace {

constexpr int kSide = kCifarSide, kColors = kCifarChannels;
constexpr uint64_t kFlipStream = ~uint64_t{0} - 1;  // of the flip an image starts with
constexpr double kMean[kColors] = {0.4914, 0.4822, 0.4465}, kStd[kColors] = {0.2470, 0.2435, 0.2616};

using PixelTable = std::array<std::array<float, 256>, kColors>;

const PixelTable& pixel_values() {
  static const PixelTable table = [] {
    PixelTable t{};
    for (int c = 0; c < kColors; ++c) {
      for (int p = 0; p < 256; ++p) t[c][p] = static_cast<float>((p / 255.0 - kMean[c]) / kStd[c]);
    }
    return t;
  }();
  return table;
}

// 0..31 of a coordinate up to 31 outside: the edge pixel is the mirror's axis.
int reflect(int at) {
  const int positive = at < 0 ? -at : at;
  return positive >= kSide ? 2 * (kSide - 1) - positive : positive;
}

void shifted(const uint8_t* image, int dy, int dx, bool mirrored, float* out) {
  const PixelTable& table = pixel_values();
  int columns[kSide];
  for (int x = 0; x < kSide; ++x) columns[x] = reflect((mirrored ? kSide - 1 - x : x) + dx);
  for (int y = 0; y < kSide; ++y) {
    const uint8_t* const row = image + reflect(y + dy) * kSide;
    for (int x = 0; x < kSide; ++x) {
      for (int c = 0; c < kColors; ++c) *out++ = table[c][row[c * kSide * kSide + columns[x]]];
    }
  }
}

}  // namespace

void plain_view(const uint8_t* image, bool mirrored, float* out) {
  shifted(image, 0, 0, mirrored, out);
}

void teacher_view(const uint8_t* image, const TeacherAugmentation& a, uint64_t seed, int epoch, uint32_t index,
                  float* out) {
  Rng rng = Rng::stream(seed, static_cast<uint64_t>(epoch), index);
  const uint64_t span = 2 * static_cast<uint64_t>(a.translate) + 1;
  const int dy = static_cast<int>(rng.below(span)) - a.translate, dx = static_cast<int>(rng.below(span)) - a.translate;
  const bool coin = rng.below(2) == 1;
  const bool alternating = ((Rng::stream(seed, kFlipStream, index).below(2) + static_cast<uint64_t>(epoch)) & 1) == 1;
  shifted(image, dy, dx, a.alternating_flip ? alternating : coin, out);
  if (a.cutout == 0) return;
  const int top = static_cast<int>(rng.below(kSide)) - a.cutout / 2,
            left = static_cast<int>(rng.below(kSide)) - a.cutout / 2;
  const int first = std::max(0, left), last = std::min(kSide, left + a.cutout);
  for (int y = std::max(0, top); y < std::min(kSide, top + a.cutout); ++y)
    std::fill(out + (y * kSide + first) * kColors, out + (y * kSide + last) * kColors, 0.f);
}

}  // namespace psaflow
