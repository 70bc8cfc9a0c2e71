#include <catch2/catch.hpp>
#include <cmath>

#include "sw/train/adamw.h"

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

TEST_CASE("the learning rate warms up, peaks and falls to its last value") {
  CHECK(cosine_learning_rate(0, 10, 110, 1.0, 0.1) == Approx(0.1));
  CHECK(cosine_learning_rate(9, 10, 110, 1.0, 0.1) == Approx(1.0));
  CHECK(cosine_learning_rate(10, 10, 110, 1.0, 0.1) == Approx(1.0));
  CHECK(cosine_learning_rate(60, 10, 110, 1.0, 0.1) == Approx(0.55));
  CHECK(cosine_learning_rate(110, 10, 110, 1.0, 0.1) == Approx(0.1));
  for (int step = 11; step < 110; ++step) {
    CHECK(cosine_learning_rate(step, 10, 110, 1.0, 0.1) < cosine_learning_rate(step - 1, 10, 110, 1.0, 0.1));
  }
}

}  // namespace psaflow
