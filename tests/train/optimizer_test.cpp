#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <utility>

#include "sw/base/rng.h"
#include "sw/train/adamw.h"
#include "sw/train/muon.h"
#include "sw/train/recipe.h"

namespace psaflow {

TEST_CASE("AdamW follows its formula and decays weights only") {
  ParameterLayout layout;
  layout.add("a.weight", {2, 2});
  layout.add("a.bias", {2});
  AdamW adam;
  adam.reset(layout.size());
  AlignedVector<float> p = {1, -2, 3, 0.5f, 4, -5};
  std::vector<double> q(p.begin(), p.end()), m(6, 0), v(6, 0);
  for (int step = 1; step <= 5; ++step) {
    AlignedVector<float> g;
    for (int i = 0; i < 6; ++i) g.push_back(static_cast<float>(std::sin(step * 6 + i)));
    adam.step(layout, g, 0.01, 0.1, p);
    for (int i = 0; i < 6; ++i) {
      m[i] = 0.9 * m[i] + 0.1 * double{g[i]};
      v[i] = 0.999 * v[i] + 0.001 * double{g[i]} * g[i];
      if (i < 4) q[i] -= 0.01 * 0.1 * q[i];
      q[i] -= 0.01 * (m[i] / (1 - std::pow(0.9, step))) / (std::sqrt(v[i] / (1 - std::pow(0.999, step))) + 1e-8);
      CHECK(p[i] == Approx(q[i]).epsilon(1e-5));
    }
  }
}

TEST_CASE("the learning rate warms up, peaks and falls") {
  Recipe r;
  r.epochs = 11;
  r.warmup_epochs = 1;
  const auto shape = [&](int step) { return schedule_shape(r, step, 10); };
  CHECK(shape(0) == Approx(0.1));
  CHECK(shape(9) == Approx(1.0));
  CHECK(shape(10) == Approx(1.0));
  CHECK(shape(60) == Approx(0.5));
  CHECK(shape(110) == Approx(0.0).margin(1e-12));
  for (int step = 11; step < 110; ++step) CHECK(shape(step) < shape(step - 1));

  r.schedule = Schedule::kTrapezoid;
  r.epochs = 10;
  r.decay_fraction = 0.4;
  CHECK(decay_start(r) == 6);
  for (int step = 9; step <= 60; ++step) CHECK(shape(step) == 1.0);
  CHECK(shape(70) == Approx(0.5));  // 1 - sqrt(1/4)
  CHECK(shape(100) == Approx(0.0).margin(1e-12));
}

TEST_CASE("a trapezoid may get another end before it decays, and nothing else may change") {
  Recipe was;
  was.epochs = 10;
  Recipe now = was;
  CHECK(may_continue(was, now, 7));
  now.epochs = 20;
  CHECK_FALSE(may_continue(was, now, 1));  // a cosine knows its length
  was.schedule = now.schedule = Schedule::kTrapezoid;
  CHECK(may_continue(was, now, 7));
  CHECK_FALSE(may_continue(was, now, 8));
  CHECK_FALSE(may_continue(now, was, 8));
  now.epochs = 10;
  now.decay_fraction = 0.5;  // from epoch 5 on, not 7
  CHECK(may_continue(was, now, 5));
  CHECK_FALSE(may_continue(was, now, 6));
  now.seed = 2;
  CHECK_FALSE(may_continue(was, now, 1));
}

namespace {

// The product's distance from the identity, over the smaller side: U V^T has orthonormal rows or columns.
double distance_from_orthogonal(int rows, int columns, const AlignedVector<float>& m) {
  const int n = std::min(rows, columns), k = std::max(rows, columns);
  double worst = 0;
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      double dot = 0;
      for (int p = 0; p < k; ++p) {
        dot += rows <= columns ? double{m[i * columns + p]} * m[j * columns + p]
                               : double{m[p * columns + i]} * m[p * columns + j];
      }
      worst = std::max(worst, std::abs(dot - (i == j ? 1 : 0)));
    }
  }
  return worst;
}

}  // namespace

TEST_CASE("Muon's direction is nearly orthogonal, whatever the matrix's shape and scale") {
  constexpr uint64_t kSeed = 31;
  Rng rng(kSeed);
  for (const auto& [rows, columns] : {std::pair{16, 16}, std::pair{8, 40}, std::pair{40, 8}}) {
    AlignedVector<float> m(static_cast<size_t>(rows) * columns);
    for (float& v : m) v = static_cast<float>(1e-3 * rng.normal());
    AlignedVector<float> other = m;
    INFO("seed " << kSeed << ", " << rows << " x " << columns);
    CHECK(distance_from_orthogonal(rows, columns, m) > 0.9);
    orthogonalize(rows, columns, m.data());
    if (rows != columns) CHECK(distance_from_orthogonal(rows, columns, m) < 0.6);  // singular values 0.7..1.2
    double along = 0;
    for (size_t i = 0; i < m.size(); ++i) along += double{m[i]} * other[i];
    CHECK(along > 0);
    for (float& v : other) v *= 4096;  // the direction knows no scale
    orthogonalize(rows, columns, other.data());
    for (size_t i = 0; i < m.size(); ++i) CHECK(other[i] == Approx(m[i]).margin(1e-4));
  }
  AlignedVector<float> zero(16, 0.f);
  orthogonalize(4, 4, zero.data());
  CHECK(zero == AlignedVector<float>(16, 0.f));
  AlignedVector<float> faded(16, 1e-39f);  // a momentum that has had no gradient for long
  orthogonalize(4, 4, faded.data());
  CHECK(faded == AlignedVector<float>(16, 0.f));
}

}  // namespace psaflow
