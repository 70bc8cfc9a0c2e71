// The backward pass of ConvNet.
#include <algorithm>
#include <cmath>

#include "sw/teacher/conv_net_impl.h"
#include "sw/teacher/simd.h"

namespace psaflow {

// From dlogits to the gradient of the last layer's output, in gradient[0].
template <typename Real>
void ConvNet<Real>::Impl::backward_head(int n, const AlignedVector<Real>& values, Workspace& w,
                                        AlignedVector<Real>& gradients) const {
  const ConvLayer& last = layers.back();
  const int out = last.out, classes = config.classes;
  const Real scale = static_cast<Real>(config.head_scale);
  const Real* const weights = values.data() + head;
  Real* const dweights = gradients.data() + head;
  std::fill_n(w.gradient[0].data(), n * last.after_values(), Real(0));
  for (int i = 0; i < n; ++i) {
    const Real* const dlogits = w.dlogits.data() + i * classes;
    for (int c = 0; c < out; ++c) {
      Real dpooled = 0;
      for (int k = 0; k < classes; ++k) {
        dweights[c * classes + k] += scale * w.pooled[i * out + c] * dlogits[k];
        dpooled += weights[c * classes + k] * dlogits[k];
      }
      w.gradient[0][i * last.after_values() + w.pooled_winner[i * out + c] * out + c] = scale * dpooled;
    }
  }
}

// gradient[0] from da to du = da gelu'(u); the sums that the norm's gradient needs.
template <typename Real>
void ConvNet<Real>::Impl::backward_activation(int l, int n, Workspace& w, AlignedVector<Real>& gradients) const {
  constexpr int kLanes = Simd<Real>::kLanes;
  const ConvLayer& layer = layers[l];
  auto& s = w.layers[l];
  const int out = layer.out, pixels = layer.after * layer.after;
  double* const totals = w.totals.data();
  std::fill_n(totals, 2 * out, 0.0);
  Real* du = w.gradient[0].data();
  const Real* z = s.z.data();
  for (int i = 0; i < n; ++i) {
    Real* const sum = w.sums.data();
    Real* const sum_z = sum + out;
    std::fill_n(sum, 2 * out, Real(0));
    for (int p = 0; p < pixels; ++p, du += out, z += out) {
      for (int c = 0; c < out; c += kLanes) {
        const auto v = load_vector(z + c);
        const auto d =
            load_vector(du + c) * Gelu<Real>::slope(v * load_vector(&s.scale[c]) + load_vector(&s.offset[c]));
        store_vector(du + c, d);
        store_vector(sum + c, load_vector(sum + c) + d);
        store_vector(sum_z + c, load_vector(sum_z + c) + d * v);
      }
    }
    for (int c = 0; c < 2 * out; ++c) totals[c] += sum[c];
  }
  // With zhat = (z - mean) scale:  dz = scale (du - mean(du) - zhat mean(du zhat)), written as scale du + slope z +
  // shift.
  const double count = static_cast<double>(n) * pixels;
  for (int c = 0; c < out; ++c) {
    const double mean = s.mean[c], scale = s.scale[c];
    const double du_zhat = scale * (totals[out + c] - mean * totals[c]);
    gradients[layer.bias + c] += static_cast<Real>(totals[c]);
    const double slope = -scale * scale * du_zhat / count;
    s.slope[c] = static_cast<Real>(slope);
    s.shift[c] = static_cast<Real>(-scale * totals[c] / count - slope * mean);
  }
}

// du of images first..first+n-1 to dz, and through the pool into the bordered map dy.
template <typename Real>
void ConvNet<Real>::Impl::scatter(int l, int first, int n, Workspace& w) const {
  const ConvLayer& layer = layers[l];
  auto& s = w.layers[l];
  const int out = layer.out, stride = layer.dy_stride, row = layer.width * stride;
  size_t at = first * layer.after_values();
  const Real* const scale = s.scale.data();
  const Real* const slope = s.slope.data();
  const Real* const shift = s.shift.data();
  for (int i = 0; i < n; ++i) {
    for (int y = 0; y < layer.after; ++y) {
      const int step = layer.pool ? 2 : 1;
      Real* to = s.dy.data() + i * layer.gradient_map_values() + (step * y + 1) * row + stride;
      for (int x = 0; x < layer.after; ++x, to += step * stride, at += out) {
        const Real* const du = w.gradient[0].data() + at;
        const Real* const z = s.z.data() + at;
        if (layer.pool) {
          const uint8_t* const winner = s.winner.data() + at;
#pragma GCC ivdep
          for (int c = 0; c < out; ++c) {
            const Real dz = scale[c] * du[c] + (slope[c] * z[c] + shift[c]);
            to[c] = winner[c] == 0 ? dz : Real(0);
            to[stride + c] = winner[c] == 1 ? dz : Real(0);
            to[row + c] = winner[c] == 2 ? dz : Real(0);
            to[row + stride + c] = winner[c] == 3 ? dz : Real(0);
          }
        } else {
#pragma GCC ivdep
          for (int c = 0; c < out; ++c) to[c] = scale[c] * du[c] + (slope[c] * z[c] + shift[c]);
        }
      }
    }
  }
}

// From du in gradient[0] to the weights' gradient and, in gradient[1], the gradient of the layer's input; for the first
// layer to the gradient of the whitening's bias, when asked for.
template <typename Real>
void ConvNet<Real>::Impl::backward_layer(int l, int n, const AlignedVector<Real>& values, const Packed& packed,
                                         const Real* images, bool whiten_bias_gradient, Workspace& w,
                                         AlignedVector<Real>& gradients) const {
  constexpr int kLanes = Simd<Real>::kLanes;
  const ConvLayer& layer = layers[l];
  auto& s = w.layers[l];
  for (int first = 0; first < n; first += layer.chunk) {
    const int count = std::min(layer.chunk, n - first);
    scatter(l, first, count, w);
    for (const std::vector<RowRun>& strip : layer.strips[count - 1]) {
      accumulate_weight_gradient(s.x.data() + first * layer.map_values(), layer.x_stride, s.dy.data(), layer.dy_stride,
                                 strip, layer.x_taps, layer.in, layer.out, gradients.data() + layer.weight, w.scratch);
    }
    if (l == 0 && !whiten_bias_gradient) continue;
    Real* const dx = l == 0 ? w.convolved.data() : w.gradient[1].data() + first * layer.input_values();
    convolve(s.dy.data(), layer.dy_offsets.data(), count * layer.side * layer.side, layer.dy_taps, layer.out,
             packed.mirrored[l].data(), layer.in, dx);
    if (l > 0) continue;
    for (int i = 0; i < count; ++i) {
      whiten(images + static_cast<size_t>(first + i) * kImageValues, values.data() + whiten_bias, packed,
             w.whitened.data());
      Real sum[kWhitened] = {};
      for (size_t at = 0; at < layer.input_values(); at += kWhitened) {
        for (int c = 0; c < kWhitened; c += kLanes) {
          const auto d = load_vector(dx + i * layer.input_values() + at + c) *
                         Gelu<Real>::slope(load_vector(w.whitened.data() + at + c));
          store_vector(sum + c, load_vector(sum + c) + d);
        }
      }
      for (int c = 0; c < kWhitened; ++c) gradients[whiten_bias + c] += sum[c];
    }
  }
}

template <typename Real>
Real ConvNet<Real>::train_shard(const AlignedVector<Real>& parameters, const Packed& packed, const Real* images,
                                const Real* targets, int n, int batch_size, bool whiten_bias_gradient, Workspace& w,
                                AlignedVector<Real>& gradients, AlignedVector<Real>& shard_statistics) const {
  const Impl& i = *impl_;
  i.enter(images, n, parameters, packed, w);
  for (int l = 0; l < kConvLayers; ++l) {
    i.convolve_and_pool(l, n, packed, w);
    i.collect_statistics(l, n, w, shard_statistics);
    i.use_statistics(l, parameters, shard_statistics, w);
    i.normalize_and_activate(l, n, w);
  }
  i.leave(n, parameters, w);

  const int classes = i.config.classes;
  Real loss = 0;
  for (int k = 0; k < n; ++k) {
    const Real* const row = w.logits.data() + k * classes;
    const Real* const target = targets + k * classes;
    Real* const d = w.dlogits.data() + k * classes;
    const Real top = *std::max_element(row, row + classes);
    Real sum = 0;
    for (int c = 0; c < classes; ++c) sum += std::exp(row[c] - top);
    const Real log_sum = std::log(sum) + top;
    for (int c = 0; c < classes; ++c) {
      loss += target[c] * (log_sum - row[c]);
      d[c] = (std::exp(row[c] - log_sum) - target[c]) / static_cast<Real>(batch_size);
    }
  }
  i.backward_head(n, parameters, w, gradients);
  for (int l = kConvLayers - 1; l >= 0; --l) {
    i.backward_activation(l, n, w, gradients);
    i.backward_layer(l, n, parameters, packed, images, whiten_bias_gradient, w, gradients);
    std::swap(w.gradient[0], w.gradient[1]);
  }
  return loss;
}

template float ConvNet<float>::train_shard(const AlignedVector<float>&, const Packed&, const float*, const float*, int,
                                           int, bool, Workspace&, AlignedVector<float>&, AlignedVector<float>&) const;
template double ConvNet<double>::train_shard(const AlignedVector<double>&, const Packed&, const double*, const double*,
                                             int, int, bool, Workspace&, AlignedVector<double>&,
                                             AlignedVector<double>&) const;

}  // namespace psaflow
