// The contract's arithmetic against its definition in real numbers: every quantity here is a dyadic fraction that long
// double (64 bits of mantissa) holds exactly.
#include "sw/golden/arithmetic.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "sw/base/rng.h"
#include "sw/golden/kernels.h"
#include "sw/golden/random_model.h"

using namespace psaflow;

namespace {

static_assert(std::numeric_limits<long double>::digits >= 64, "the checks need 64 bits of mantissa");

// v / 2^s to the nearest integer, halves up.
long double rounded(long double v, int s) {
  return std::floor(std::ldexp(v, -s) + 0.5L);
}
int clamped(long double v, int low = -128) {
  return v < low ? low : v > 127 ? 127 : static_cast<int>(v);
}

// Around zero, around every power of two, the ends of 32 bits and of the accumulators that occur, and random ones.
std::vector<int32_t> accumulators() {
  std::vector<int32_t> out;
  const auto add = [&out](int64_t v) {
    if (v >= std::numeric_limits<int32_t>::min() && v <= std::numeric_limits<int32_t>::max())
      out.push_back(static_cast<int32_t>(v));
  };
  for (int64_t v = -2100; v <= 2100; ++v) add(v);
  for (int p = 0; p <= 31; ++p) {
    for (int64_t sign : {-1, 1}) {
      for (int64_t d = -3; d <= 3; ++d) {
        add(sign * (int64_t{1} << p) + d);
        add(sign * 3 * (int64_t{1} << p) / 2 + d);
        add(sign * 255 * (int64_t{1} << p) / 2 + d);  // where the result saturates
      }
    }
  }
  for (int64_t v : {131071LL * 128 * 128, -131071LL * 128 * 127, 96LL * 128 * 128}) add(v);
  Rng rng(11);
  for (int i = 0; i < 20000; ++i) add(static_cast<int32_t>(static_cast<uint32_t>(rng.next())));
  return out;
}

}  // namespace

TEST_CASE("sat8 clamps to -128..127", "[arithmetic]") {
  for (int v = -100000; v <= 100000; ++v) REQUIRE(sat8(v) == (v < -128 ? -128 : v > 127 ? 127 : v));
  CHECK(sat8(std::numeric_limits<int64_t>::max()) == 127);
  CHECK(sat8(std::numeric_limits<int64_t>::min()) == -128);
}

TEST_CASE("round_shift divides and rounds halves up", "[arithmetic]") {
  for (const int32_t acc : accumulators()) {
    for (int s = 0; s <= kMaxShift; ++s) {
      if (static_cast<long double>(round_shift(acc, s)) != rounded(acc, s)) FAIL("acc " << acc << " shift " << s);
    }
  }
  CHECK(round_shift(5, 1) == 3);
  CHECK(round_shift(-5, 1) == -2);
  CHECK(round_shift(-1, 31) == 0);
  CHECK(round_shift(std::numeric_limits<int32_t>::max(), 31) == 1);
  CHECK(round_shift(std::numeric_limits<int32_t>::min(), 31) == -1);
}

TEST_CASE("requantize adds the bias after the shift, then saturates", "[arithmetic]") {
  const std::vector<int32_t> all = accumulators();
  for (int s = 0; s <= kMaxShift; ++s) {
    for (const int32_t acc : all) {
      for (int bias : {-128, -127, -1, 0, 1, 50, 127}) {
        const long double exact = rounded(acc, s) + bias;
        const auto b = static_cast<int8_t>(bias);
        if (requantize(acc, s, b) != clamped(exact)) FAIL("acc " << acc << " shift " << s << " bias " << bias);
        if (requantize_relu(acc, s, b) != clamped(exact, 0))
          FAIL("relu: acc " << acc << " shift " << s << " bias " << bias);
      }
    }
  }
}

TEST_CASE("affine, every input, weight and shift", "[arithmetic]") {
  for (int x = -128; x <= 127; ++x) {
    for (int w = -128; w <= 127; ++w) {
      for (int s = 0; s <= kMaxShift; ++s) {
        const int bias = (x * 7 + w * 13 + s * 29) % 128;
        const int expected = clamped(rounded(x * w, s) + bias);
        if (affine(static_cast<int8_t>(x), static_cast<int8_t>(w), s, static_cast<int8_t>(bias)) != expected) {
          FAIL("x " << x << " w " << w << " shift " << s << " bias " << bias);
        }
      }
    }
  }
}

TEST_CASE("residual_add, every pair", "[arithmetic]") {
  for (int a = -128; a <= 127; ++a) {
    for (int r = -128; r <= 127; ++r)
      REQUIRE(residual_add(static_cast<int8_t>(a), static_cast<int8_t>(r)) == clamped(a + r));
  }
}

TEST_CASE("interpolation, every pair of neighbours at every position", "[arithmetic]") {
  for (int k = 1; k <= 7; ++k) {
    const int n = 8 - k, step = 1 << n;
    std::vector<int8_t> table(static_cast<size_t>(1 << k) + 1, 0);
    const int last = (1 << k) - 1;  // the interval that ends at the last point: the easiest to get wrong
    for (int left = -128; left <= 127; ++left) {
      for (int right = -128; right <= 127; ++right) {
        table[static_cast<size_t>(last)] = static_cast<int8_t>(left);
        table[static_cast<size_t>(last) + 1] = static_cast<int8_t>(right);
        for (int f = 0; f < step; ++f) {
          const int x = last * step + f - 128;
          const long double exact = left + rounded(static_cast<long double>(right - left) * f, n);
          if (table_lookup(table.data(), k, static_cast<int8_t>(x)) != exact) {
            FAIL("k " << k << " left " << left << " right " << right << " f " << f);
          }
        }
      }
    }
  }
}

TEST_CASE("a table finds its interval, direct and interpolated, and expands exactly", "[arithmetic]") {
  const uint64_t seed = GENERATE(range(1, 9));
  INFO("seed " << seed);
  Rng rng(seed);
  for (int k = 1; k <= 8; ++k) {
    const TableParams p = random_table(5, k == 8 ? 256 : (1 << k) + 1, rng);
    REQUIRE(p.lerp_log2() == k);
    for (int c = 0; c < p.channels; ++c) {
      int8_t direct[256];
      expand_table(p, c, direct);
      for (int x = -128; x <= 127; ++x) {
        // In real numbers: the position among the points is (x + 128) / 2^n.
        const double position = (x + 128) / static_cast<double>(1 << (8 - k)), whole = std::floor(position);
        const int8_t* point = p.values.data() + static_cast<size_t>(c * p.points) + static_cast<size_t>(whole);
        const double exact = k == 8 ? point[0]
                             : position == whole
                                 ? point[0]
                                 : point[0] + std::floor((point[1] - point[0]) * (position - whole) + 0.5);
        REQUIRE(table_lookup(p.channel(c), k, static_cast<int8_t>(x)) == exact);
        REQUIRE(table_lookup(direct, 8, static_cast<int8_t>(x)) == exact);
      }
    }
  }
}
