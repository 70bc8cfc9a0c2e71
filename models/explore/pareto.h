// The exact front of a set of points.
#pragma once
#include <array>
#include <cstddef>
#include <vector>

namespace psaflow {

constexpr size_t kObjectives = 4;
using Objectives = std::array<double, kObjectives>;  // of each, less is better

// Whether each point is on the front: no other is as good in every objective and better in one. Of equal points all
// are. At most n log n comparisons of points where the front is small, n^2 where it is all of them.
std::vector<bool> pareto_front(const std::vector<Objectives>& points);

}  // namespace psaflow
