#include "models/explore/table_resolution.h"

#include <algorithm>

#include "sw/base/error.h"

namespace psaflow {
namespace {

int points_of(const IntModel& model) {
  int most = 0;
  for (const Node& node : model.network.nodes) {
    if (const auto* lookup = std::get_if<op::Lookup>(&node.op)) most = std::max(most, lookup->params.points);
  }
  return most;
}

}  // namespace

std::vector<int> table_resolutions(const IntModel& model) {
  std::vector<int> list;
  const int points = points_of(model);
  if (points == 0) return list;
  list.push_back(points);
  for (int fewer = 129; fewer >= 3; fewer = (fewer - 1) / 2 + 1) {
    if (fewer < points) list.push_back(fewer);
  }
  return list;
}

IntModel with_table_points(const IntModel& model, int points) {
  IntModel result = model;
  for (Node& node : result.network.nodes) {
    auto* const lookup = std::get_if<op::Lookup>(&node.op);
    if (lookup == nullptr || lookup->params.points <= points) continue;
    const TableParams from = lookup->params;
    PSAFLOW_CHECK(legal_table_points(points) && points != 256, "2^k + 1 points, fewer than there are");
    const int spans = from.points == 256 ? 256 : from.points - 1, step = spans / (points - 1);
    TableParams to{from.channels, points, {}};
    for (int c = 0; c < from.channels; ++c) {
      const int8_t* const values = from.channel(c);
      for (int i = 0; i < points; ++i) {
        const int at = i * step;
        to.values.push_back(
            at < from.points ? values[at] : static_cast<int8_t>(std::clamp(2 * values[255] - values[254], -128, 127)));
      }
    }
    lookup->params = std::move(to);
  }
  return result;
}

}  // namespace psaflow
