// What quantisation-aware training trains, and the flat arrays that its optimiser works on: every tensor of the folded
// network, and the logarithms of its ranges.
#pragma once
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "sw/base/aligned.h"
#include "sw/base/error.h"
#include "sw/quant/ranges.h"
#include "sw/train/parameters.h"

namespace psaflow {

// Calls body(name, shape, values) for every tensor of a folded model (const or not), in the order of the layers.
template <typename Model, typename Body>
void for_each_tensor(Model& model, const Body& body) {
  const auto vector = [&](const std::string& name, auto& values) {
    body(name, std::vector<int64_t>{static_cast<int64_t>(values.size())}, values);
  };
  const auto linear = [&](const std::string& name, auto& l) {
    body(name + ".weight", std::vector<int64_t>{l.out, l.in}, l.weight);
    vector(name + ".bias", l.bias);
  };
  const auto affine = [&](const std::string& name, auto& a) {
    vector(name + ".scale", a.scale);
    vector(name + ".offset", a.offset);
  };
  const auto function = [&](const std::string& name, auto& f) {
    const int64_t channels = f.channels();
    affine(name, f.before);
    const auto table = [&](const char* part, auto& values) {
      if (!values.empty())
        body(name + part, std::vector<int64_t>{static_cast<int64_t>(values.size()) / channels, channels}, values);
    };
    table(".grid", f.grid);
    table(".center", f.center);
    table(".width", f.width);
    table(".value", f.value);
    table(".out_weight", f.out_weight);
    table(".out_bias", f.out_bias);
  };
  linear("embed", model.embed);
  for (size_t b = 0; b < model.blocks.size(); ++b) {
    auto& block = model.blocks[b];
    const std::string token = block_layer(b, "token."), channel = block_layer(b, "channel.");
    affine(token + "pre", block.token_pre);
    linear(token + "mix", block.token_mix);
    affine(token + "post", block.token_post);
    for (size_t f = 0; f < block.functions.size(); ++f)
      function(channel + "psa" + std::to_string(f + 1), block.functions[f]);
    linear(channel + "fc1", block.fc1);
    linear(channel + "fc2", block.fc2);
  }
  linear("head", model.head);
}

template <typename Real>
ParameterLayout tensor_layout(const BasicFoldedModel<Real>& model) {
  ParameterLayout layout;
  for_each_tensor(
      model, [&](const std::string& name, const std::vector<int64_t>& shape, const auto&) { layout.add(name, shape); });
  return layout;
}

inline ParameterLayout range_layout(const Ranges& ranges) {
  ParameterLayout layout;
  for_each_range(ranges, [&](const std::string& name, const double*, size_t count) {
    layout.add(name, {static_cast<int64_t>(count)});
  });
  return layout;
}

// A model's tensors one behind the other, and back into a model of the same shape.
template <typename Real>
void pack(const BasicFoldedModel<Real>& model, AlignedVector<Real>& flat) {
  flat.clear();
  for_each_tensor(model, [&](const std::string&, const std::vector<int64_t>&, const auto& values) {
    flat.insert(flat.end(), values.begin(), values.end());
  });
}
template <typename Real>
void unpack(const AlignedVector<Real>& flat, BasicFoldedModel<Real>& model) {
  const Real* from = flat.data();
  for_each_tensor(model, [&](const std::string&, const std::vector<int64_t>&, auto& values) {
    PSAFLOW_CHECK(from + values.size() <= flat.data() + flat.size(), "parameters of another network");
    std::copy(from, from + values.size(), values.begin());
    from += values.size();
  });
}

// Scales (INT8 steps per unit) and their logarithms to base 2.
template <typename Real>
void pack_log2(const Ranges& ranges, AlignedVector<Real>& flat) {
  flat.clear();
  for_each_range(ranges, [&](const std::string&, const double* scales, size_t count) {
    for (size_t i = 0; i < count; ++i) flat.push_back(static_cast<Real>(std::log2(scales[i])));
  });
}
template <typename Real>
void unpack_log2(const AlignedVector<Real>& flat, Ranges& ranges) {
  size_t at = 0;
  for_each_range(ranges, [&](const std::string&, double* scales, size_t count) {
    PSAFLOW_CHECK(at + count <= flat.size(), "ranges of another network");
    for (size_t i = 0; i < count; ++i) scales[i] = std::exp2(double{flat[at++]});
  });
}

}  // namespace psaflow
