#include "sw/quant/constants.h"

#include <algorithm>
#include <cmath>

namespace psaflow {
namespace {

using Constants = std::vector<double>;  // one a channel

struct Span {
  double low = INFINITY, high = -INFINITY;
  void take(const std::vector<float>& samples) {
    for (float v : samples) {
      low = std::min(low, double{v});
      high = std::max(high, double{v});
    }
  }
  // The middle, where it outweighs what the values tell: beyond twice the half of their range. (From once on, psa-h96
  // would lose: its functions near |x| lie on one side of 0, with most of their values close to it.)
  double constant() const {
    const double middle = (low + high) / 2, half = (high - low) / 2;
    return std::isfinite(middle) && std::abs(middle) > 2 * half ? middle : 0;
  }
};

class Mover {
 public:
  Mover(FoldedModel& model, const Calibration& calibration) : model_(model), calibration_(calibration) {}

  size_t run() {
    Constants stream = by_channel("embed");
    subtract(model_.embed.bias, stream);
    for (size_t b = 0; b < model_.blocks.size(); ++b) {
      stream = token_mixing(b, stream);
      stream = channel_mixing(b, stream);
    }
    add_product(model_.head, stream);
    return moved_;
  }

 private:
  Constants by_channel(const std::string& tensor) {
    const ChannelSamples& samples = calibration_.at(tensor);
    Constants constants;
    for (const auto& channel : samples.channels) {
      Span span;
      span.take(channel);
      constants.push_back(span.constant());
      moved_ += constants.back() != 0 ? 1 : 0;
    }
    return constants;
  }

  double of_all(const std::string& tensor) {
    const ChannelSamples& samples = calibration_.at(tensor);
    Span span;
    for (const auto& channel : samples.channels) span.take(channel);
    const double constant = span.constant();
    moved_ += constant != 0 ? samples.channels.size() : 0;
    return constant;
  }

  static void subtract(std::vector<float>& from, const Constants& constants) {
    for (size_t c = 0; c < from.size(); ++c) from[c] = static_cast<float>(from[c] - constants[c]);
  }
  // What reads x = x' + constant: a scale and an offset a channel ...
  static void absorb(FoldedAffine& affine, const Constants& constants) {
    for (size_t c = 0; c < constants.size(); ++c)
      affine.offset[c] = static_cast<float>(affine.offset[c] + affine.scale[c] * constants[c]);
  }
  // ... or a linear layer.
  static void add_product(FoldedLinear& l, const Constants& constants) {
    for (int m = 0; m < l.out; ++m) {
      double sum = l.bias[static_cast<size_t>(m)];
      for (int k = 0; k < l.in; ++k)
        sum += double{l.weight[static_cast<size_t>(m) * l.in + k]} * constants[static_cast<size_t>(k)];
      l.bias[static_cast<size_t>(m)] = static_cast<float>(sum);
    }
  }
  static void lower(FoldedFunction& f, const Constants& constants) {
    std::vector<float>& values = f.config.on_grid() ? f.grid : f.out_bias;
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<float>(values[i] - constants[i % constants.size()]);
  }

  // Returns the constants of the stream behind it.
  Constants token_mixing(size_t b, const Constants& stream) {
    FoldedBlock& block = model_.blocks[b];
    absorb(block.token_pre, stream);
    const double pre = of_all(block_layer(b, "token.pre")), mix = of_all(block_layer(b, "token.mix"));
    for (float& offset : block.token_pre.offset) offset = static_cast<float>(offset - pre);
    const int tokens = block.token_mix.in;
    for (int t = 0; t < block.token_mix.out; ++t) {
      double row = 0;
      for (int k = 0; k < tokens; ++k) row += block.token_mix.weight[static_cast<size_t>(t) * tokens + k];
      float& bias = block.token_mix.bias[static_cast<size_t>(t)];
      bias = static_cast<float>(bias + row * pre - mix);
    }
    const Constants behind = by_channel(block_layer(b, "token.add"));
    for (size_t d = 0; d < behind.size(); ++d) {
      float& offset = block.token_post.offset[d];
      offset = static_cast<float>(offset + block.token_post.scale[d] * mix + stream[d] - behind[d]);
    }
    return behind;
  }

  Constants channel_mixing(size_t b, const Constants& stream) {
    FoldedBlock& block = model_.blocks[b];
    if (block.functions.empty()) {
      add_product(block.fc1, stream);
    } else {
      absorb(block.functions[0].before, stream);
      const Constants first = by_channel(block_layer(b, "channel.psa1"));
      lower(block.functions[0], first);
      add_product(block.fc1, first);
      const Constants hidden = by_channel(block_layer(b, "channel.fc1"));
      subtract(block.fc1.bias, hidden);
      absorb(block.functions[1].before, hidden);
      const Constants second = by_channel(block_layer(b, "channel.psa2"));
      lower(block.functions[1], second);
      add_product(block.fc2, second);
    }
    const Constants behind = by_channel(block_layer(b, "channel.add"));
    for (size_t d = 0; d < behind.size(); ++d)
      block.fc2.bias[d] = static_cast<float>(block.fc2.bias[d] + stream[d] - behind[d]);
    return behind;
  }

  FoldedModel& model_;
  const Calibration& calibration_;
  size_t moved_ = 0;
};

// Values beyond -128..127, halves rounded.
void count(std::vector<Clipped>& list, const std::string& layer, const char* what, const std::vector<double>& values) {
  Clipped c{layer, what, 0, 0};
  for (double v : values) {
    const double share = std::abs(v) / (v < 0 ? 128.5 : 127.5);
    if (share < 1) continue;
    ++c.channels;
    c.worst = std::max(c.worst, share);
  }
  if (c.channels > 0) list.push_back(c);
}

}  // namespace

size_t move_constants(FoldedModel& model, const Calibration& calibration) {
  return Mover(model, calibration).run();
}

std::vector<Clipped> clipped_constants(const StepModel& steps) {
  std::vector<Clipped> list;
  for_each_layer(steps, Overloaded{[&](const std::string& name, const BasicLinear<double>& l) {
                                     count(list, name, "bias", l.bias);
                                   },
                                   [&](const std::string& name, const BasicAffine<double>& a) {
                                     count(list, name, "bias", a.offset);
                                     count(list, name, "weight", a.scale);  // at shift 0, the least
                                   },
                                   [](const std::string&, const TableSteps&) {}});
  return list;
}

}  // namespace psaflow
