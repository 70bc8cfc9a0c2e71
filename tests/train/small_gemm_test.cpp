// The small products against sums in double, over sizes with every kind of remainder, and A both ways round.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "sw/base/rng.h"
#include "sw/train/small_gemm.h"

namespace psaflow {
namespace {

template <typename Real>
void check_products(double tolerance) {
  constexpr uint64_t kSeed = 21;
  Rng rng(kSeed);
  for (int round = 0; round < 60; ++round) {
    const int m = 1 + static_cast<int>(rng.below(30)), n = 1 + static_cast<int>(rng.below(70)),
              k = 1 + static_cast<int>(rng.below(20));
    INFO("seed " << kSeed << ", round " << round << ": " << m << " x " << n << " x " << k);
    std::vector<Real> a(m * k), at(a.size()), b(k * n), start(m * n);
    for (Real& v : a) v = static_cast<Real>(rng.normal());
    for (Real& v : b) v = static_cast<Real>(rng.normal());
    for (Real& v : start) v = static_cast<Real>(rng.normal());
    transpose(m, k, a.data(), at.data());
    std::vector<Real> product(start), sum(start), from_transposed(start);
    multiply<Real>(m, n, k, plain(a.data(), k), b.data(), product.data());
    multiply_add<Real>(m, n, k, plain(a.data(), k), b.data(), sum.data());
    multiply<Real>(m, n, k, transposed(at.data(), m), b.data(), from_transposed.data());
    double worst = 0;
    for (int i = 0; i < m; ++i) {
      for (int j = 0; j < n; ++j) {
        double expected = 0;
        for (int p = 0; p < k; ++p) expected += static_cast<double>(a[i * k + p]) * b[p * n + j];
        const int at_ij = i * n + j;
        worst = std::max({worst, std::abs(product[at_ij] - expected), std::abs(from_transposed[at_ij] - expected),
                          std::abs(sum[at_ij] - (expected + start[at_ij]))});
      }
    }
    CHECK(worst <= tolerance);
  }
}

}  // namespace

TEST_CASE("small products are those of double arithmetic") {
  check_products<float>(1e-4);
  check_products<double>(1e-12);
}

}  // namespace psaflow
