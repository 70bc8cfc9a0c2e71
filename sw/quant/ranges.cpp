#include "sw/quant/ranges.h"

#include <algorithm>
#include <cmath>

#include "sw/golden/arithmetic.h"

namespace psaflow {
namespace {

std::vector<double> channel_scales(const Calibration& calibration, const std::string& name, ThreadPool& pool,
                                   int low = -128) {
  const ChannelSamples& s = calibration.at(name);
  std::vector<double> scales(s.channels.size());
  pool.run(scales.size(), [&](size_t c, int) { scales[c] = best_scale({&s.channels[c]}, low); });
  return scales;
}

double one_scale(const Calibration& calibration, const std::string& name) {
  const ChannelSamples& s = calibration.at(name);
  std::vector<const std::vector<float>*> all;
  for (const auto& channel : s.channels) all.push_back(&channel);
  return best_scale(all);
}

// Moves each scale of y down to x's scale times an integer in 1..126 times a power of two. (127 would sit on the edge
// where the shift changes.) Scales that have been here stay where they are.
void snap(const std::vector<double>& x, std::vector<double>& y) {
  for (size_t c = 0; c < x.size(); ++c) {
    const double ratio = y[c] / x[c];
    const int shift = largest_shift(ratio);
    const double weight = std::clamp(std::floor(std::ldexp(ratio, shift) + 1e-9), 1.0, 126.0);
    y[c] = x[c] * std::ldexp(weight, -shift);
  }
}

}  // namespace

int largest_shift(double magnitude) {
  if (!(magnitude > 0)) return 0;
  return static_cast<int>(std::clamp(std::floor(std::log2(127.0 / magnitude)), 0.0, double{kMaxShift}));
}

template <typename Real>
Ranges shape_of_ranges(const BasicFoldedModel<Real>& model) {
  const ModelConfig& c = model.config;
  const auto embed = static_cast<size_t>(c.embed), hidden = static_cast<size_t>(c.hidden);
  double largest_pixel = 0;  // of the normalised image
  for (size_t i = 0; i < c.mean.size(); ++i)
    largest_pixel = std::max({largest_pixel, (1 - c.mean[i]) / c.std[i], c.mean[i] / c.std[i]});
  Ranges r;
  r.input = 127 / largest_pixel;
  r.embed.assign(embed, 1);
  BlockRanges block;
  block.token_add.assign(embed, 1);
  block.fc1.assign(hidden, 1);
  block.channel_add.assign(embed, 1);
  if (c.has_tables()) {
    block.psa1.assign(embed, 1);
    block.psa2.assign(hidden, 1);
  }
  r.blocks.assign(model.blocks.size(), block);
  return r;
}

Ranges choose_ranges(const FoldedModel& model, const Calibration& calibration, ThreadPool& pool) {
  Ranges r = shape_of_ranges(model);
  r.embed = channel_scales(calibration, "embed", pool);
  for (size_t b = 0; b < model.blocks.size(); ++b) {
    const std::string token = block_layer(b, "token."), channel = block_layer(b, "channel.");
    const bool learned = !model.blocks[b].functions.empty();
    BlockRanges& block = r.blocks[b];
    block.pre = one_scale(calibration, token + "pre");
    block.mix = one_scale(calibration, token + "mix");
    block.token_add = channel_scales(calibration, token + "add", pool);
    if (learned) block.psa1 = channel_scales(calibration, channel + "psa1", pool);
    block.fc1 = channel_scales(calibration, channel + "fc1", pool, learned ? -128 : 0);
    if (learned) block.psa2 = channel_scales(calibration, channel + "psa2", pool);
    block.channel_add = channel_scales(calibration, channel + "add", pool);
  }
  r.head = one_scale(calibration, "head");
  return r;
}

namespace {

// Lowers the scale at which `bias` would round to beyond 127.
template <typename Real>
void make_fit(double& scale, Real bias) {
  constexpr double kMost = 127.49;
  const double magnitude = std::abs(double{bias});
  if (magnitude * scale > kMost) scale = kMost / magnitude;
}
template <typename Real>
void make_fit(std::vector<double>& scales, const std::vector<Real>& biases) {
  for (size_t c = 0; c < scales.size(); ++c) make_fit(scales[c], biases[c]);
}
template <typename Real>
void make_fit(double& scale, const std::vector<Real>& biases) {
  for (Real bias : biases) make_fit(scale, bias);
}

}  // namespace

template <typename Real>
void settle(const BasicFoldedModel<Real>& model, Ranges& ranges) {
  make_fit(ranges.embed, model.embed.bias);
  const std::vector<double>* x = &ranges.embed;
  for (size_t b = 0; b < ranges.blocks.size(); ++b) {
    const BasicFoldedBlock<Real>& layers = model.blocks[b];
    BlockRanges& block = ranges.blocks[b];
    make_fit(block.pre, layers.token_pre.offset);
    make_fit(block.mix, layers.token_mix.bias);
    make_fit(block.token_add, layers.token_post.offset);
    make_fit(block.fc1, layers.fc1.bias);
    make_fit(block.channel_add, layers.fc2.bias);
    snap(*x, block.token_add);
    snap(block.token_add, block.channel_add);
    x = &block.channel_add;
  }
  make_fit(ranges.head, model.head.bias);
}

template Ranges shape_of_ranges(const FoldedModel&);
template Ranges shape_of_ranges(const BasicFoldedModel<double>&);
template void settle(const FoldedModel&, Ranges&);
template void settle(const BasicFoldedModel<double>&, Ranges&);

}  // namespace psaflow
