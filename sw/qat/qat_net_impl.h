// Inside of QatNet, shared by its two halves: where each factor lies, and the tensors of some images.
#pragma once
#include <vector>

#include "sw/qat/qat_net.h"

namespace psaflow {

struct QatLinearPlace {  // offsets into the flat arrays
  int in = 0, out = 0;
  size_t weight = 0, bias = 0;
  size_t turned = 0;  // weight^T, in an array of its own: what products of [T, in] want
};
struct QatAffinePlace {
  int channels = 0;
  size_t scale = 0, offset = 0;
};
struct QatTablePlace {
  int channels = 0;
  size_t gradient = 0;  // [channels, 256], in the flat array of gradients; behind all that `values` holds
  size_t entries = 0;   // [channels, 256], in arrays of their own
};
struct QatBlockPlace {
  QatAffinePlace token_residual, token_pre, token_post, channel_residual;  // offsets of the residuals stay 0
  QatLinearPlace token_mix, fc1, fc2;
  QatTablePlace psa1, psa2;
};

template <typename Real, Rounding kRounding>
struct QatNet<Real, kRounding>::Impl {
  explicit Impl(const ModelConfig& config);

  ModelConfig config;
  bool learned;
  int T, F, D, H, C, B;
  ParameterLayout layout;
  size_t turned_size = 0, entries_size = 0;
  QatLinearPlace embed, head;
  std::vector<QatBlockPlace> blocks;
  size_t head_scale_place;

  AlignedVector<Real> values, turned, slopes;
  AlignedVector<TableEntry<kRounding, Real>> entries;
  Real head_scale = 1;

  void load_linear(const BasicLinear<double>& exact, const LinearParams& rounded, const QatLinearPlace& place);
  void load_affine(const BasicAffine<double>& exact, const AffineParams& rounded, const QatAffinePlace& place);
  void load_table(const TableSteps& exact, const TableParams& rounded, const QatTablePlace& place);

  void forward(const Real* patches, int images, Workspace& ws, const Tap& tap) const;
  void backward(const Real* patches, int images, Real* g, Workspace& ws) const;
};

template <typename Real>
struct QatBlockTensors {
  AlignedVector<Real> x, z, mixed, x2, a, h,
      h2;  // [n * T, D]: the block's input, "pre", "mix", "add", psa1; [n * T, H]: fc1, psa2
  std::vector<Passes> z_passes, mixed_passes, x2_passes, h_passes, y_passes;  // y: the block's output
};

template <typename Real, Rounding kRounding>
class QatNet<Real, kRounding>::Workspace {
 public:
  int capacity = 0;  // n
  std::vector<QatBlockTensors<Real>> blocks;
  AlignedVector<Real> y;                           // the last block's output [n * T, D]
  AlignedVector<Real> pooled, logits, dlogits;     // [n, D], [n, C]
  AlignedVector<Real> dx, dx2, scratch, scratch2;  // [n * T, max(D, H)]
  std::vector<Passes> embed_passes, logits_passes;
};

}  // namespace psaflow
