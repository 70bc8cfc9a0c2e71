// ResMLP in floating point: forward, backward, and what training needs around them. One shard (part of a batch) runs on
// one core; batch-norm statistics are taken per shard ("ghost batch norm"), so shards are independent and results do
// not depend on threads.
//
//   x[T,D] = linear(patches; embed)
//   block:  x = x + mix(bn1(x))                 mix: T x T over tokens; bn1's scale starts at layer_scale (it commutes with mix)
//           x = x + scale * fc2(f2(bn3(fc1(f1(bn2(x))))))      f1: identity for ReLU; f2: ReLU; otherwise learned functions
//   logits = head(pool(bn(x)))
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "sw/base/aligned.h"
#include "sw/base/bf16.h"
#include "sw/base/parallel.h"
#include "sw/base/rng.h"
#include "sw/train/net_config.h"
#include "sw/train/parameters.h"

namespace psaflow {

// What logits z should be. Loss of an image, with p_T = softmax(z / T):
//   (1 - weight) * H(label, p_1) + weight * T^2 * H(soft, p_T),  H the cross-entropy
template <typename Real>
struct Targets {
  const Real* labels = nullptr;  // [images, classes], rows sum to 1
  const Real* soft = nullptr;    // [images, classes], a teacher's softmax at the same temperature; null: labels alone
  Real weight = 0;
  Real temperature = 1;
};

template <typename Real>
class ResMlp {
 public:
  explicit ResMlp(const NetConfig& config);
  ~ResMlp();

  const NetConfig& config() const;
  // Trainable parameters, and the running statistics of the batch norms ("NAME.mean", "NAME.var").
  const ParameterLayout& parameters() const;
  const ParameterLayout& statistics() const;
  // The parameters as the layers use them: PSA evaluated on its grid, fc2 multiplied by its layer scale. A shard's
  // gradients are with respect to these; `finish_gradients` carries them back.
  const ParameterLayout& effective() const;

  void initialize(AlignedVector<Real>& parameters, AlignedVector<Real>& statistics, Rng& rng) const;
  void make_effective(const AlignedVector<Real>& parameters, AlignedVector<Real>& effective,
                      ThreadPool* pool = nullptr) const;
  // Also adds the gradient of the B-spline's penalty.
  void finish_gradients(const AlignedVector<Real>& parameters, const AlignedVector<Real>& effective_gradients,
                        AlignedVector<Real>& gradients, ThreadPool* pool = nullptr) const;

  // Scratch memory of one shard of at most `images` images, and the precision of its layers' products (but the head's):
  // kBfloat16 for float networks, where the CPU has it.
  class Workspace;
  std::shared_ptr<Workspace> make_workspace(int images, Precision precision = Precision::kFloat32) const;

  // patches [images, T, F]. Adds to `gradients` (effective layout) the gradient of sum over the shard of the loss /
  // batch_size. Batch statistics of the shard go to `shard_statistics` (statistics layout). Returns the summed loss;
  // logits [images, classes] are left in the workspace.
  Real train_shard(const AlignedVector<Real>& effective, const Real* patches, const Targets<Real>& targets, int images,
                   int batch_size, Workspace& workspace, AlignedVector<Real>& gradients,
                   AlignedVector<Real>& shard_statistics) const;
  // Block `block` (0-based) alone: the loss of an image is the mean over T and D of (output - wanted)^2, of the block's
  // output behind its residual and wanted [images, T, D]. Adds to `gradients` those of the block's parameters, and
  // writes to `shard_statistics` those of norms up to the block's; what else they hold stays. The rest as train_shard,
  // but that there are no logits.
  Real train_block_shard(const AlignedVector<Real>& effective, const Real* patches, const Real* wanted, int block,
                         int images, int batch_size, Workspace& workspace, AlignedVector<Real>& gradients,
                         AlignedVector<Real>& shard_statistics) const;
  // Inference with running statistics; logits [images, classes] are left in the workspace.
  void infer(const AlignedVector<Real>& effective, const AlignedVector<Real>& statistics, const Real* patches,
             int images, Workspace& workspace) const;
  // The same up to the output of block `block`; without logits.
  void infer_block(const AlignedVector<Real>& effective, const AlignedVector<Real>& statistics, const Real* patches,
                   int block, int images, Workspace& workspace) const;
  static const Real* logits(const Workspace& workspace);
  // Of block `block`, behind its residual: [images, T, D], after a pass that went through it.
  static const Real* block_output(const Workspace& workspace, int block);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace psaflow
