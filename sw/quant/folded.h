// A trained network with its batch norms folded away: the float model whose layers are those of the integer model, one
// to one. The quantiser measures it, rounds it, and compares the integer model with it.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sw/train/checkpoint.h"

namespace psaflow {

// Real: float, or double for checks against finite differences.
template <typename Real>
struct BasicLinear {  // y = W x + b
  int in = 0, out = 0;
  std::vector<Real> weight;  // [out, in]
  std::vector<Real> bias;    // [out]
};

template <typename Real>
struct BasicAffine {  // y = x * scale + offset, per channel
  std::vector<Real> scale, offset;
};

// A learned function a channel, with the affine before it: y = f_c(x * scale_c + offset_c).
template <typename Real>
struct BasicFunction {
  BasicAffine<Real> before;
  NetConfig config;                                              // which formula
  std::vector<Real> grid;                                        // [points, channels], of LERP-PSA and B-spline
  std::vector<Real> center, width, value, out_weight, out_bias;  // of exact PSA
  int channels() const { return static_cast<int>(before.scale.size()); }
  void apply(const Real* x, int rows, Real* y) const;  // [rows, channels]
  // The way back: dy [rows, channels] is spoilt; adds to the gradient of every parameter (`gradient` is a function of
  // the same shape). The gradient of x scaled by x itself, summed over rows, is before.scale * its gradient.
  void backward(const Real* x, Real* dy, int rows, BasicFunction& gradient) const;
};

template <typename Real>
struct BasicFoldedBlock {
  BasicAffine<Real> token_pre, token_post;  // token_post is the identity until quantisation-aware training moves it
  BasicLinear<Real> token_mix;
  std::vector<BasicFunction<Real>> functions;  // {psa1, psa2}; empty for ReLU, whose first norm is folded into fc1
  BasicLinear<Real> fc1, fc2;
};

template <typename Real>
struct BasicFoldedModel {
  ModelConfig config;
  BasicLinear<Real> embed;
  std::vector<BasicFoldedBlock<Real>> blocks;
  BasicLinear<Real> head;
};

using FoldedLinear = BasicLinear<float>;
using FoldedAffine = BasicAffine<float>;
using FoldedFunction = BasicFunction<float>;
using FoldedBlock = BasicFoldedBlock<float>;
using FoldedModel = BasicFoldedModel<float>;

template <typename Real>
BasicAffine<Real> identity_affine(int channels) {
  return {std::vector<Real>(static_cast<size_t>(channels), Real(1)),
          std::vector<Real>(static_cast<size_t>(channels), Real(0))};
}

FoldedModel fold(const Checkpoint& checkpoint);

// tap(name, values, rows, channels): the tensors after each layer, under the names of sw/golden/reference.h. Besides
// those: none; "blocks.N.token.add" and "blocks.N.channel.add" are the residual stream.
using FloatTap = std::function<void(const std::string& name, const float* values, int rows, int channels)>;

// patches [T, F]; returns the logits [classes].
std::vector<float> run_folded(const FoldedModel& model, const float* patches, const FloatTap& tap = {});

}  // namespace psaflow
