// Forward and backward passes of a few images through a QatNet, layer by layer: enough of them for the tables' entries,
// once in the cache, to be used again.
#include <algorithm>
#include <cmath>

#include "sw/base/error.h"
#include "sw/qat/qat_net_impl.h"
#include "sw/train/small_gemm.h"

namespace psaflow {

template <typename Real, Rounding kRounding>
std::shared_ptr<typename QatNet<Real, kRounding>::Workspace> QatNet<Real, kRounding>::make_workspace(int images) const {
  const Impl& m = *impl_;
  auto ws = std::make_shared<Workspace>();
  ws->capacity = images;
  const size_t rows = static_cast<size_t>(images) * m.T, wide = rows * m.D, hidden = rows * m.H;
  ws->blocks.resize(m.blocks.size());
  for (QatBlockTensors<Real>& b : ws->blocks) {
    for (auto* v : {&b.x, &b.z, &b.mixed, &b.x2, &b.a}) v->resize(wide);
    for (auto* v : {&b.h, &b.h2}) v->resize(hidden);
    for (auto* v : {&b.z_passes, &b.mixed_passes, &b.x2_passes, &b.y_passes}) v->resize(wide);
    b.h_passes.resize(hidden);
  }
  ws->y.resize(wide);
  ws->embed_passes.resize(wide);
  ws->pooled.resize(static_cast<size_t>(images) * m.D);
  for (auto* v : {&ws->logits, &ws->dlogits}) v->resize(static_cast<size_t>(images) * m.C);
  ws->logits_passes.resize(ws->logits.size());
  for (auto* v : {&ws->dx, &ws->dx2, &ws->scratch, &ws->scratch2}) v->resize(rows * std::max(m.D, m.H));
  return ws;
}

template <typename Real, Rounding kRounding>
const Real* QatNet<Real, kRounding>::logits(const Workspace& workspace) {
  return workspace.logits.data();
}

template <typename Real, Rounding kRounding>
void QatNet<Real, kRounding>::Impl::forward(const Real* patches, int images, Workspace& ws, const Tap& tap) const {
  PSAFLOW_CHECK(images <= ws.capacity, "a workspace for fewer images");
  const Real* const v = values.data();
  constexpr int kLow = -128;
  const int rows = images * T;
  const size_t map = static_cast<size_t>(T) * D;  // one image's [T, D]
  const auto show = [&](const std::string& name, const AlignedVector<Real>& tensor, int count, int columns) {
    if (tap) tap(name, tensor.data(), count, columns);
  };
  const auto product = [&](const Real* x, int count, const QatLinearPlace& p, Real* y) {
    multiply(count, p.out, p.in, plain(x, p.in), turned.data() + p.turned, y);
  };

  AlignedVector<Real>& first = B == 0 ? ws.y : ws.blocks[0].x;
  product(patches, rows, embed, first.data());
  requantize<kRounding, Real>(first.data(), rows, D, nullptr, v + embed.bias, kLow, first.data(),
                              ws.embed_passes.data());
  show("embed", first, rows, D);
  for (int b = 0; b < B; ++b) {
    const QatBlockPlace& p = blocks[b];
    QatBlockTensors<Real>& s = ws.blocks[b];
    AlignedVector<Real>& next = b + 1 == B ? ws.y : ws.blocks[b + 1].x;
    const std::string token = tap ? block_layer(b, "token.") : "", channel = tap ? block_layer(b, "channel.") : "";
    requantize<kRounding>(s.x.data(), rows, D, v + p.token_pre.scale, v + p.token_pre.offset, kLow, s.z.data(),
                          s.z_passes.data());
    show(token + "pre", s.z, rows, D);
    for (int i = 0; i < images; ++i) {
      Real* const mixed = s.mixed.data() + i * map;
      multiply(T, D, T, plain(v + p.token_mix.weight, T), s.z.data() + i * map, mixed);
      requantize_rows<kRounding>(mixed, T, D, v + p.token_mix.bias, mixed, s.mixed_passes.data() + i * map);
    }
    show(token + "mix", s.mixed, rows, D);
    join_residual<kRounding>(s.mixed.data(), v + p.token_post.scale, v + p.token_post.offset, s.x.data(),
                             v + p.token_residual.scale, rows, D, s.x2.data(), s.x2_passes.data());
    show(token + "add", s.x2, rows, D);
    if (learned) {
      look_up<kRounding>(entries.data() + p.psa1.entries, s.x2.data(), rows, D, s.a.data());
      show(channel + "psa1", s.a, rows, D);
    }
    product(learned ? s.a.data() : s.x2.data(), rows, p.fc1, s.h.data());
    requantize<kRounding, Real>(s.h.data(), rows, H, nullptr, v + p.fc1.bias, learned ? kLow : 0, s.h.data(),
                                s.h_passes.data());
    show(channel + "fc1", s.h, rows, H);
    if (learned) {
      look_up<kRounding>(entries.data() + p.psa2.entries, s.h.data(), rows, H, s.h2.data());
      show(channel + "psa2", s.h2, rows, H);
    }
    product(learned ? s.h2.data() : s.h.data(), rows, p.fc2, next.data());
    join_residual<kRounding, Real>(next.data(), nullptr, v + p.fc2.bias, s.x2.data(), v + p.channel_residual.scale,
                                   rows, D, next.data(), s.y_passes.data());
    show(channel + "add", next, rows, D);
  }
  std::fill(ws.pooled.begin(), ws.pooled.end(), Real(0));
  for (int i = 0; i < images; ++i)
    add_column_sums<Real>(ws.y.data() + i * map, nullptr, T, D, ws.pooled.data() + static_cast<size_t>(i) * D);
  for (Real& sum : ws.pooled) sum = static_cast<Real>(round_half_up<kRounding>(sum / Real(T)));
  show("pool", ws.pooled, images, D);
  product(ws.pooled.data(), images, head, ws.logits.data());
  requantize<kRounding, Real>(ws.logits.data(), images, C, nullptr, v + head.bias, kLow, ws.logits.data(),
                              ws.logits_passes.data());
  show("head", ws.logits, images, C);
}

namespace {

// Gradients of a linear layer, from the gradient dy [rows, out] of its output.
template <typename Real>
void linear_backward(const QatLinearPlace& p, const Real* x, const Real* dy, int rows, Real* g) {
  multiply_add(p.out, p.in, rows, transposed(dy, p.out), x, g + p.weight);
  add_column_sums<Real>(dy, nullptr, rows, p.out, g + p.bias);
}

// Calls body(element, column) for every element of [rows, columns].
template <typename Body>
void for_each_element(int rows, int columns, const Body& body) {
  for (int r = 0; r < rows; ++r) {
    const size_t row = static_cast<size_t>(r) * columns;
#pragma GCC ivdep
    for (int c = 0; c < columns; ++c) body(row + c, c);
  }
}

}  // namespace

template <typename Real, Rounding kRounding>
void QatNet<Real, kRounding>::Impl::backward(const Real* patches, int images, Real* g, Workspace& ws) const {
  const Real* const v = values.data();
  const int rows = images * T;
  const size_t map = static_cast<size_t>(T) * D, wide = map * images, hidden = static_cast<size_t>(rows) * H;
  Real* const dx = ws.dx.data();
  Real* const dx2 = ws.dx2.data();
  Real* const scratch = ws.scratch.data();
  Real* const scratch2 = ws.scratch2.data();
  // From the gradient of a sum to those of its branch (in place) and of the residual (into `to`).
  const auto leave_residual = [&](const QatAffinePlace& p, const Real* residual, const Passes* passes, Real* dy,
                                  Real* to) {
    const Real* scale = v + p.scale;
    Real* dscale = g + p.scale;
    for_each_element(rows, D, [=](size_t i, int c) {
      const Real dr = (passes[i] & 2) != 0 ? dy[i] : Real(0);
      dscale[c] += dr * residual[i];
      to[i] = dr * scale[c];
      dy[i] = (passes[i] & 1) != 0 ? dy[i] : Real(0);
    });
  };

  stop_saturated(ws.logits_passes.data(), static_cast<size_t>(images) * C, ws.dlogits.data());
  linear_backward(head, ws.pooled.data(), ws.dlogits.data(), images, g);
  multiply(images, D, C, plain<Real>(ws.dlogits.data(), C), v + head.weight, scratch);
  for (int i = 0; i < images; ++i) {
    const Real* const pooled = scratch + static_cast<size_t>(i) * D;
    Real* const to = dx + i * map;
    for_each_element(T, D, [=](size_t k, int c) { to[k] = pooled[c] / Real(T); });
  }

  for (int b = B - 1; b >= 0; --b) {
    const QatBlockPlace& p = blocks[b];
    QatBlockTensors<Real>& s = ws.blocks[b];
    leave_residual(p.channel_residual, s.x2.data(), s.y_passes.data(), dx, dx2);  // dx: of fc2; dx2: of the residual
    linear_backward(p.fc2, learned ? s.h2.data() : s.h.data(), dx, rows, g);
    multiply(rows, H, D, plain<Real>(dx, D), v + p.fc2.weight, scratch);
    if (learned) {
      look_up_backward<kRounding>(entries.data() + p.psa2.entries, slopes.data() + p.psa2.entries, s.h.data(), rows, H,
                                  scratch, g + p.psa2.gradient);
    }
    stop_saturated(s.h_passes.data(), hidden, scratch);
    linear_backward(p.fc1, learned ? s.a.data() : s.x2.data(), scratch, rows, g);
    multiply(rows, D, H, plain<Real>(scratch, H), v + p.fc1.weight, scratch2);
    if (learned) {
      look_up_backward<kRounding>(entries.data() + p.psa1.entries, slopes.data() + p.psa1.entries, s.x2.data(), rows, D,
                                  scratch2, g + p.psa1.gradient);
    }
    for (size_t i = 0; i < wide; ++i) dx2[i] += scratch2[i];

    leave_residual(p.token_residual, s.x.data(), s.x2_passes.data(), dx2, dx);  // dx2: of "post"; dx: of the residual
    add_column_sums<Real>(dx2, s.mixed.data(), rows, D, g + p.token_post.scale);
    add_column_sums<Real>(dx2, nullptr, rows, D, g + p.token_post.offset);
    const Real* const post = v + p.token_post.scale;
    for_each_element(rows, D, [=](size_t i, int c) { dx2[i] *= post[c]; });
    stop_saturated(s.mixed_passes.data(), wide, dx2);
    for (int i = 0; i < images; ++i) {
      const Real* const dmixed = dx2 + i * map;
      transpose(T, D, s.z.data() + i * map, scratch2);
      multiply_add(T, T, D, plain(dmixed, D), scratch2, g + p.token_mix.weight);
      for (int t = 0; t < T; ++t) {
        Real sum = 0;
        for (int c = 0; c < D; ++c) sum += dmixed[static_cast<size_t>(t) * D + c];
        g[p.token_mix.bias + t] += sum;
      }
      multiply(T, D, T, transposed(v + p.token_mix.weight, T), dmixed, scratch + i * map);
    }
    stop_saturated(s.z_passes.data(), wide, scratch);
    add_column_sums<Real>(scratch, s.x.data(), rows, D, g + p.token_pre.scale);
    add_column_sums<Real>(scratch, nullptr, rows, D, g + p.token_pre.offset);
    const Real* const pre = v + p.token_pre.scale;
    for_each_element(rows, D, [=](size_t i, int c) { dx[i] += scratch[i] * pre[c]; });
  }
  stop_saturated(ws.embed_passes.data(), wide, dx);
  linear_backward(embed, patches, dx, rows, g);
}

template <typename Real, Rounding kRounding>
const Real* QatNet<Real, kRounding>::infer(const Real* patches, int images, Workspace& ws, const Tap& tap) const {
  impl_->forward(patches, images, ws, tap);
  return ws.logits.data();
}

template <typename Real, Rounding kRounding>
Real QatNet<Real, kRounding>::train(const Real* patches, const Real* targets, int images, Real weight, Workspace& ws,
                                    AlignedVector<Real>& gradients) const {
  const Impl& m = *impl_;
  m.forward(patches, images, ws, {});
  Real loss = 0, of_scale = 0;
  for (int i = 0; i < images; ++i) {
    const size_t at = static_cast<size_t>(i) * m.C;
    const Real *const z = ws.logits.data() + at, *const target = targets + at;
    const Real largest = *std::max_element(z, z + m.C);
    Real sum = 0;
    for (int k = 0; k < m.C; ++k) sum += std::exp((z[k] - largest) / m.head_scale);
    const Real log_sum = largest / m.head_scale + std::log(sum);
    for (int k = 0; k < m.C; ++k) {
      const Real logit = z[k] / m.head_scale;
      loss += target[k] * (log_sum - logit);
      const Real d = weight * (std::exp(logit - log_sum) - target[k]);
      of_scale -= d * logit;
      ws.dlogits[at + k] = d / m.head_scale;
    }
  }
  gradients[m.head_scale_place] += of_scale;
  m.backward(patches, images, gradients.data(), ws);
  return loss;
}

#define PSAFLOW_INSTANTIATE(Real, rounding)                                                                          \
  template std::shared_ptr<QatNet<Real, rounding>::Workspace> QatNet<Real, rounding>::make_workspace(int) const;     \
  template const Real* QatNet<Real, rounding>::logits(const Workspace&);                                             \
  template const Real* QatNet<Real, rounding>::infer(const Real*, int, Workspace&, const Tap&) const;                \
  template Real QatNet<Real, rounding>::train(const Real*, const Real*, int, Real, Workspace&, AlignedVector<Real>&) \
      const;
PSAFLOW_INSTANTIATE(float, Rounding::kContract)
PSAFLOW_INSTANTIATE(double, Rounding::kNone)
#undef PSAFLOW_INSTANTIATE

}  // namespace psaflow
