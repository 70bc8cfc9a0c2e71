#include "sw/inspect/functions.h"

#include <algorithm>
#include <cmath>

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

// psa1 reads the residual stream after token mixing, psa2 what fc1 puts out.
void add(std::vector<FunctionSet>& sets, FunctionSet set, size_t block, bool first) {
  set.input = "blocks." + std::to_string(block) + (first ? ".token.add" : ".channel.fc1");
  sets.push_back(std::move(set));
}

std::string layer_name(size_t block, bool first) {
  return "blocks." + std::to_string(block) + (first ? ".channel.psa1" : ".channel.psa2");
}

}  // namespace

std::vector<FunctionSet> learned_functions(const IntModel& model) {
  std::vector<FunctionSet> sets;
  for (size_t i = 0; i < model.blocks.size(); ++i) {
    if (model.blocks[i].psa1) add(sets, sample_table(layer_name(i, true), *model.blocks[i].psa1), i, true);
    if (model.blocks[i].psa2) add(sets, sample_table(layer_name(i, false), *model.blocks[i].psa2), i, false);
  }
  return sets;
}

std::vector<FunctionSet> learned_functions(const FoldedModel& model) {
  std::vector<FunctionSet> sets;
  for (size_t i = 0; i < model.blocks.size(); ++i) {
    const auto& functions = model.blocks[i].functions;
    for (size_t f = 0; f < functions.size(); ++f)
      add(sets, sample_function(layer_name(i, f == 0), functions[f]), i, f == 0);
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
    for (size_t c = 0; c < channels; ++c)
      set.y[c * (static_cast<size_t>(steps) + 1) + static_cast<size_t>(i)] = values[c];
  }
  return set;
}

FunctionShape measure_shape(const FunctionSet& set, int channel) {
  PSAFLOW_CHECK(channel >= 0 && channel < set.channels && set.samples() >= 2, "measure_shape: channel or samples");
  const double* y = set.channel(channel);
  const uint64_t* uses = set.uses_of(channel);
  const size_t n = set.samples();
  FunctionShape shape;
  const auto [low, high] = std::minmax_element(y, y + n);
  shape.low = *low;
  shape.high = *high;
  shape.constant = shape.low == shape.high;
  shape.rising = std::is_sorted(y, y + n);
  shape.falling = std::is_sorted(y, y + n, [](double a, double b) { return a > b; });

  const auto weight = [&](size_t i) { return uses == nullptr ? 1.0 : static_cast<double>(uses[i]); };
  double total = 0, mean_x = 0, mean_y = 0, identity = 0;
  for (size_t i = 0; i < n; ++i) {
    total += weight(i);
    mean_x += weight(i) * set.x[i];
    mean_y += weight(i) * y[i];
    identity += weight(i) * (y[i] - set.x[i]) * (y[i] - set.x[i]);
  }
  if (!(total > 0)) return shape;  // measured, and never used
  mean_x /= total;
  mean_y /= total;
  shape.from_identity = std::sqrt(identity / total);
  double xx = 0, xy = 0, yy = 0;
  for (size_t i = 0; i < n; ++i) {
    const double dx = set.x[i] - mean_x, dy = y[i] - mean_y;
    xx += weight(i) * dx * dx;
    xy += weight(i) * dx * dy;
    yy += weight(i) * dy * dy;
  }
  if (xx > 0) shape.slope = xy / xx;
  if (xx > 0 && yy > 0) shape.nonlinearity = std::sqrt(std::max(0.0, 1 - xy * xy / (xx * yy)));
  return shape;
}

}  // namespace psaflow
