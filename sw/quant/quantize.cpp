#include "sw/quant/quantize.h"

#include <algorithm>
#include <cmath>

#include "sw/base/error.h"
#include "sw/golden/arithmetic.h"
#include "sw/quant/calibrate.h"

namespace psaflow {
namespace {

using Scales = std::vector<double>;  // INT8 steps per unit, one a channel

int8_t round8(double v) {
  return sat8(static_cast<int64_t>(std::llround(std::clamp(v, -1e6, 1e6))));
}

// The largest shift that keeps |factor| * 2^shift within 127 (weights of -128 are not used: they would make the range
// lopsided).
int largest_shift(double magnitude) {
  if (!(magnitude > 0)) return 0;
  const int shift = static_cast<int>(std::floor(std::log2(127.0 / magnitude)));
  return std::clamp(shift, 0, kMaxShift);
}

Scales channel_scales(const Calibration& calibration, const std::string& name, ThreadPool& pool, int low = -128) {
  const ChannelSamples& s = calibration.at(name);
  Scales scales(s.channels.size());
  pool.run(scales.size(), [&](size_t c, int) { scales[c] = best_scale({&s.channels[c]}, low); });
  return scales;
}

Scales one_scale(const Calibration& calibration, const std::string& name) {
  const ChannelSamples& s = calibration.at(name);
  std::vector<const std::vector<float>*> all;
  for (const auto& channel : s.channels) all.push_back(&channel);
  return Scales(s.channels.size(), best_scale(all));
}

// y[m] = sum_k x[k] W[m][k] + b[m] with x at scale x_scale[k], y at y_scale[m]:
// weight scale = 2^shift y_scale[m] / x_scale[k], the bias at the output scale.
LinearParams quantize_linear(const FoldedLinear& l, const Scales& x_scale, const Scales& y_scale) {
  LinearParams q;
  q.in = l.in;
  q.out = l.out;
  for (int m = 0; m < l.out; ++m) {
    double largest = 0;
    const auto factor = [&](int k) { return l.weight[static_cast<size_t>(m) * l.in + k] * y_scale[m] / x_scale[k]; };
    for (int k = 0; k < l.in; ++k) largest = std::max(largest, std::abs(factor(k)));
    const int shift = largest_shift(largest);
    for (int k = 0; k < l.in; ++k) q.weight.push_back(round8(std::ldexp(factor(k), shift)));
    q.bias.push_back(round8(l.bias[m] * y_scale[m]));
    q.shift.push_back(static_cast<uint8_t>(shift));
  }
  return q;
}

// y = x * scale + offset per channel.
AffineParams quantize_affine(const FoldedAffine& a, const Scales& x_scale, const Scales& y_scale) {
  AffineParams q;
  for (size_t c = 0; c < a.scale.size(); ++c) {
    const double factor = a.scale[c] * y_scale[c] / x_scale[c];
    const int shift = largest_shift(std::abs(factor));
    q.weight.push_back(round8(std::ldexp(factor, shift)));
    q.bias.push_back(round8(a.offset[c] * y_scale[c]));
    q.shift.push_back(static_cast<uint8_t>(shift));
  }
  return q;
}

// The identity from x_scale to y_scale, whose scales are first moved down, by less than 1 in 64, to where the
// multiplier is exact.
AffineParams snapped_identity(const Scales& x_scale, Scales& y_scale) {
  AffineParams q;
  for (size_t c = 0; c < x_scale.size(); ++c) {
    const double ratio = y_scale[c] / x_scale[c];
    const int shift = largest_shift(ratio);
    const int weight = std::clamp(static_cast<int>(std::floor(std::ldexp(ratio, shift))), 1, 127);
    y_scale[c] = x_scale[c] * std::ldexp(weight, -shift);
    q.weight.push_back(static_cast<int8_t>(weight));
    q.bias.push_back(0);
    q.shift.push_back(static_cast<uint8_t>(shift));
  }
  return q;
}

FoldedAffine identity(int channels) {
  return {std::vector<float>(channels, 1.f), std::vector<float>(channels, 0.f)};
}

// The function of every channel at the table's inputs: point i stands for u = i * 2^(8 - k), x = (u - 128) / x_scale.
TableParams tabulate(const FoldedFunction& f, const Scales& x_scale, const Scales& y_scale, int table_log2) {
  TableParams q;
  q.channels = f.channels();
  q.points = table_log2 == 8 ? 256 : (1 << table_log2) + 1;
  q.values.resize(static_cast<size_t>(q.channels) * q.points);
  const int step = 256 >> table_log2;
  std::vector<float> x(q.channels), y(q.channels);
  for (int i = 0; i < q.points; ++i) {
    for (int c = 0; c < q.channels; ++c) x[c] = static_cast<float>((i * step - 128) / x_scale[c]);
    f.apply(x.data(), 1, y.data());
    for (int c = 0; c < q.channels; ++c) q.values[static_cast<size_t>(c) * q.points + i] = round8(y[c] * y_scale[c]);
  }
  return q;
}

}  // namespace

IntModel quantize(const FoldedModel& model, const Dataset& data, const QuantizeOptions& options, ThreadPool& pool) {
  PSAFLOW_CHECK(options.table_log2 >= 1 && options.table_log2 <= 8, "table_log2");
  const Calibration calibration = calibrate(model, data, static_cast<size_t>(options.calibration_images), pool);
  IntModel q;
  q.config = model.config;

  double largest_pixel = 0;  // of the normalised image
  for (size_t c = 0; c < model.config.mean.size(); ++c) {
    largest_pixel = std::max(
        {largest_pixel, (1 - model.config.mean[c]) / model.config.std[c], model.config.mean[c] / model.config.std[c]});
  }
  q.config.input_scale = 127 / largest_pixel;

  Scales x = channel_scales(calibration, "embed", pool);
  q.embed = quantize_linear(model.embed, Scales(model.embed.in, q.config.input_scale), x);
  for (size_t b = 0; b < model.blocks.size(); ++b) {
    const FoldedBlock& block = model.blocks[b];
    const std::string token = "blocks." + std::to_string(b) + ".token.",
                      channel = "blocks." + std::to_string(b) + ".channel.";
    BlockParams p;

    Scales added = channel_scales(calibration, token + "add", pool);
    p.token_residual = snapped_identity(x, added);
    Scales pre = one_scale(calibration, token + "pre");
    double largest_offset = 0;
    for (float offset : block.token_pre.offset) largest_offset = std::max(largest_offset, std::abs(double{offset}));
    if (largest_offset * pre[0] > 127)
      pre.assign(pre.size(), 127 / largest_offset);  // the bias must fit at the output scale
    const Scales mixed = one_scale(calibration, token + "mix");
    p.token_pre = quantize_affine(block.token_pre, x, pre);
    p.token_mix =
        quantize_linear(block.token_mix, Scales(block.token_mix.in, pre[0]), Scales(block.token_mix.out, mixed[0]));
    p.token_post = quantize_affine(identity(model.config.embed), mixed, added);
    x = added;

    added = channel_scales(calibration, channel + "add", pool);
    p.channel_residual = snapped_identity(x, added);
    if (!block.functions.empty()) {
      const Scales a1 = channel_scales(calibration, channel + "psa1", pool),
                   h = channel_scales(calibration, channel + "fc1", pool),
                   h2 = channel_scales(calibration, channel + "psa2", pool);
      p.psa1 = tabulate(block.functions[0], x, a1, options.table_log2);
      p.fc1 = quantize_linear(block.fc1, a1, h);
      p.psa2 = tabulate(block.functions[1], h, h2, options.table_log2);
      p.fc2 = quantize_linear(block.fc2, h2, added);
    } else {
      const Scales h = channel_scales(calibration, channel + "fc1", pool, 0);
      p.fc1 = quantize_linear(block.fc1, x, h);
      p.fc2 = quantize_linear(block.fc2, h, added);
    }
    x = added;
    q.blocks.push_back(std::move(p));
  }
  q.head = quantize_linear(model.head, x, one_scale(calibration, "head"));
  return q;
}

}  // namespace psaflow
