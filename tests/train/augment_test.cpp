#include <catch2/catch.hpp>
#include <set>
#include <vector>

#include "sw/train/augment.h"

namespace psaflow {
namespace {

constexpr int kSide = 8, kChannels = 3;
const uint8_t kFill[kChannels] = {200, 201, 202};

std::vector<uint8_t> picture() {  // every pixel distinct within a channel
  std::vector<uint8_t> image(kChannels * kSide * kSide);
  for (size_t i = 0; i < image.size(); ++i) image[i] = static_cast<uint8_t>(i % (kSide * kSide));
  return image;
}

}  // namespace

TEST_CASE("without options a view is the image") {
  const std::vector<uint8_t> image = picture();
  std::vector<uint8_t> view(image.size());
  Rng rng(1);
  augment(image.data(), {kChannels, kSide, kSide}, {0, false, 0}, kFill, rng, view.data());
  CHECK(view == image);
}

TEST_CASE("a crop is a shift with the fill around it; all shifts and both directions occur") {
  const std::vector<uint8_t> image = picture();
  std::set<std::tuple<int, int, bool>> seen;
  Rng rng(2);
  for (int trial = 0; trial < 2000; ++trial) {
    std::vector<uint8_t> view(image.size(), 77);
    augment(image.data(), {kChannels, kSide, kSide}, {2, true, 0}, kFill, rng, view.data());
    int matches = 0;
    for (int dy = -2; dy <= 2; ++dy) {
      for (int dx = -2; dx <= 2; ++dx) {
        for (bool flip : {false, true}) {
          bool same = true;
          for (int c = 0; c < kChannels && same; ++c) {
            for (int y = 0; y < kSide && same; ++y) {
              for (int x = 0; x < kSide && same; ++x) {
                const int sy = y + dy, sx = (flip ? kSide - 1 - x : x) + dx;
                const bool inside = sy >= 0 && sy < kSide && sx >= 0 && sx < kSide;
                same = view[(c * kSide + y) * kSide + x] == (inside ? image[(c * kSide + sy) * kSide + sx] : kFill[c]);
              }
            }
          }
          if (same) {
            ++matches;
            seen.insert({dy, dx, flip});
          }
        }
      }
    }
    REQUIRE(matches == 1);
  }
  CHECK(seen.size() == 50);
}

TEST_CASE("cutout fills at most its square") {
  const std::vector<uint8_t> image = picture();
  Rng rng(3);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<uint8_t> view(image.size());
    augment(image.data(), {kChannels, kSide, kSide}, {0, false, 3}, kFill, rng, view.data());
    int changed = 0;
    for (int i = 0; i < kSide * kSide; ++i) {
      const bool filled = view[i] == kFill[0];
      changed += filled ? 1 : 0;
      if (!filled) CHECK(view[i] == image[i]);
    }
    CHECK(changed >= 1);
    CHECK(changed <= 9);
  }
}

}  // namespace psaflow
