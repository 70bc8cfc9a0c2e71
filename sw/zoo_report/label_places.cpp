#include "sw/zoo_report/label_places.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace psaflow {
namespace {

bool overlap(const Box& a, const Box& b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

// Liang and Barsky: whether the line passes through the box.
bool crosses(double x1, double y1, double x2, double y2, const Box& box) {
  const double dx = x2 - x1, dy = y2 - y1;
  const double p[] = {-dx, dx, -dy, dy}, q[] = {x1 - box.left, box.right - x1, y1 - box.top, box.bottom - y1};
  double enter = 0, leave = 1;
  for (int side = 0; side < 4; ++side) {
    if (p[side] == 0) {
      if (q[side] < 0) return false;
    } else if (p[side] < 0) {
      enter = std::max(enter, q[side] / p[side]);
    } else {
      leave = std::min(leave, q[side] / p[side]);
    }
  }
  return enter < leave;
}

}  // namespace

std::vector<double> spread_apart(const std::vector<double>& wanted, double gap, double low, double high) {
  const size_t n = wanted.size();
  std::vector<size_t> order(n);
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return wanted[a] < wanted[b]; });
  if (n > 1) gap = std::min(gap, (high - low) / static_cast<double>(n - 1));
  // With i * gap taken off, "gap apart" becomes "in order", and the nearest such sequence is the isotonic regression.
  struct Pool {
    double sum;
    size_t count;
    double mean() const { return sum / static_cast<double>(count); }
  };
  std::vector<Pool> pools;
  for (size_t i = 0; i < n; ++i) {
    pools.push_back({wanted[order[i]] - static_cast<double>(i) * gap, 1});
    while (pools.size() > 1 && pools[pools.size() - 2].mean() > pools.back().mean()) {
      const Pool last = pools.back();
      pools.pop_back();
      pools.back().sum += last.sum;
      pools.back().count += last.count;
    }
  }
  std::vector<double> places(n);
  size_t i = 0;
  for (const Pool& pool : pools) {
    const double most = std::max(low, high - static_cast<double>(n - 1) * gap);
    const double base = std::clamp(pool.mean(), low, most);
    for (size_t k = 0; k < pool.count; ++k, ++i) places[order[i]] = base + static_cast<double>(i) * gap;
  }
  return places;
}

double LabelPlaces::cost(const Box& box) const {
  if (box.left < page_.left || box.right > page_.right || box.top < page_.top || box.bottom > page_.bottom) return 1e6;
  double cost = 0;
  for (const Box& other : boxes_) cost += overlap(box, other) ? 1000 : 0;
  for (const Line& line : lines_) cost += crosses(line.x1, line.y1, line.x2, line.y2, box) ? 100 : 0;
  return cost;
}

Box LabelPlaces::place(double x, double y, double width, double height) {
  Box best{};
  double least = std::numeric_limits<double>::infinity();
  for (const double away : {11.0, 15.0, 20.0, 28.0, 38.0, 50.0}) {
    // Right, left, below and above of the mark, then the corners.
    for (const auto& [right, down] : {std::pair{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {1, 1}, {1, -1}, {-1, 1}, {-1, -1}}) {
      const double slant = right != 0 && down != 0 ? 0.7 : 1;
      const double centre_x = x + right * (away * slant + width / 2), centre_y = y + down * (away * slant + height / 2);
      const Box box = {centre_x - width / 2, centre_y - height / 2, centre_x + width / 2, centre_y + height / 2};
      const double price = cost(box) + away;
      if (price >= least) continue;
      least = price;
      best = box;
    }
  }
  boxes_.push_back(best);
  return best;
}

}  // namespace psaflow
