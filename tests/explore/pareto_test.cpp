#include "models/explore/pareto.h"

#include <catch2/catch.hpp>

#include "sw/base/rng.h"

namespace psaflow {
namespace {

bool better(const Objectives& a, const Objectives& b) {
  bool strictly = false;
  for (size_t i = 0; i < kObjectives; ++i) {
    if (a[i] > b[i]) return false;
    if (a[i] < b[i]) strictly = true;
  }
  return strictly;
}

TEST_CASE("The front is that of comparing each with each") {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Rng rng(seed);
    std::vector<Objectives> points(1 + rng.below(300));
    // Few values: many ties, and points that are equal altogether.
    const uint64_t values = seed % 2 == 0 ? 4 : 1000;
    for (Objectives& p : points) {
      for (double& v : p) v = static_cast<double>(rng.below(values));
    }
    const std::vector<bool> front = pareto_front(points);
    for (size_t i = 0; i < points.size(); ++i) {
      bool beaten = false;
      for (const Objectives& other : points) beaten = beaten || better(other, points[i]);
      INFO("seed " << seed << ", point " << i);
      CHECK(front[i] == !beaten);
    }
  }
  CHECK(pareto_front({}).empty());
}

}  // namespace
}  // namespace psaflow
