// The outputs are pinned: a seed in a log or checkpoint means the same numbers for ever. The figures come from a
// separate implementation of the published xoshiro256** and SplitMix64; seed 0 begins as rand_xoshiro's
// seed_from_u64(0) does.
#include "sw/base/rng.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

namespace psaflow {
namespace {

TEST_CASE("Outputs of next() are pinned") {
  const auto check = [](uint64_t seed, const std::vector<uint64_t>& expected) {
    Rng rng(seed);
    for (const uint64_t value : expected) CHECK(rng.next() == value);
  };
  check(0, {0x99ec5f36cb75f2b4, 0xbf6e1f784956452a, 0x1a5f849d4933e6e0, 0x6aa594f1262d2d2c});
  check(1, {0xb3f2af6d0fc710c5, 0x853b559647364cea, 0x92f89756082a4514, 0x642e1c7bc266a3a7});
  check(42, {0x15780b2e0c2ec716, 0x6104d9866d113a7e, 0xae17533239e499a1, 0xecb8ad4703b360a1});
}

TEST_CASE("Streams, bounded integers and reals are pinned") {
  Rng stream = Rng::stream(7, 3, 5);
  CHECK(stream.next() == 0xe83517378d2d9fbb);
  CHECK(stream.next() == 0xc60389f77bcabcc4);
  CHECK(stream.next() == 0xa2312574902df500);

  Rng small(42);
  for (const uint64_t value : {0, 3, 6, 9, 9, 7, 7, 8, 7, 5, 6, 2, 8, 3, 7, 8}) CHECK(small.below(10) == value);
  Rng large(1);  // half of the draws are rejected
  for (const uint64_t value : {0x429daacb239b2675, 0x497c4bab0415228a, 0x32170e3de13351d3, 0x30caa6e623d8f44e}) {
    CHECK(large.below(0x8000000000000001) == value);
  }

  Rng real(42);
  CHECK(real.uniform() == 0x1.5780b2e0c2ec0p-4);
  CHECK(real.uniform() == 0x1.84136619b444ep-2);
  CHECK(real.uniform() == 0x1.5c2ea66473c93p-1);
  Rng bell(42);  // through log and cos, so the last bits are the C library's
  CHECK(bell.normal() == Approx(-0.303263064678738).epsilon(1e-14));
  CHECK(bell.normal() == Approx(1.3438117634372806).epsilon(1e-14));
  CHECK(bell.normal() == Approx(0.3834617912676943).epsilon(1e-14));
}

TEST_CASE("A copy goes on where the original stood; reseeding starts anew") {
  Rng rng(9);
  for (int i = 0; i < 100; ++i) rng.next();
  Rng copy = rng;
  for (int i = 0; i < 100; ++i) CHECK(copy.next() == rng.next());
  rng.reseed(9);
  CHECK(rng.next() == Rng(9).next());
}

TEST_CASE("Distinct streams differ") {
  std::vector<uint64_t> first;
  for (uint64_t seed = 0; seed < 8; ++seed) {
    for (uint64_t a = 0; a < 8; ++a) {
      for (uint64_t b = 0; b < 8; ++b) first.push_back(Rng::stream(seed, a, b).next());
    }
  }
  std::sort(first.begin(), first.end());
  CHECK(std::adjacent_find(first.begin(), first.end()) == first.end());
}

TEST_CASE("Distributions have their moments and ranges") {
  constexpr int kDraws = 200'000;
  Rng rng(2024);
  double sum = 0, squares = 0, cubes = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = rng.normal();
    REQUIRE(std::isfinite(x));
    sum += x;
    squares += x * x;
    cubes += x * x * x;
  }
  CHECK(std::abs(sum / kDraws) < 0.01);  // standard error 0.0022
  CHECK(std::abs(squares / kDraws - 1) < 0.02);
  CHECK(std::abs(cubes / kDraws) < 0.05);

  std::array<int, 7> counts{};
  for (int i = 0; i < kDraws; ++i) ++counts.at(rng.below(7));
  for (const int count : counts) CHECK(std::abs(count - kDraws / 7.0) < 1000);  // standard deviation 156
  for (int i = 0; i < 1000; ++i) CHECK(rng.below(1) == 0);
  for (int i = 0; i < kDraws; ++i) {
    const double x = rng.uniform(-2, 3);
    REQUIRE((x >= -2 && x < 3));
  }
}

}  // namespace
}  // namespace psaflow
