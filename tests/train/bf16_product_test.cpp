// Products of bfloat16 operands against double sums of the rounded values, at edges that are no multiples of a tile.
#include <catch2/catch.hpp>
#include <cmath>

#include "sw/base/rng.h"
#include "sw/train/products.h"

namespace psaflow {
namespace {

AlignedVector<float> random_values(size_t n, Rng& rng) {
  AlignedVector<float> values(n);
  for (float& v : values) v = static_cast<float>(rng.normal());
  return values;
}

double rounded(float v) {
  return to_float(to_bf16(v));
}

// Largest |c - expected| over the sum of the products' magnitudes, and over start where it is added.
struct Worst {
  double error = 0;
  void take(float found, double expected, double magnitude) {
    error = std::max(error, std::abs(found - expected) / (1 + magnitude));
  }
};

}  // namespace

TEST_CASE("convolution-like products are sums of rounded values on every unit") {
  constexpr uint64_t kSeed = 20260;
  Rng rng(kSeed);
  for (const Bf16Unit unit : {Bf16Unit::kAvx512, Bf16Unit::kAmx}) {
    if (unit > bf16_unit()) continue;
    for (const auto& [taps, depth, columns, tiles] : std::vector<std::array<int, 4>>{
             {1, 32, 32, 1}, {1, 5, 3, 2}, {9, 24, 64, 3}, {9, 65, 40, 4}, {3, 96, 96, 5}}) {
      INFO("seed " << kSeed << ": " << taps << " taps, " << depth << " x " << columns << ", " << tiles << " tiles");
      const int stride = bf16_blocks(depth) * kBf16Depth + kBf16Depth;
      const auto right = random_values(static_cast<size_t>(taps) * depth * columns, rng);
      AlignedVector<Bf16> left(static_cast<size_t>(tiles * kBf16Rows * 2 + taps) * stride), packed;
      for (Bf16& v : left) v = to_bf16(static_cast<float>(rng.normal()));
      std::vector<int32_t> starts, shifts;
      for (int t = 0; t < tiles; ++t) starts.push_back((tiles - 1 - t) * 17 * stride);
      for (int t = 0; t < taps; ++t) shifts.push_back(t * stride);
      bf16_pack(right.data(), taps, depth, columns, packed);
      const int panels = bf16_panels(columns), width = panels * kBf16Columns;
      AlignedVector<float> out(static_cast<size_t>(tiles) * kBf16Rows * width, 0.25f);
      const bool add = taps == 9;
      bf16_multiply({left.data(), stride, bf16_blocks(depth), starts.data(), shifts.data(), taps}, tiles, packed.data(),
                    panels, add, out.data(), width, unit);
      Worst worst;
      for (int row = 0; row < tiles * kBf16Rows; ++row) {
        for (int c = 0; c < width; ++c) {
          double sum = add ? 0.25 : 0, magnitude = 0;
          for (int t = 0; t < taps && c < columns; ++t) {
            for (int d = 0; d < depth; ++d) {
              const double product =
                  to_float(left[starts[row / kBf16Rows] + row % kBf16Rows * stride + shifts[t] + d]) *
                  rounded(right[(static_cast<size_t>(t) * depth + d) * columns + c]);
              sum += product;
              magnitude += std::abs(product);
            }
          }
          worst.take(out[static_cast<size_t>(row) * width + c], sum, magnitude);
        }
      }
      CHECK(worst.error < 1e-6);
    }
  }
}

TEST_CASE("the layers' products are sums of rounded values, whatever their shapes") {
  if (bf16_unit() == Bf16Unit::kNone) {
    WARN("skipped: this CPU multiplies no bfloat16");
    return;
  }
  constexpr uint64_t kSeed = 20261;
  Rng rng(kSeed);
  Products<float> products(Precision::kBfloat16);
  for (int round = 0; round < 60; ++round) {
    const auto size = [&] { return round == 0 ? 96 : 1 + static_cast<int>(rng.below(round % 2 == 0 ? 20 : 110)); };
    const int m = size(), n = size(), k = size();
    INFO("seed " << kSeed << ", round " << round << ": " << m << " x " << n << " x " << k);
    const auto a = random_values(static_cast<size_t>(m) * k, rng), b = random_values(static_cast<size_t>(k) * n, rng),
               start = random_values(static_cast<size_t>(m) * n, rng);
    AlignedVector<float> at(a.size()), bt(b.size());
    transpose(m, k, a.data(), at.data());
    transpose(k, n, b.data(), bt.data());
    const auto check = [&](const char* what, bool add, const auto& multiply) {
      INFO(what);
      AlignedVector<float> c = start;
      multiply(c.data());
      Worst worst;
      for (int i = 0; i < m; ++i) {
        for (int j = 0; j < n; ++j) {
          double sum = add ? start[i * n + j] : 0, magnitude = std::abs(sum);
          for (int p = 0; p < k; ++p) {
            sum += rounded(a[i * k + p]) * rounded(b[p * n + j]);
            magnitude += std::abs(rounded(a[i * k + p]) * rounded(b[p * n + j]));
          }
          worst.take(c[i * n + j], sum, magnitude);
        }
      }
      CHECK(worst.error < 1e-6);
    };
    for (const bool add : {false, true}) {
      products.set_right(b.data(), k, n);
      check("times_right", add, [&](float* c) { products.times_right(m, a.data(), add, c); });
      products.set_right_transposed(bt.data(), n, k);
      check("times_right, transposed", add, [&](float* c) { products.times_right(m, a.data(), add, c); });
      products.set_left(a.data(), m, k);
      check("left_times", add, [&](float* c) { products.left_times(n, b.data(), add, c); });
      products.set_left_transposed(at.data(), k, m);
      check("left_times, transposed", add, [&](float* c) { products.left_times(n, b.data(), add, c); });
    }
    check("add_transposed_times", true,
          [&](float* c) { products.add_transposed_times(m, n, k, at.data(), b.data(), c); });
    check("add_times_transposed", true,
          [&](float* c) { products.add_times_transposed(m, n, k, a.data(), bt.data(), c); });
  }
}

}  // namespace psaflow
