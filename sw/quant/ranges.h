// The range of every activation tensor, as a scale: the one place where the quantiser decides them. Post-training
// quantisation takes what calibration asks for; quantisation-aware training goes on from there.
#pragma once
#include <vector>

#include "sw/quant/calibrate.h"

namespace psaflow {

// Scales are INT8 steps per unit, under the names of sw/golden/reference.h. Activations have one scale a channel
// wherever the contract's layers allow it: everywhere but around the token mix, whose weights and biases all channels
// share, and at the logits, which are compared with one another.
struct BlockRanges {
  double pre = 1, mix = 1;
  std::vector<double> token_add;    // [D]; "token.residual" and "token.post" have it too
  std::vector<double> psa1;         // [D]; empty for ReLU
  std::vector<double> fc1;          // [H]
  std::vector<double> psa2;         // [H]; empty for ReLU
  std::vector<double> channel_add;  // [D]; "channel.residual" and "channel.fc2" have it too
};

struct Ranges {
  double input = 1;           // of the normalised pixels; the largest one fits
  std::vector<double> embed;  // [D]
  std::vector<BlockRanges> blocks;
  double head = 1;
};

// Calls body(name, first, count) for each tensor's scales but the input's, in the order of the layers; `first` points
// into `ranges`. Names end in ".log2_scale", as what is stored and trained is the logarithm.
template <typename RangesOrConst, typename Body>
void for_each_range(RangesOrConst& ranges, const Body& body);

// Ranges of the model's shape: the input's as it will stay, all others 1.
template <typename Real>
Ranges shape_of_ranges(const BasicFoldedModel<Real>& model);

// What the samples ask for, before settle().
Ranges choose_ranges(const FoldedModel& model, const Calibration& calibration, ThreadPool& pool);

// Moves the scales down to where the contract's layers can follow them: both residual affines of a block become exact
// multiples of 2^-shift (by less than 1 part in 62), so that the identity path is rescaled without an error of the
// scale; and every bias and offset, which is added at the output's scale, fits into INT8.
template <typename Real>
void settle(const BasicFoldedModel<Real>& model, Ranges& ranges);

// The largest shift in 0..31 that keeps magnitude * 2^shift within 127 (weights of -128 are not used: they would make
// the range lopsided).
int largest_shift(double magnitude);

template <typename RangesOrConst, typename Body>
void for_each_range(RangesOrConst& ranges, const Body& body) {
  const auto channels = [&](const std::string& name, auto& scales) {
    if (!scales.empty()) body(name + ".log2_scale", scales.data(), scales.size());
  };
  const auto one = [&](const std::string& name, auto& scale) { body(name + ".log2_scale", &scale, size_t{1}); };
  channels("embed", ranges.embed);
  for (size_t b = 0; b < ranges.blocks.size(); ++b) {
    auto& r = ranges.blocks[b];
    const std::string token = block_layer(b, "token."), channel = block_layer(b, "channel.");
    one(token + "pre", r.pre);
    one(token + "mix", r.mix);
    channels(token + "add", r.token_add);
    channels(channel + "psa1", r.psa1);
    channels(channel + "fc1", r.fc1);
    channels(channel + "psa2", r.psa2);
    channels(channel + "add", r.channel_add);
  }
  one("head", ranges.head);
}

}  // namespace psaflow
