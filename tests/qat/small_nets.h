// Small folded networks with ranges for the tests of quantisation-aware training: trained by nobody, every kind of
// layer busy, some values beyond their range.
#pragma once
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "sw/qat/parameters.h"
#include "sw/quant/quantize.h"

namespace psaflow::test {

struct Kind {
  Activation activation;
  bool exact;
};
inline const Kind kKinds[] = {
    {Activation::kRelu, false}, {Activation::kPsa, false}, {Activation::kPsa, true}, {Activation::kBspline, false}};

inline std::string to_string(const Kind& kind) {
  return std::string(psaflow::to_string(kind.activation)) + (kind.exact ? " exact" : "");
}

inline FoldedModel random_folded(const Kind& kind, Rng& rng) {
  Checkpoint c;
  ModelConfig& m = c.recipe.net.model;
  m.image_height = m.image_width = 8;
  m.patch = 4;
  m.embed = 5;
  m.hidden = 6;
  m.blocks = 2;
  m.classes = 3;
  m.mean = m.std = {0.5, 0.5, 0.5};
  m.activation = kind.activation;
  c.recipe.net.exact_psa = kind.exact;
  c.recipe.net.experts = 3;
  c.recipe.net.grid_points = 16;
  const ResMlp<float> net(c.recipe.net);
  net.initialize(c.parameters, c.statistics, rng);
  for (float& p : c.parameters) p += static_cast<float>(0.2 * rng.normal());
  for (float& s : c.statistics) s = static_cast<float>(rng.uniform(0.3, 1.5));
  FoldedModel folded = fold(c);
  for (FoldedBlock& block : folded.blocks) {  // away from the identity
    for (float& s : block.token_post.scale) s += static_cast<float>(0.2 * rng.normal());
    for (float& o : block.token_post.offset) o += static_cast<float>(0.2 * rng.normal());
  }
  return folded;
}

// One image's patches [T, F] in integers.
inline std::vector<double> random_patches(const ModelConfig& m, Rng& rng) {
  std::vector<double> patches(static_cast<size_t>(m.tokens()) * m.features());
  for (double& x : patches) x = static_cast<double>(rng.below(256)) - 128;
  return patches;
}

// Ranges from random images, then moved by up to `octaves` either way: some values saturate.
inline Ranges random_ranges(const FoldedModel& model, double octaves, Rng& rng) {
  Calibration calibration;
  for (int i = 0; i < 20; ++i) {
    std::vector<float> patches;
    for (double x : random_patches(model.config, rng)) patches.push_back(static_cast<float>(x / 127));
    run_folded(model, patches.data(), [&](const std::string& name, const float* values, int rows, int channels) {
      ChannelSamples& s = calibration[name];
      s.channels.resize(static_cast<size_t>(channels));
      for (int k = 0; k < rows * channels; ++k) s.channels[static_cast<size_t>(k % channels)].push_back(values[k]);
    });
  }
  ThreadPool pool(1);
  Ranges ranges = choose_ranges(model, calibration, pool);
  ranges.input = 127;
  for_each_range(ranges, [&](const std::string&, double* scales, size_t count) {
    for (size_t i = 0; i < count; ++i) scales[i] *= std::exp2(rng.uniform(-octaves, octaves));
  });
  return ranges;
}

inline BasicFoldedModel<double> to_double(const FoldedModel& model) {
  BasicFoldedModel<double> wide;
  wide.config = model.config;
  const auto linear = [](const FoldedLinear& l) {
    return BasicLinear<double>{l.in, l.out, {l.weight.begin(), l.weight.end()}, {l.bias.begin(), l.bias.end()}};
  };
  const auto affine = [](const FoldedAffine& a) {
    return BasicAffine<double>{{a.scale.begin(), a.scale.end()}, {a.offset.begin(), a.offset.end()}};
  };
  wide.embed = linear(model.embed);
  wide.head = linear(model.head);
  for (const FoldedBlock& b : model.blocks) {
    BasicFoldedBlock<double> w{affine(b.token_pre), affine(b.token_post), linear(b.token_mix), {},
                               linear(b.fc1),       linear(b.fc2)};
    for (const FoldedFunction& f : b.functions) {
      w.functions.push_back({affine(f.before),
                             f.config,
                             {f.grid.begin(), f.grid.end()},
                             {f.center.begin(), f.center.end()},
                             {f.width.begin(), f.width.end()},
                             {f.value.begin(), f.value.end()},
                             {f.out_weight.begin(), f.out_weight.end()},
                             {f.out_bias.begin(), f.out_bias.end()}});
    }
    wide.blocks.push_back(std::move(w));
  }
  return wide;
}

}  // namespace psaflow::test
