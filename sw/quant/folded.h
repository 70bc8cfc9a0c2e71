// A trained network with its batch norms folded away: the float model whose layers are those of the integer model, one
// to one. The quantiser measures it, rounds it, and compares the integer model with it.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sw/train/checkpoint.h"

namespace psaflow {

struct FoldedLinear {  // y = W x + b
  int in = 0, out = 0;
  std::vector<float> weight;  // [out, in]
  std::vector<float> bias;    // [out]
};

struct FoldedAffine {  // y = x * scale + offset, per channel
  std::vector<float> scale, offset;
};

// A learned function a channel, with the affine before it: y = f_c(x * scale_c + offset_c).
struct FoldedFunction {
  FoldedAffine before;
  NetConfig config;                                               // which formula
  std::vector<float> grid;                                        // [points, channels], of LERP-PSA and B-spline
  std::vector<float> center, width, value, out_weight, out_bias;  // of exact PSA
  int channels() const { return static_cast<int>(before.scale.size()); }
  void apply(const float* x, int rows, float* y) const;  // [rows, channels]
};

struct FoldedBlock {
  FoldedAffine token_pre;
  FoldedLinear token_mix;
  std::vector<FoldedFunction> functions;  // {psa1, psa2}; empty for ReLU, whose first norm is folded into fc1
  FoldedLinear fc1, fc2;
};

struct FoldedModel {
  ModelConfig config;
  FoldedLinear embed;
  std::vector<FoldedBlock> blocks;
  FoldedLinear head;
};

FoldedModel fold(const Checkpoint& checkpoint);

// tap(name, values, rows, channels): the tensors after each layer, under the names of sw/golden/reference.h. Besides
// those: none; "blocks.N.token.add" and "blocks.N.channel.add" are the residual stream.
using FloatTap = std::function<void(const std::string& name, const float* values, int rows, int channels)>;

// patches [T, F]; returns the logits [classes].
std::vector<float> run_folded(const FoldedModel& model, const float* patches, const FloatTap& tap = {});

}  // namespace psaflow
