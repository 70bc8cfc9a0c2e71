#include "models/explore/pareto.h"

#include <algorithm>
#include <numeric>

namespace psaflow {
namespace {

bool dominates(const Objectives& a, const Objectives& b) {
  bool better = false;
  for (size_t i = 0; i < kObjectives; ++i) {
    if (a[i] > b[i]) return false;
    better = better || a[i] < b[i];
  }
  return better;
}

}  // namespace

// In lexical order nothing is dominated by what comes later, so each point is held against the front found so far.
std::vector<bool> pareto_front(const std::vector<Objectives>& points) {
  std::vector<size_t> order(points.size()), front;
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return points[a] < points[b]; });
  std::vector<bool> on_front(points.size(), false);
  for (size_t i : order) {
    on_front[i] = std::none_of(front.begin(), front.end(), [&](size_t f) { return dominates(points[f], points[i]); });
    if (on_front[i]) front.push_back(i);
  }
  return on_front;
}

}  // namespace psaflow
