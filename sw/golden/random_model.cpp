#include "sw/golden/random_model.h"

#include <cmath>

namespace psaflow {

int8_t random_int8(Rng& rng, int low, int high) {
  return static_cast<int8_t>(low + static_cast<int>(rng.below(static_cast<uint64_t>(high - low + 1))));
}

// Inputs of deviation s give outputs of about s: weights are uniform, of deviation 74, so the shift undoes 74 *
// sqrt(in).
LinearParams random_linear(int in, int out, Rng& rng) {
  LinearParams p;
  p.in = in;
  p.out = out;
  for (int i = 0; i < in * out; ++i) p.weight.push_back(random_int8(rng));
  const int middle = static_cast<int>(std::lround(std::log2(74.0 * std::sqrt(in))));
  for (int m = 0; m < out; ++m) {
    p.bias.push_back(random_int8(rng, -24, 24));
    const auto pick = rng.below(64);
    const int shift = pick == 0 ? 0 : pick == 1 ? 31 : middle - 1 + static_cast<int>(rng.below(3));
    p.shift.push_back(static_cast<uint8_t>(shift < 0 ? 0 : shift > 31 ? 31 : shift));
  }
  return p;
}

// Slopes of magnitude 1/4..2 and either sign.
AffineParams random_affine(int channels, Rng& rng) {
  AffineParams p;
  for (int c = 0; c < channels; ++c) {
    const int8_t slope = random_int8(rng, 32, 127);  // one draw a statement: operands have no order
    const bool falling = rng.below(4) == 0;
    p.weight.push_back(rng.below(64) == 0 ? int8_t{-128} : static_cast<int8_t>(falling ? -slope : slope));
    p.bias.push_back(random_int8(rng, -16, 16));
    const auto pick = rng.below(64);
    p.shift.push_back(static_cast<uint8_t>(pick == 0 ? 0 : pick == 1 ? 31 : 6 + rng.below(2)));
  }
  return p;
}

// Channels alternate between a rough walk, noise, and full swings from -128 to 127, the worst case of interpolation.
TableParams random_table(int channels, int points, Rng& rng) {
  TableParams p;
  p.channels = channels;
  p.points = points;
  for (int c = 0; c < channels; ++c) {
    const auto kind = rng.below(8);
    double walk = rng.uniform(-100, 100);
    for (int i = 0; i < points; ++i) {
      walk += rng.normal() * 256.0 / points;
      if (walk > 127) walk = 127;
      if (walk < -128) walk = -128;
      if (kind == 0) {
        p.values.push_back(i % 2 == 0 ? int8_t{-128} : int8_t{127});
      } else if (kind == 1) {
        p.values.push_back(random_int8(rng));
      } else {
        p.values.push_back(static_cast<int8_t>(std::lround(walk)));
      }
    }
  }
  return p;
}

Network random_constants(Network network, int table_points, Rng& rng) {
  for (Node& node : network.nodes) {
    const int channels = network.input_of(node).cols;
    visit_constants(node.op, Overloaded{[&](LinearParams& p) { p = random_linear(p.in, p.out, rng); },
                                        [&](AffineParams& p) { p = random_affine(channels, rng); },
                                        [&](TableParams& p) { p = random_table(channels, table_points, rng); }});
  }
  return network;
}

// table_points: 256 or 2^k + 1; not used for "relu".
IntModel random_model(const ModelConfig& config, int table_points, uint64_t seed) {
  Rng rng(seed);
  IntModel model;
  model.config = config;
  if (model.config.mean.empty()) model.config.mean.assign(static_cast<size_t>(config.image_channels), 0.47);
  if (model.config.std.empty()) model.config.std.assign(static_cast<size_t>(config.image_channels), 0.25);
  if (config.input_scale == 1) model.config.input_scale = 40;
  model.network = random_constants(resmlp(model.config), table_points, rng);
  return model;
}

// count images of C*H*W uniform bytes.
std::vector<uint8_t> random_images(const ModelConfig& config, int count, uint64_t seed) {
  Rng rng(seed);
  std::vector<uint8_t> images(static_cast<size_t>(count) * config.image_channels * config.image_height *
                              config.image_width);
  for (uint8_t& byte : images) byte = static_cast<uint8_t>(rng.below(256));
  return images;
}

}  // namespace psaflow
