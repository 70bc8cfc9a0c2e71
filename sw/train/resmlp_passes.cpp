// Forward and backward passes of one shard. Work goes image by image wherever a batch norm does not need the whole
// shard, so that an image's [T, D] stays in the second-level cache between the layers; each batch norm splits the pass
// into phases.
#include <algorithm>
#include <cmath>

#include "sw/base/error.h"
#include "sw/train/resmlp_impl.h"

namespace psaflow {

template <typename Real>
std::shared_ptr<typename ResMlp<Real>::Workspace> ResMlp<Real>::make_workspace(int images, Precision precision) const {
  const Impl& m = *impl_;
  auto ws = std::make_shared<Workspace>();
  ws->products = Products<Real>(precision);
  const size_t wide = static_cast<size_t>(images) * m.T * m.D, hidden = static_cast<size_t>(images) * m.T * m.H;
  ws->capacity = images;
  ws->blocks.resize(m.B);
  for (BlockState<Real>& b : ws->blocks) {
    b.x.resize(wide);
    b.x2.resize(wide);
    b.a1.resize(wide);
    b.h.resize(hidden);
    b.h2.resize(hidden);
    b.norm1.resize(m.D);
    b.norm2.resize(m.D);
    b.norm3.resize(m.H);
  }
  ws->x.resize(wide);
  ws->dx.resize(wide);
  ws->norm.resize(m.D);
  ws->pooled.resize(static_cast<size_t>(images) * m.D);
  ws->logits.resize(static_cast<size_t>(images) * m.C);
  ws->dlogits.resize(ws->logits.size());
  const size_t image = static_cast<size_t>(m.T) * std::max(m.D, m.H);
  ws->scratch.resize(image);
  ws->scratch2.resize(image);
  ws->p.resize(std::max(m.D, m.H));
  ws->q.resize(std::max(m.D, m.H));
  return ws;
}

template <typename Real>
const Real* ResMlp<Real>::logits(const Workspace& workspace) {
  return workspace.logits.data();
}

template <typename Real>
const Real* ResMlp<Real>::block_output(const Workspace& workspace, int block) {
  const auto next = static_cast<size_t>(block) + 1;
  return next == workspace.blocks.size() ? workspace.x.data() : workspace.blocks.at(next).x.data();
}

namespace {

template <typename Real>
void normalize(const NormState<Real>& norm, const Real* x, int rows, Real* y) {
  const int n = norm.channels();
  const Real* scale = norm.scale.data();
  const Real* offset = norm.offset.data();
  for (int r = 0; r < rows; ++r, x += n, y += n) {
#pragma GCC ivdep
    for (int c = 0; c < n; ++c) y[c] = x[c] * scale[c] + offset[c];
  }
}

// Sums for the backward pass of a batch norm with nothing between it and du.
template <typename Real>
void collect_backward(NormState<Real>& norm, const Real* x, const Real* du, int rows) {
  const int n = norm.channels();
  Real* s = norm.sum_du.data();
  Real* sx = norm.sum_du_x.data();
  const Real* mean = norm.mean.data();
  for (int r = 0; r < rows; ++r, x += n, du += n) {
#pragma GCC ivdep
    for (int c = 0; c < n; ++c) {
      s[c] += du[c];
      sx[c] += du[c] * (x[c] - mean[c]);
    }
  }
}

// dx = (dx if add) + scale du + p x + q
template <typename Real, bool kAdd>
void norm_backward(const NormState<Real>& norm, const AlignedVector<Real>& p, const AlignedVector<Real>& q,
                   const Real* x, const Real* du, int rows, Real* dx) {
  const int n = norm.channels();
  const Real* scale = norm.scale.data();
  for (int r = 0; r < rows; ++r, x += n, du += n, dx += n) {
#pragma GCC ivdep
    for (int c = 0; c < n; ++c) dx[c] = (kAdd ? dx[c] : Real(0)) + scale[c] * du[c] + p[c] * x[c] + q[c];
  }
}

}  // namespace

template <typename Real>
void ResMlp<Real>::Impl::function_forward(const Real* e, const FunctionPlace& place, bool first,
                                          const NormState<Real>& n, const Real* x, Real* y, Real* scratch) const {
  const int channels = n.channels();
  if (!config.has_functions()) {
    normalize(n, x, T, y);
    if (!first) {
      for (int i = 0; i < T * channels; ++i) y[i] = std::max(y[i], Real(0));
    }
  } else if (config.on_grid()) {
    grid_forward(grid(e, place, channels), n.scale.data(), n.offset.data(), x, T, y);
  } else {
    normalize(n, x, T, scratch);
    psa_forward(psa(e, place), config.experts, channels, scratch, T, y);
    for (int i = 0; i < T * channels; ++i) y[i] += scratch[i];
  }
}

template <typename Real>
void ResMlp<Real>::Impl::function_backward(const Real* e, Real* g, const FunctionPlace& place, bool first,
                                           NormState<Real>& n, const Real* x, Real* dy, Real* scratch) const {
  const int channels = n.channels();
  if (config.on_grid()) {
    grid_backward(grid(e, place, channels), n.scale.data(), n.offset.data(), n.mean.data(), x, T, dy, g + place.grid,
                  n.sum_du.data(), n.sum_du_x.data());
    return;
  }
  if (config.has_functions()) {
    AlignedVector<Real> input(static_cast<size_t>(T) * channels);  // exact PSA is the slow path anyway
    normalize(n, x, T, input.data());
    psa_backward(psa(e, place), config.experts, channels, input.data(), dy, T, psa(g, place), scratch);
    for (int i = 0; i < T * channels; ++i) dy[i] += scratch[i];
  } else if (!first) {
    normalize(n, x, T, scratch);
    for (int i = 0; i < T * channels; ++i) dy[i] = scratch[i] > 0 ? dy[i] : Real(0);
  }
  collect_backward(n, x, dy, T);
}

template <typename Real>
void ResMlp<Real>::Impl::settle(const Real* e, const NormSource& source, const NormPlace& place, int images,
                                NormState<Real>& n) const {
  if (source.shard != nullptr) {
    n.finish(e + place.scale, e + place.bias, int64_t{images} * T, source.shard + place.mean, source.shard + place.var);
  } else {
    n.use(e + place.scale, e + place.bias, source.running + place.mean, source.running + place.var);
  }
}

template <typename Real>
void ResMlp<Real>::Impl::embed_forward(const Real* e, bool training, const Real* patches, int images,
                                       Workspace& ws) const {
  Products<Real>& products = ws.products;
  auto [x, norm1] = block_input(ws, 0);
  norm1->begin();
  products.set_right_transposed(e + embed_weight, D, F);
  const ConstArrayView<Real> bias(e + embed_bias, D);
  for (int i = 0; i < images; ++i) {
    MatrixView<Real> y(x + static_cast<size_t>(i) * T * D, T, D);
    products.times_right(T, patches + static_cast<size_t>(i) * T * F, false, y.data());
    y.array().rowwise() += bias;
    if (training) norm1->collect(y.data(), T);
  }
}

template <typename Real>
void ResMlp<Real>::Impl::block_forward(const Real* e, const NormSource& source, int b, int images,
                                       Workspace& ws) const {
  const bool training = source.shard != nullptr;
  Products<Real>& products = ws.products;
  const BlockPlace& place = blocks[b];
  BlockState<Real>& s = ws.blocks[b];
  auto [next, next_norm] = block_input(ws, b + 1);
  const Eigen::Map<const Eigen::Matrix<Real, Eigen::Dynamic, 1>> mix_bias(e + place.mix_bias, T);
  const ConstArrayView<Real> fc2_bias(e + place.fc2_bias, D);

  settle(e, source, place.norm1, images, s.norm1);
  s.norm2.begin();
  products.set_left(e + place.mix_weight, T, T);
  for (int i = 0; i < images; ++i) {
    const size_t at = static_cast<size_t>(i) * T * D;
    normalize(s.norm1, s.x.data() + at, T, ws.scratch.data());
    MatrixView<Real> y(s.x2.data() + at, T, D);
    y = ConstMatrixView<Real>(s.x.data() + at, T, D);
    products.left_times(D, ws.scratch.data(), true, y.data());
    y.colwise() += mix_bias;
    if (training) s.norm2.collect(y.data(), T);
  }
  settle(e, source, place.norm2, images, s.norm2);
  s.norm3.begin();
  products.set_right_transposed(e + place.fc1_weight, H, D);
  for (int i = 0; i < images; ++i) {
    const size_t at = static_cast<size_t>(i) * T * D, at_h = static_cast<size_t>(i) * T * H;
    function_forward(e, place.f1, true, s.norm2, s.x2.data() + at, s.a1.data() + at, ws.scratch.data());
    products.times_right(T, s.a1.data() + at, false, s.h.data() + at_h);
    if (training) s.norm3.collect(s.h.data() + at_h, T);
  }
  settle(e, source, place.norm3, images, s.norm3);
  next_norm->begin();
  products.set_right_transposed(e + place.fc2_weight, D, H);
  for (int i = 0; i < images; ++i) {
    const size_t at = static_cast<size_t>(i) * T * D, at_h = static_cast<size_t>(i) * T * H;
    function_forward(e, place.f2, false, s.norm3, s.h.data() + at_h, s.h2.data() + at_h, ws.scratch.data());
    MatrixView<Real> y(next + at, T, D);
    y = ConstMatrixView<Real>(s.x2.data() + at, T, D);
    products.times_right(T, s.h2.data() + at_h, true, y.data());
    y.array().rowwise() += fc2_bias;
    if (training) next_norm->collect(y.data(), T);
  }
}

template <typename Real>
void ResMlp<Real>::Impl::head_forward(const Real* e, const NormSource& source, int images, Workspace& ws) const {
  settle(e, source, norm, images, ws.norm);
  for (int i = 0; i < images; ++i) {  // the norm is affine, so it commutes with the average
    ArrayView<Real> pooled(ws.pooled.data() + static_cast<size_t>(i) * D, D);
    pooled = ConstMatrixView<Real>(ws.x.data() + static_cast<size_t>(i) * T * D, T, D).colwise().mean().array();
    pooled = pooled * ConstArrayView<Real>(ws.norm.scale.data(), D) + ConstArrayView<Real>(ws.norm.offset.data(), D);
  }
  MatrixView<Real> logits(ws.logits.data(), images, C);
  logits.noalias() =
      ConstMatrixView<Real>(ws.pooled.data(), images, D) * ConstMatrixView<Real>(e + head_weight, C, D).transpose();
  logits.array().rowwise() += ConstArrayView<Real>(e + head_bias, C);
}

template <typename Real>
void ResMlp<Real>::Impl::forward(const Real* e, const NormSource& source, const Real* patches, int last_block,
                                 int images, Workspace& ws) const {
  PSAFLOW_CHECK(last_block >= 0 && last_block < B && images <= ws.capacity, "a block and images that there are");
  embed_forward(e, source.shard != nullptr, patches, images, ws);
  for (int b = 0; b <= last_block; ++b) block_forward(e, source, b, images, ws);
}

template <typename Real>
void ResMlp<Real>::Impl::head_backward(const Real* e, Real* g, int images, Workspace& ws) const {
  const ConstMatrixView<Real> dlogits(ws.dlogits.data(), images, C), pooled(ws.pooled.data(), images, D);
  MatrixView<Real>(g + head_weight, C, D).noalias() += dlogits.transpose() * pooled;
  ArrayView<Real>(g + head_bias, C) += dlogits.colwise().sum().array();
  RowMatrix<Real> dpooled(images, D);
  dpooled.noalias() = dlogits * ConstMatrixView<Real>(e + head_weight, C, D);
  NormState<Real>& n = ws.norm;
  for (int i = 0; i < images; ++i) {
    for (int d = 0; d < D; ++d) {
      // pooled = scale * mean(x) + offset, so mean(x) - mean = (pooled - beta) / scale; recompute it from x where
      // scale may be 0.
      n.sum_du[d] += dpooled(i, d);
    }
    const auto token_mean =
        ConstMatrixView<Real>(ws.x.data() + static_cast<size_t>(i) * T * D, T, D).colwise().mean().eval();
    for (int d = 0; d < D; ++d) n.sum_du_x[d] += dpooled(i, d) * (token_mean(d) - n.mean[d]);
  }
  n.finish_backward(int64_t{images} * T, g + norm.scale, g + norm.bias, ws.p, ws.q);
  for (int i = 0; i < images; ++i) {
    const Real* x = ws.x.data() + static_cast<size_t>(i) * T * D;
    Real* dx = ws.dx.data() + static_cast<size_t>(i) * T * D;
    for (int t = 0; t < T; ++t, x += D, dx += D) {
      for (int d = 0; d < D; ++d) dx[d] = n.scale[d] * dpooled(i, d) / Real(T) + ws.p[d] * x[d] + ws.q[d];
    }
  }
}

template <typename Real>
void ResMlp<Real>::Impl::block_backward(const Real* e, Real* g, int b, int images, Workspace& ws) const {
  const int64_t rows = int64_t{images} * T;
  Products<Real>& products = ws.products;
  const BlockPlace& place = blocks[b];
  BlockState<Real>& s = ws.blocks[b];
  products.set_right(e + place.fc2_weight, D, H);
  for (int i = 0; i < images; ++i) {  // fc2 and f2; du goes where f2's output was
    const size_t at = static_cast<size_t>(i) * T * D, at_h = static_cast<size_t>(i) * T * H;
    const Real* dy = ws.dx.data() + at;
    Real* h2 = s.h2.data() + at_h;
    products.add_transposed_times(D, H, T, dy, h2, g + place.fc2_weight);
    ArrayView<Real>(g + place.fc2_bias, D) += ConstMatrixView<Real>(dy, T, D).colwise().sum().array();
    products.times_right(T, dy, false, h2);
    function_backward(e, g, place.f2, false, s.norm3, s.h.data() + at_h, h2, ws.scratch.data());
  }
  s.norm3.finish_backward(rows, g + place.norm3.scale, g + place.norm3.bias, ws.p, ws.q);
  products.set_right(e + place.fc1_weight, H, D);
  for (int i = 0; i < images; ++i) {  // norm3, fc1 and f1; du goes where f1's output was
    const size_t at = static_cast<size_t>(i) * T * D, at_h = static_cast<size_t>(i) * T * H;
    norm_backward<Real, false>(s.norm3, ws.p, ws.q, s.h.data() + at_h, s.h2.data() + at_h, T, ws.scratch2.data());
    Real* a1 = s.a1.data() + at;
    products.add_transposed_times(H, D, T, ws.scratch2.data(), a1, g + place.fc1_weight);
    products.times_right(T, ws.scratch2.data(), false, a1);
    function_backward(e, g, place.f1, true, s.norm2, s.x2.data() + at, a1, ws.scratch.data());
  }
  s.norm2.finish_backward(rows, g + place.norm2.scale, g + place.norm2.bias, ws.p, ws.q);
  products.set_left_transposed(e + place.mix_weight, T, T);
  for (int i = 0; i < images; ++i) {  // norm2 joins the residual; then mix; dz goes where du was
    const size_t at = static_cast<size_t>(i) * T * D;
    norm_backward<Real, true>(s.norm2, ws.p, ws.q, s.x2.data() + at, s.a1.data() + at, T, ws.dx.data() + at);
    normalize(s.norm1, s.x.data() + at, T, ws.scratch.data());
    const Real* dy = ws.dx.data() + at;
    Real* dz = s.a1.data() + at;
    products.add_times_transposed(T, T, D, dy, ws.scratch.data(), g + place.mix_weight);
    Eigen::Map<Eigen::Matrix<Real, Eigen::Dynamic, 1>>(g + place.mix_bias, T) +=
        ConstMatrixView<Real>(dy, T, D).rowwise().sum();
    products.left_times(D, dy, false, dz);
    collect_backward(s.norm1, s.x.data() + at, dz, T);
  }
  s.norm1.finish_backward(rows, g + place.norm1.scale, g + place.norm1.bias, ws.p, ws.q);
  for (int i = 0; i < images; ++i) {
    const size_t at = static_cast<size_t>(i) * T * D;
    norm_backward<Real, true>(s.norm1, ws.p, ws.q, s.x.data() + at, s.a1.data() + at, T, ws.dx.data() + at);
  }
}

template <typename Real>
void ResMlp<Real>::Impl::embed_backward(Real* g, const Real* patches, int images, Workspace& ws) const {
  for (int i = 0; i < images; ++i) {
    const ConstMatrixView<Real> dx(ws.dx.data() + static_cast<size_t>(i) * T * D, T, D);
    ws.products.add_transposed_times(D, F, T, dx.data(), patches + static_cast<size_t>(i) * T * F, g + embed_weight);
    ArrayView<Real>(g + embed_bias, D) += dx.colwise().sum().array();
  }
}

namespace {

// weight * T^2 * H(q, softmax(z / T)); adds its gradient by z, over the batch's size, to dz.
template <typename Real>
Real cross_entropy(const Real* logits, const Real* target, int classes, Real temperature, Real weight, int batch_size,
                   Real* dlogits) {
  const Eigen::Array<Real, 1, Eigen::Dynamic> z = ConstArrayView<Real>(logits, classes) / temperature;
  const ConstArrayView<Real> q(target, classes);
  const Real largest = z.maxCoeff();
  const Real log_sum = largest + std::log((z - largest).exp().sum());
  ArrayView<Real>(dlogits, classes) += ((z - log_sum).exp() - q) * (weight * temperature / Real(batch_size));
  return weight * temperature * temperature * (q * (log_sum - z)).sum();
}

}  // namespace

template <typename Real>
Real ResMlp<Real>::train_shard(const AlignedVector<Real>& effective, const Real* patches, const Targets<Real>& targets,
                               int images, int batch_size, Workspace& ws, AlignedVector<Real>& gradients,
                               AlignedVector<Real>& shard_statistics) const {
  const Impl& m = *impl_;
  const Real* const e = effective.data();
  const typename Impl::NormSource source{nullptr, shard_statistics.data()};
  m.forward(e, source, patches, m.B - 1, images, ws);
  m.head_forward(e, source, images, ws);
  Real loss = 0;
  for (int i = 0; i < images; ++i) {
    const size_t at = static_cast<size_t>(i) * m.C;
    const Real* z = ws.logits.data() + at;
    Real* dz = ws.dlogits.data() + at;
    std::fill_n(dz, m.C, Real(0));
    if (targets.soft == nullptr) {
      loss += cross_entropy(z, targets.labels + at, m.C, Real(1), Real(1), batch_size, dz);
    } else {
      loss += cross_entropy(z, targets.labels + at, m.C, Real(1), 1 - targets.weight, batch_size, dz);
      loss += cross_entropy(z, targets.soft + at, m.C, targets.temperature, targets.weight, batch_size, dz);
    }
  }
  m.head_backward(e, gradients.data(), images, ws);
  for (int b = m.B - 1; b >= 0; --b) m.block_backward(e, gradients.data(), b, images, ws);
  m.embed_backward(gradients.data(), patches, images, ws);
  return loss;
}

template <typename Real>
Real ResMlp<Real>::train_block_shard(const AlignedVector<Real>& effective, const Real* patches, const Real* wanted,
                                     int block, int images, int batch_size, Workspace& ws,
                                     AlignedVector<Real>& gradients, AlignedVector<Real>& shard_statistics) const {
  const Impl& m = *impl_;
  m.forward(effective.data(), {nullptr, shard_statistics.data()}, patches, block, images, ws);
  const int values = m.T * m.D;
  const Real factor = Real(2) / (Real(values) * Real(batch_size));
  Real loss = 0;
  for (int i = 0; i < images; ++i) {
    const size_t at = static_cast<size_t>(i) * values;
    const ConstArrayView<Real> output(block_output(ws, block) + at, values), target(wanted + at, values);
    ArrayView<Real> off(ws.dx.data() + at, values);
    off = output - target;
    loss += off.square().mean();
    off *= factor;
  }
  m.block_backward(effective.data(), gradients.data(), block, images, ws);
  return loss;
}

template <typename Real>
void ResMlp<Real>::infer(const AlignedVector<Real>& effective, const AlignedVector<Real>& statistics,
                         const Real* patches, int images, Workspace& ws) const {
  const typename Impl::NormSource source{statistics.data(), nullptr};
  impl_->forward(effective.data(), source, patches, impl_->B - 1, images, ws);
  impl_->head_forward(effective.data(), source, images, ws);
}

template <typename Real>
void ResMlp<Real>::infer_block(const AlignedVector<Real>& effective, const AlignedVector<Real>& statistics,
                               const Real* patches, int block, int images, Workspace& ws) const {
  impl_->forward(effective.data(), {statistics.data(), nullptr}, patches, block, images, ws);
}

#define PSAFLOW_INSTANTIATE(Real)                                                                                    \
  template std::shared_ptr<ResMlp<Real>::Workspace> ResMlp<Real>::make_workspace(int, Precision) const;              \
  template const Real* ResMlp<Real>::logits(const Workspace&);                                                       \
  template Real ResMlp<Real>::train_shard(const AlignedVector<Real>&, const Real*, const Targets<Real>&, int, int,   \
                                          Workspace&, AlignedVector<Real>&, AlignedVector<Real>&) const;             \
  template Real ResMlp<Real>::train_block_shard(const AlignedVector<Real>&, const Real*, const Real*, int, int, int, \
                                                Workspace&, AlignedVector<Real>&, AlignedVector<Real>&) const;       \
  template const Real* ResMlp<Real>::block_output(const Workspace&, int);                                            \
  template void ResMlp<Real>::infer(const AlignedVector<Real>&, const AlignedVector<Real>&, const Real*, int,        \
                                    Workspace&) const;                                                               \
  template void ResMlp<Real>::infer_block(const AlignedVector<Real>&, const AlignedVector<Real>&, const Real*, int,  \
                                          int, Workspace&) const;
PSAFLOW_INSTANTIATE(float)
PSAFLOW_INSTANTIATE(double)
#undef PSAFLOW_INSTANTIATE

}  // namespace psaflow
