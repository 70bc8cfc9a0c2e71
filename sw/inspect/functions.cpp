#include "sw/inspect/functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sw/base/error.h"
#include "sw/golden/kernels.h"

namespace psaflow {
namespace {

FunctionSet sample_table(const std::string& layer, const TableParams& table) {
  FunctionSet set;
  set.layer = layer;
  set.channels = table.channels;
  for (int x = -128; x <= 127; ++x) set.x.push_back(x);
  int8_t values[256];
  for (int c = 0; c < table.channels; ++c) {
    expand_table(table, c, values);
    set.y.insert(set.y.end(), values, values + 256);
  }
  return set;
}

}  // namespace

std::vector<FunctionSet> learned_functions(const IntModel& model) {
  std::vector<FunctionSet> sets;
  for (const Node& node : model.network.nodes) {
    const auto* const lookup = std::get_if<op::Lookup>(&node.op);
    if (lookup == nullptr) continue;
    sets.push_back(sample_table(node.name, lookup->params));
    sets.back().input = model.network.input_of(node).name;
  }
  return sets;
}

// psa1 reads the residual stream after token mixing, psa2 what fc1 puts out.
std::vector<FunctionSet> learned_functions(const FoldedModel& model) {
  std::vector<FunctionSet> sets;
  for (size_t i = 0; i < model.blocks.size(); ++i) {
    const auto& functions = model.blocks[i].functions;
    for (size_t f = 0; f < functions.size(); ++f) {
      sets.push_back(sample_function(block_layer(i, f == 0 ? "channel.psa1" : "channel.psa2"), functions[f]));
      sets.back().input = block_layer(i, f == 0 ? "token.add" : "channel.fc1");
    }
  }
  return sets;
}

FunctionSet sample_function(const std::string& layer, const FoldedFunction& function) {
  FunctionSet set;
  set.layer = layer;
  set.integer = false;
  set.channels = function.channels();
  set.scale = function.before.scale;
  set.offset = function.before.offset;
  // About 256 samples; between grid points a function is straight, so these must be among them.
  const int segments = function.config.on_grid() ? std::max(1, function.config.grid_points - 1) : 1;
  const int steps = segments * std::max(1, (256 + segments - 1) / segments);
  const double range = function.config.grid_range;
  FoldedFunction bare = function;  // without the affine before it: x is the function's own input
  std::fill(bare.before.scale.begin(), bare.before.scale.end(), 1.f);
  std::fill(bare.before.offset.begin(), bare.before.offset.end(), 0.f);
  const auto channels = static_cast<size_t>(set.channels);
  std::vector<float> row(channels), values(channels);
  set.y.resize(channels * (static_cast<size_t>(steps) + 1));
  for (int i = 0; i <= steps; ++i) {
    set.x.push_back(-range + 2 * range * i / steps);
    std::fill(row.begin(), row.end(), static_cast<float>(set.x.back()));
    bare.apply(row.data(), 1, values.data());
    for (size_t c = 0; c < channels; ++c) {
      if (!std::isfinite(values[c]))
        throw UserError("", layer, fmt::format("a value that is not finite (channel {})", c),
                        "a network that has not diverged");
      set.y[c * (static_cast<size_t>(steps) + 1) + static_cast<size_t>(i)] = values[c];
    }
  }
  return set;
}

std::pair<size_t, size_t> used_samples(const FunctionSet& set, int channel) {
  const uint64_t* uses = set.uses_of(channel);
  const size_t n = set.samples();
  if (uses == nullptr) return {0, n - 1};
  const uint64_t total = std::accumulate(uses, uses + n, uint64_t{0});
  if (total == 0) return {0, n - 1};
  const auto rare = static_cast<uint64_t>(kRareShare * static_cast<double>(total));
  size_t first = 0, last = n - 1;
  for (uint64_t below = uses[first]; below <= rare; below += uses[first]) ++first;
  for (uint64_t above = uses[last]; above <= rare; above += uses[last]) --last;
  return {first, last};
}

FunctionShape measure_shape(const FunctionSet& set, int channel) {
  PSAFLOW_CHECK(channel >= 0 && channel < set.channels && set.samples() >= 2, "measure_shape: channel or samples");
  const double* y = set.channel(channel);
  const size_t n = set.samples();
  std::vector<double> weight(n, 1);
  if (const uint64_t* uses = set.uses_of(channel)) {
    if (std::any_of(uses, uses + n, [](uint64_t u) { return u > 0; })) weight.assign(uses, uses + n);
  }
  FunctionShape shape;
  const auto [low, high] = std::minmax_element(y, y + n);
  shape.low = *low;
  shape.high = *high;
  const auto [first, last] = used_samples(set, channel);
  shape.rising = std::is_sorted(y + first, y + last + 1);
  shape.falling = std::is_sorted(y + first, y + last + 1, [](double a, double b) { return a > b; });

  double total = 0, mean_x = 0, mean_y = 0, identity = 0, least = INFINITY, most = -INFINITY;
  for (size_t i = 0; i < n; ++i) {
    if (weight[i] == 0) continue;
    total += weight[i];
    mean_x += weight[i] * set.x[i];
    mean_y += weight[i] * y[i];
    identity += weight[i] * (y[i] - set.x[i]) * (y[i] - set.x[i]);
    least = std::min(least, y[i]);
    most = std::max(most, y[i]);
  }
  shape.constant = least == most;
  shape.from_identity = std::sqrt(identity / total);
  mean_x /= total;
  mean_y /= total;
  double xx = 0, xy = 0, yy = 0;
  for (size_t i = 0; i < n; ++i) {
    const double dx = set.x[i] - mean_x, dy = y[i] - mean_y;
    xx += weight[i] * dx * dx;
    xy += weight[i] * dx * dy;
    yy += weight[i] * dy * dy;
  }
  if (shape.constant || xx == 0) return shape;
  shape.slope = xy / xx;
  shape.nonlinearity = std::sqrt(std::max(0.0, 1 - xy * xy / (xx * yy)));
  return shape;
}

}  // namespace psaflow
