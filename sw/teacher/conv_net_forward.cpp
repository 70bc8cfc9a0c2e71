// The forward pass of ConvNet.
#include <algorithm>
#include <cmath>

#include "sw/teacher/conv_net_impl.h"
#include "sw/teacher/simd.h"

namespace psaflow {

// image [32, 32, 3] to out [31, 31, 24], before the activation.
template <typename Real>
void ConvNet<Real>::Impl::whiten(const Real* image, const Real* bias, const Packed& packed, Real* out) const {
  constexpr int kLanes = Simd<Real>::kLanes;
  const int pixels = static_cast<int>(whiten_offsets.size());
  convolve(image, whiten_offsets.data(), pixels, whiten_taps, kColors, packed.whiten.data(), kWhitened, out);
  for (int p = 0; p < pixels; ++p) {
    for (int c = 0; c < kWhitened; c += kLanes)
      store_vector(out + p * kWhitened + c, load_vector(out + p * kWhitened + c) + load_vector(bias + c));
  }
}

template <typename Real>
void ConvNet<Real>::Impl::enter(const Real* images, int n, const AlignedVector<Real>& values, const Packed& packed,
                                Workspace& w) const {
  const ConvLayer& first = layers[0];
  for (int i = 0; i < n; ++i) {
    whiten(images + static_cast<size_t>(i) * kImageValues, values.data() + whiten_bias, packed, w.whitened.data());
    const Real* from = w.whitened.data();
    for (int y = 0; y < first.side; ++y) {
      Real* to = w.layers[0].x.data() + i * first.map_values() + ((y + 1) * first.width + 1) * first.x_stride;
      for (int x = 0; x < first.side; ++x, from += kWhitened, to += first.x_stride) {
        for (int c = 0; c < kWhitened; c += Simd<Real>::kLanes)
          store_vector(to + c, Gelu<Real>::value(load_vector(from + c)));
      }
    }
  }
}

template <typename Real>
void ConvNet<Real>::Impl::convolve_and_pool(int l, int n, const Packed& packed, Workspace& w) const {
  const ConvLayer& layer = layers[l];
  auto& s = w.layers[l];
  const int computed = layer.computed, out = layer.out;
  for (int first = 0; first < n; first += layer.chunk) {
    const int images = std::min(layer.chunk, n - first);
    Real* const z = s.z.data() + first * layer.after_values();
    Real* const to = layer.pool ? w.convolved.data() : z;
    convolve(s.x.data() + first * layer.map_values(), layer.x_offsets.data(), images * computed * computed,
             layer.x_taps, layer.in, packed.forward[l].data(), out, to);
    if (!layer.pool) continue;
    uint8_t* const winner = s.winner.data() + first * layer.after_values();
    size_t at = 0;
    for (int row = 0; row < images * layer.after; ++row) {  // computed is even: rows of all images follow each other
      for (int x = 0; x < layer.after; ++x, at += out) {
        const Real* const a = to + (2 * row * computed + 2 * x) * static_cast<size_t>(out);
        const Real* const b = a + computed * out;
#pragma GCC ivdep
        for (int c = 0; c < out; ++c) {
          Real best = a[c];
          uint8_t which = 0;
          which = a[out + c] > best ? 1 : which;
          best = a[out + c] > best ? a[out + c] : best;
          which = b[c] > best ? 2 : which;
          best = b[c] > best ? b[c] : best;
          which = b[out + c] > best ? 3 : which;
          best = b[out + c] > best ? b[out + c] : best;
          z[at + c] = best;
          winner[at + c] = which;
        }
      }
    }
  }
}

template <typename Real>
void ConvNet<Real>::Impl::collect_statistics(int l, int n, Workspace& w, AlignedVector<Real>& shard_statistics) const {
  const ConvLayer& layer = layers[l];
  const int out = layer.out, pixels = layer.after * layer.after;
  double* const totals = w.totals.data();  // in double: the variance is a difference of two large sums
  std::fill_n(totals, 2 * out, 0.0);
  const Real* z = w.layers[l].z.data();
  for (int i = 0; i < n; ++i) {
    Real* const sum = w.sums.data();
    Real* const squares = sum + out;
    std::fill_n(sum, 2 * out, Real(0));
    for (int p = 0; p < pixels; ++p, z += out) {
#pragma GCC ivdep
      for (int c = 0; c < out; ++c) {
        sum[c] += z[c];
        squares[c] += z[c] * z[c];
      }
    }
    for (int c = 0; c < 2 * out; ++c) totals[c] += sum[c];
  }
  const double count = static_cast<double>(n) * pixels;
  for (int c = 0; c < out; ++c) {
    const double mean = totals[c] / count;
    shard_statistics[layer.mean + c] = static_cast<Real>(mean);
    shard_statistics[layer.var + c] = static_cast<Real>(std::max(0.0, totals[out + c] / count - mean * mean));
  }
}

template <typename Real>
void ConvNet<Real>::Impl::use_statistics(int l, const AlignedVector<Real>& values, const AlignedVector<Real>& from,
                                         Workspace& w) const {
  const ConvLayer& layer = layers[l];
  auto& s = w.layers[l];
  for (int c = 0; c < layer.out; ++c) {
    s.mean[c] = from[layer.mean + c];
    s.scale[c] = Real(1) / std::sqrt(from[layer.var + c] + Real(kConvNormEpsilon));
    s.offset[c] = values[layer.bias + c] - s.mean[c] * s.scale[c];
  }
}

template <typename Real>
void ConvNet<Real>::Impl::normalize_and_activate(int l, int n, Workspace& w) const {
  const ConvLayer& layer = layers[l];
  const auto& s = w.layers[l];
  const Real* z = s.z.data();
  for (int i = 0; i < n; ++i) {
    for (int y = 0; y < layer.after; ++y) {
      Real* to;
      int stride = layer.out;
      if (l + 1 < kConvLayers) {
        const ConvLayer& next = layers[l + 1];
        stride = next.x_stride;
        to = w.layers[l + 1].x.data() + i * next.map_values() + ((y + 1) * next.width + 1) * stride;
      } else {
        to = w.active.data() + (i * layer.after + y) * static_cast<size_t>(layer.after) * stride;
      }
      for (int x = 0; x < layer.after; ++x, to += stride, z += layer.out) {
        for (int c = 0; c < layer.out; c += Simd<Real>::kLanes) {
          const auto u = load_vector(z + c) * load_vector(&s.scale[c]) + load_vector(&s.offset[c]);
          store_vector(to + c, Gelu<Real>::value(u));
        }
      }
    }
  }
}

// Global max pool and head.
template <typename Real>
void ConvNet<Real>::Impl::leave(int n, const AlignedVector<Real>& values, Workspace& w) const {
  const ConvLayer& last = layers.back();
  const int out = last.out, pixels = last.after * last.after, classes = config.classes;
  const Real* weights = values.data() + head;
  for (int i = 0; i < n; ++i) {
    const Real* const active = w.active.data() + i * last.after_values();
    Real* const pooled = w.pooled.data() + i * out;
    uint8_t* const winner = w.pooled_winner.data() + i * out;
    std::copy_n(active, out, pooled);
    std::fill_n(winner, out, uint8_t{0});
    for (int p = 1; p < pixels; ++p) {
      for (int c = 0; c < out; ++c) {
        const Real value = active[p * out + c];
        winner[c] = value > pooled[c] ? static_cast<uint8_t>(p) : winner[c];
        pooled[c] = value > pooled[c] ? value : pooled[c];
      }
    }
    Real* const logits = w.logits.data() + i * classes;
    std::fill_n(logits, classes, Real(0));
    for (int c = 0; c < out; ++c) {
      for (int k = 0; k < classes; ++k) logits[k] += pooled[c] * weights[c * classes + k];
    }
    for (int k = 0; k < classes; ++k) logits[k] *= static_cast<Real>(config.head_scale);
  }
}

template <typename Real>
void ConvNet<Real>::infer(const AlignedVector<Real>& parameters, const Packed& packed,
                          const AlignedVector<Real>& statistics, const Real* images, int n, Workspace& w) const {
  const Impl& i = *impl_;
  i.enter(images, n, parameters, packed, w);
  for (int l = 0; l < kConvLayers; ++l) {
    i.convolve_and_pool(l, n, packed, w);
    i.use_statistics(l, parameters, statistics, w);
    i.normalize_and_activate(l, n, w);
  }
  i.leave(n, parameters, w);
}

#define PSAFLOW_INSTANTIATE(Real)                                                                                   \
  template void ConvNet<Real>::Impl::whiten(const Real*, const Real*, const Packed&, Real*) const;                  \
  template void ConvNet<Real>::Impl::enter(const Real*, int, const AlignedVector<Real>&, const Packed&, Workspace&) \
      const;                                                                                                        \
  template void ConvNet<Real>::Impl::convolve_and_pool(int, int, const Packed&, Workspace&) const;                  \
  template void ConvNet<Real>::Impl::collect_statistics(int, int, Workspace&, AlignedVector<Real>&) const;          \
  template void ConvNet<Real>::Impl::use_statistics(int, const AlignedVector<Real>&, const AlignedVector<Real>&,    \
                                                    Workspace&) const;                                              \
  template void ConvNet<Real>::Impl::normalize_and_activate(int, int, Workspace&) const;                            \
  template void ConvNet<Real>::Impl::leave(int, const AlignedVector<Real>&, Workspace&) const;                      \
  template void ConvNet<Real>::infer(const AlignedVector<Real>&, const Packed&, const AlignedVector<Real>&,         \
                                     const Real*, int, Workspace&) const;
PSAFLOW_INSTANTIATE(float)
PSAFLOW_INSTANTIATE(double)
#undef PSAFLOW_INSTANTIATE

}  // namespace psaflow
