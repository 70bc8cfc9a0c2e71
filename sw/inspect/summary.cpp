#include "sw/inspect/summary.h"

#include <algorithm>

#include "sw/inspect/functions.h"

namespace psaflow {
namespace {

template <typename Values>
NumberRange range_of(const Values& values) {
  NumberRange range;
  for (const auto value : values) range.add(static_cast<double>(value));
  return range;
}

// Bits of each number in a model of that value type.
template <typename T>
constexpr int64_t kBits = 8 * static_cast<int64_t>(sizeof(T));

// The part that both kinds of linear layer share: [out, in] weights, [out] biases, `vectors` inputs an image.
template <typename T>
LayerSummary linear_layer(const std::string& name, int in, int out, const std::vector<T>& weight,
                          const std::vector<T>& bias, int64_t vectors) {
  LayerSummary s;
  s.name = name;
  s.in = in;
  s.out = out;
  s.parameters = static_cast<int64_t>(weight.size() + bias.size());
  s.macs = vectors * in * out;
  s.weight = range_of(weight);
  s.bias = range_of(bias);
  for (int m = 0; m < out; ++m) {
    const auto row = weight.begin() + int64_t{m} * in;
    s.dead_channels += std::all_of(row, row + in, [](T w) { return w == 0; }) ? 1 : 0;
  }
  s.storage_bits = s.parameters * kBits<T>;
  return s;
}

// An affine layer is a linear one of a single input a channel.
template <typename T>
LayerSummary affine_layer(const std::string& name, const std::vector<T>& weight, const std::vector<T>& bias,
                          int64_t vectors) {
  const auto channels = static_cast<int>(weight.size());
  LayerSummary s = linear_layer(name, 1, channels, weight, bias, vectors);
  s.kind = LayerKind::kAffine;
  s.in = channels;
  return s;
}

void add_shifts(LayerSummary& s, const std::vector<uint8_t>& shift) {
  s.shift = range_of(shift);
  s.parameters += static_cast<int64_t>(shift.size());
  s.storage_bits += static_cast<int64_t>(shift.size()) * kBits<uint8_t>;
}

LayerSummary linear_layer(const std::string& name, const LinearParams& p, int64_t vectors) {
  LayerSummary s = linear_layer(name, p.in, p.out, p.weight, p.bias, vectors);
  add_shifts(s, p.shift);
  return s;
}

LayerSummary affine_layer(const std::string& name, const AffineParams& p, int64_t vectors) {
  LayerSummary s = affine_layer(name, p.weight, p.bias, vectors);
  add_shifts(s, p.shift);
  return s;
}

LayerSummary functions_layer(const std::string& name, int channels) {
  LayerSummary s;
  s.name = name;
  s.kind = LayerKind::kFunctions;
  s.in = s.out = channels;
  return s;
}

LayerSummary table_layer(const std::string& name, const TableParams& p) {
  LayerSummary s = functions_layer(name, p.channels);
  s.points = p.points;
  s.parameters = static_cast<int64_t>(p.values.size());
  s.storage_bits = s.parameters * kBits<int8_t>;
  s.weight = range_of(p.values);
  for (int c = 0; c < p.channels; ++c) {
    const int8_t* values = p.channel(c);
    s.dead_channels += std::all_of(values, values + p.points, [&](int8_t v) { return v == values[0]; }) ? 1 : 0;
  }
  return s;
}

LayerSummary function_layer(const std::string& name, const FoldedFunction& f) {
  LayerSummary s = functions_layer(name, f.channels());
  s.points = f.config.on_grid() ? f.config.grid_points : 0;
  s.parameters = static_cast<int64_t>(f.before.scale.size() + f.before.offset.size() + f.grid.size() + f.center.size() +
                                      f.width.size() + f.value.size() + f.out_weight.size() + f.out_bias.size());
  s.storage_bits = s.parameters * kBits<float>;
  const FunctionSet drawn = sample_function(name, f);
  s.weight = range_of(drawn.y);
  for (int c = 0; c < drawn.channels; ++c) s.dead_channels += measure_shape(drawn, c).constant ? 1 : 0;
  return s;
}

}  // namespace

const char* to_string(LayerKind kind) {
  switch (kind) {
    case LayerKind::kLinear:
      return "linear";
    case LayerKind::kAffine:
      return "affine";
    case LayerKind::kFunctions:
      return "functions";
  }
  return "?";
}

int64_t ModelSummary::parameters() const {
  int64_t sum = 0;
  for (const LayerSummary& layer : layers) sum += layer.parameters;
  return sum;
}

int64_t ModelSummary::macs() const {
  int64_t sum = 0;
  for (const LayerSummary& layer : layers) sum += layer.macs;
  return sum;
}

int64_t ModelSummary::storage_bits() const {
  int64_t sum = 0;
  for (const LayerSummary& layer : layers) sum += layer.storage_bits;
  return sum;
}

int64_t ModelSummary::storage_bits(LayerKind kind) const {
  int64_t sum = 0;
  for (const LayerSummary& layer : layers) sum += layer.kind == kind ? layer.storage_bits : 0;
  return sum;
}

ModelSummary summarize(const IntModel& model) {
  ModelSummary summary;
  summary.config = model.config;
  const Network& network = model.network;
  std::vector<LayerSummary>& layers = summary.layers;
  for (const Node& node : network.nodes) {
    visit_constants(
        node.op,
        Overloaded{
            [&](const LinearParams& p) { layers.push_back(linear_layer(node.name, p, linear_vectors(network, node))); },
            [&](const AffineParams& p) { layers.push_back(affine_layer(node.name, p, network.output_of(node).rows)); },
            [&](const TableParams& p) { layers.push_back(table_layer(node.name, p)); }});
  }
  return summary;
}

ModelSummary summarize(const FoldedModel& model) {
  ModelSummary summary;
  summary.config = model.config;
  summary.integer = false;
  const int64_t tokens = model.config.tokens();
  std::vector<LayerSummary>& layers = summary.layers;
  const auto linear = [&layers](const std::string& name, const FoldedLinear& l, int64_t vectors) {
    layers.push_back(linear_layer(name, l.in, l.out, l.weight, l.bias, vectors));
  };
  linear("embed", model.embed, tokens);
  for (size_t i = 0; i < model.blocks.size(); ++i) {
    const FoldedBlock& b = model.blocks[i];
    const std::string token = block_layer(i, "token."), channel = block_layer(i, "channel.");
    layers.push_back(affine_layer(token + "pre", b.token_pre.scale, b.token_pre.offset, tokens));
    linear(token + "mix", b.token_mix, model.config.embed);
    for (size_t f = 0; f < b.functions.size(); ++f) {
      layers.push_back(function_layer(channel + "psa" + std::to_string(f + 1), b.functions[f]));
      if (f == 0) linear(channel + "fc1", b.fc1, tokens);
    }
    if (b.functions.empty()) linear(channel + "fc1", b.fc1, tokens);
    linear(channel + "fc2", b.fc2, tokens);
  }
  linear("head", model.head, 1);
  return summary;
}

}  // namespace psaflow
