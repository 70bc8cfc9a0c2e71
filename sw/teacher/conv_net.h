// The teacher's network, forward and backward. One shard (part of a batch) runs on one core; batch-norm statistics are
// taken per shard ("ghost batch norm"), so shards are independent and results do not depend on threads.
//
//   x[31,31,24] = gelu(whiten 2x2 (image) + bias)          whiten: principal axes of 2 x 2 patches and their negatives
//   three blocks:  x = gelu(norm(maxpool 2x2 (conv 3x3 (x))));  x = gelu(norm(conv 3x3 (x)))    norm has a bias, no
//   gain logits = head_scale head(global maxpool(x))
#pragma once
#include <memory>
#include <vector>

#include "sw/base/aligned.h"
#include "sw/base/rng.h"
#include "sw/teacher/teacher_recipe.h"
#include "sw/train/parameters.h"

namespace psaflow {

template <typename Real>
class ConvNet {
 public:
  static constexpr int kSide = 32, kColors = 3, kImageValues = kSide * kSide * kColors;
  static constexpr int kWhitened = 2 * 2 * 2 * kColors;  // each axis and its negative

  explicit ConvNet(const ConvConfig& config);
  ~ConvNet();

  // Trainable parameters ("conv1.weight" [3,3,in,out], ...; "whiten.weight" among them is never trained), and the
  // running statistics of the norms ("norm1.mean", "norm1.var", ...).
  const ParameterLayout& parameters() const;
  const ParameterLayout& statistics() const;
  // Multiplications of one image's forward pass (outputs that pooling drops are not computed).
  int64_t macs() const;

  // Everything but "whiten.weight", which is left 0. Filters start as the identity where they can, else uniform.
  void initialize(AlignedVector<Real>& parameters, AlignedVector<Real>& statistics, Rng& rng) const;
  // The rows of "whiten.weight" from `count` images [kSide, kSide, kColors]: eigenvectors of the covariance of their
  // 2 x 2 patches, each over the root of its eigenvalue.
  void set_whitening(const Real* images, size_t count, AlignedVector<Real>& parameters) const;

  // The weights in the order in which the kernels read them: once an optimiser step.
  struct Packed {
    AlignedVector<Real> whiten;
    std::vector<AlignedVector<Real>> forward, mirrored;
  };
  void pack(const AlignedVector<Real>& parameters, bool for_training, Packed& packed) const;

  // Scratch memory of one shard of at most `images` images.
  class Workspace;
  std::shared_ptr<Workspace> make_workspace(int images) const;

  // images [n, kSide, kSide, kColors]; targets [n, classes], rows sum to 1. Adds to `gradients` the gradient of sum
  // over the shard of cross-entropy / batch_size; "whiten.bias" only when asked for (it costs a backward convolution on
  // the largest map). Statistics of the shard are written to `shard_statistics`. Returns the summed cross-entropy;
  // logits [n, classes] are left in the workspace.
  Real train_shard(const AlignedVector<Real>& parameters, const Packed& packed, const Real* images, const Real* targets,
                   int n, int batch_size, bool whiten_bias_gradient, Workspace& workspace,
                   AlignedVector<Real>& gradients, AlignedVector<Real>& shard_statistics) const;
  // Inference with running statistics; logits [n, classes] are left in the workspace. An image's logits do not depend
  // on its neighbours.
  void infer(const AlignedVector<Real>& parameters, const Packed& packed, const AlignedVector<Real>& statistics,
             const Real* images, int n, Workspace& workspace) const;
  static const Real* logits(const Workspace& workspace);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace psaflow
