// The integer network of the contract in floating point, with gradients: every tensor holds integers, every layer does
// what sw/golden/reference.cpp does, exactly, so that the exported integer model cannot differ from the network that
// was trained. Gradients pass straight through rounding and stop at saturation.
#pragma once
#include <functional>
#include <memory>

#include "sw/base/aligned.h"
#include "sw/qat/fake_quantise.h"
#include "sw/quant/steps.h"
#include "sw/train/parameters.h"

namespace psaflow {

template <typename Real, Rounding kRounding = Rounding::kContract>
class QatNet {
 public:
  // Sums must stay below 2^24 to be exact in float: layers of more than 1024 inputs are a UserError.
  static constexpr int kMaxInputs = 1024;
  explicit QatNet(const ModelConfig& config);
  ~QatNet();

  // Takes over the factors of `steps`, rounded as round_to_int8() does (kContract) or as they are (kNone). head_scale:
  // INT8 steps of a logit per unit, as the loss sees it.
  void load(const StepModel& steps, double head_scale, ThreadPool* pool = nullptr);

  // Flat array of gradients of what load() took over, tables with all their 256 entries; also of ln(head_scale) as the
  // loss sees it.
  const ParameterLayout& layout() const;
  // From such an array to steps (every entry of `gradient` is overwritten; the table resolution is that of load()).
  void to_step_gradient(const AlignedVector<Real>& flat, StepModel& gradient, ThreadPool* pool = nullptr) const;
  double head_scale_gradient(const AlignedVector<Real>& flat) const;

  // All tensors of at most `images` images on their way through the network.
  class Workspace;
  std::shared_ptr<Workspace> make_workspace(int images) const;

  // Called with every tensor, [images * T, channels], under the names of sw/golden/reference.h but for those of the
  // residual affines, "token.post" and "channel.fc2", which are joined with the additions behind them.
  using Tap = std::function<void(const std::string& name, const Real* values, int rows, int columns)>;
  // patches [images, T, F], integers (sw/data/normalize.h). Returns the logits [images, classes], integers, in the
  // workspace.
  const Real* infer(const Real* patches, int images, Workspace& workspace, const Tap& tap = {}) const;
  // Forward and backward. targets [images, classes], rows sum to 1. Adds to `gradients` the gradient of the sum of the
  // cross-entropies of softmax(logits / head_scale), times `weight`. Returns that sum (not weighted).
  Real train(const Real* patches, const Real* targets, int images, Real weight, Workspace& workspace,
             AlignedVector<Real>& gradients) const;
  static const Real* logits(const Workspace& workspace);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace psaflow
