#include "sw/data/normalize.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "sw/base/rng.h"

namespace psaflow {
namespace {

// Half to even by comparing with the neighbours, without the rounding mode that rint depends on.
int expected_value(int p, double mean, double std, double scale) {
  const double value = ((p / 255.0 - mean) / std) * scale;
  if (value <= -128) return -128;
  if (value >= 127) return 127;
  const double below = std::floor(value);
  const int low = static_cast<int>(below);
  if (value - below < 0.5) return low;
  if (value - below > 0.5) return low + 1;
  return low % 2 == 0 ? low : low + 1;
}

TEST_CASE("The table of the contract's CIFAR-10 constants") {
  // Figures from Python, whose round() is half to even on doubles.
  const auto table = pixel_table({0.4914, 0.4822, 0.4465}, {0.2470, 0.2435, 0.2616}, 59.167);
  REQUIRE(table.size() == 3);
  const int places[] = {0, 1, 100, 200, 255};
  const int values[3][5] = {{-118, -117, -24, 70, 122}, {-117, -116, -22, 73, 126}, {-101, -100, -12, 76, 125}};
  const int64_t sums[3] = {42788022, 45680459, 50709421};
  for (size_t c = 0; c < 3; ++c) {
    for (size_t i = 0; i < 5; ++i) CHECK(table[c][static_cast<size_t>(places[i])] == values[c][i]);
    int64_t sum = 0;
    for (int p = 0; p < 256; ++p) sum += int64_t{p * 31 + 7} * table[c][static_cast<size_t>(p)];
    CHECK(sum == sums[c]);
  }
}

TEST_CASE("Ties go to the even neighbour") {
  // p = 255 is exactly (1 - mean) / std * scale.
  const auto at_white = [](double mean, double scale) { return pixel_table({mean}, {1.0}, scale)[0][255]; };
  CHECK(at_white(0, 0.5) == 0);
  CHECK(at_white(0, 1.5) == 2);
  CHECK(at_white(0, 2.5) == 2);
  CHECK(at_white(0, 3.5) == 4);
  CHECK(at_white(2, 0.5) == 0);
  CHECK(at_white(2, 1.5) == -2);
  CHECK(at_white(2, 2.5) == -2);
  CHECK(at_white(2, 3.5) == -4);
  CHECK(at_white(0, 126.5) == 126);
  CHECK(at_white(0, 2.5000000000000004) == 3);
}

TEST_CASE("Values beyond the range saturate") {
  const auto table = pixel_table({0.5}, {1.0}, 1e6);
  CHECK(table[0][0] == -128);
  CHECK(table[0][127] == -128);
  CHECK(table[0][128] == 127);
  CHECK(table[0][255] == 127);
  CHECK(pixel_table({0}, {1}, 127.5)[0][255] == 127);   // 128 after rounding
  CHECK(pixel_table({2}, {1}, 128.5)[0][255] == -128);  // ties to -128
  CHECK(pixel_table({2}, {1}, 129.0)[0][255] == -128);
  const auto overflow = pixel_table({0.5}, {1e-320}, 1e300);  // infinite on the way
  CHECK(overflow[0][0] == -128);
  CHECK(overflow[0][255] == 127);
}

TEST_CASE("Any constants: the table is the formula, byte by byte") {
  const uint64_t seed = 5;
  INFO("seed " << seed);
  Rng rng(seed);
  for (int round = 0; round < 300; ++round) {
    const double mean = rng.uniform(-1, 2), std = std::exp(rng.uniform(-4, 2)), scale = std::exp(rng.uniform(-2, 6));
    // Halves now and then: scales that make ties frequent.
    const bool exact = round % 3 == 0;
    const double m = exact ? 0.0 : mean, s = exact ? 1.0 : std,
                 k = exact ? 127.5 * static_cast<double>(rng.below(4) + 1) : scale;
    const auto table = pixel_table({m}, {s}, k);
    for (int p = 0; p < 256; ++p) REQUIRE(int{table[0][static_cast<size_t>(p)]} == expected_value(p, m, s, k));
  }
}

TEST_CASE("Constants that make no table are refused") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  CHECK_THROWS_AS(pixel_table({0.5}, {0.5, 0.5}, 1), std::logic_error);
  for (const double bad : {0.0, -1.0, nan, inf}) {
    CHECK_THROWS_AS(pixel_table({0.5}, {bad}, 1), std::logic_error);
    CHECK_THROWS_AS(pixel_table({0.5}, {1}, bad), std::logic_error);
  }
  CHECK_THROWS_AS(pixel_table({nan}, {1}, 1), std::logic_error);
}

TEST_CASE("Patches: tokens row-major, features by row, column, channel, channel fastest") {
  struct Size {
    int channels, height, width, patch;
  };
  for (const Size& s : {Size{3, 32, 32, 4}, {1, 8, 8, 8}, {2, 4, 8, 2}, {3, 6, 2, 1}, {4, 6, 9, 3}}) {
    std::vector<uint8_t> image(static_cast<size_t>(s.channels * s.height * s.width));
    for (size_t i = 0; i < image.size(); ++i) image[i] = static_cast<uint8_t>(i * 37 + i / 256);
    const int across = s.width / s.patch, tokens = across * (s.height / s.patch),
              features = s.patch * s.patch * s.channels;
    std::vector<int> patches(static_cast<size_t>(tokens * features), -1);
    cut_patches(image.data(), s.channels, s.height, s.width, s.patch, patches.data(),
                [](int c, uint8_t byte) { return c * 1000 + byte; });
    for (int c = 0; c < s.channels; ++c) {
      for (int row = 0; row < s.height; ++row) {
        for (int column = 0; column < s.width; ++column) {
          const int token = (row / s.patch) * across + column / s.patch;
          const int feature = ((row % s.patch) * s.patch + column % s.patch) * s.channels + c;
          const int expected = c * 1000 + image[static_cast<size_t>((c * s.height + row) * s.width + column)];
          REQUIRE(patches[static_cast<size_t>(token * features + feature)] == expected);
        }
      }
    }
  }
}

}  // namespace
}  // namespace psaflow
