#include "sw/teacher/conv_kernels.h"

#include <algorithm>

#include "sw/base/error.h"
#include "sw/teacher/simd.h"

namespace psaflow {
namespace {

constexpr int kTilePixels = 6, kTileVectors = 2;  // 12 accumulators, 2 weights and a broadcast: 15 of 16 registers

template <typename Real>
constexpr int block_outputs(int left) {
  return std::min(left, kTileVectors * Simd<Real>::kLanes);
}

template <typename Real, int Pixels, int Vectors>
inline void convolve_tile(const Real* x, const int32_t* offsets, const std::vector<int32_t>& taps, int channels,
                          const Real* packed, Real* out, int out_stride) {
  using Vector = typename Simd<Real>::Vector;
  constexpr int kLanes = Simd<Real>::kLanes;
  Vector sum[Pixels][Vectors] = {};
  for (const int32_t tap : taps) {
    const Real* row[Pixels];
#pragma GCC unroll 6
    for (int p = 0; p < Pixels; ++p) row[p] = x + offsets[p] + tap;
    for (int c = 0; c < channels; ++c, packed += Vectors * kLanes) {
      Vector w[Vectors];
#pragma GCC unroll 2
      for (int v = 0; v < Vectors; ++v) w[v] = load_vector(packed + v * kLanes);
#pragma GCC unroll 6
      for (int p = 0; p < Pixels; ++p) {
        const Real value = row[p][c];
#pragma GCC unroll 2
        for (int v = 0; v < Vectors; ++v) sum[p][v] += value * w[v];
      }
    }
  }
#pragma GCC unroll 6
  for (int p = 0; p < Pixels; ++p) {
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v) store_vector(out + p * out_stride + v * kLanes, sum[p][v]);
  }
}

template <typename Real, int Vectors>
void convolve_block(const Real* x, const int32_t* offsets, int pixels, const std::vector<int32_t>& taps, int channels,
                    const Real* packed, Real* out, int out_stride) {
  int p = 0;
  for (; p + kTilePixels <= pixels; p += kTilePixels)
    convolve_tile<Real, kTilePixels, Vectors>(x, offsets + p, taps, channels, packed, out + p * out_stride, out_stride);
  for (; p < pixels; ++p)
    convolve_tile<Real, 1, Vectors>(x, offsets + p, taps, channels, packed, out + p * out_stride, out_stride);
}

template <typename Real, int Channels, int Vectors>
inline void gradient_tile(const Real* x, int x_stride, const Real* dy, const std::vector<RowRun>& runs, int32_t tap,
                          Real* weights, int out_stride) {
  using Vector = typename Simd<Real>::Vector;
  constexpr int kLanes = Simd<Real>::kLanes;
  Vector sum[Channels][Vectors] = {};
  for (const RowRun& run : runs) {
    const Real* from = x + run.x + tap;
    for (int p = 0; p < run.pixels; ++p, from += x_stride, dy += Vectors * kLanes) {
      Vector d[Vectors];
#pragma GCC unroll 2
      for (int v = 0; v < Vectors; ++v) d[v] = load_vector(dy + v * kLanes);
#pragma GCC unroll 6
      for (int c = 0; c < Channels; ++c) {
        const Real value = from[c];
#pragma GCC unroll 2
        for (int v = 0; v < Vectors; ++v) sum[c][v] += value * d[v];
      }
    }
  }
#pragma GCC unroll 6
  for (int c = 0; c < Channels; ++c) {
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v) {
      Real* to = weights + c * out_stride + v * kLanes;
      store_vector(to, load_vector(to) + sum[c][v]);
    }
  }
}

// A block of outputs: its gradients side by side in `dy`, so that they stream through the first-level cache.
template <typename Real, int Vectors>
void gradient_block(const Real* x, int x_stride, const Real* dy, const std::vector<RowRun>& runs,
                    const std::vector<int32_t>& taps, int channels, Real* weights, int outputs) {
  for (int c = 0; c < channels;) {
    // Sixes, and fours where what is left is no multiple of six: no lane idles.
    const bool six = (channels - c) % 6 == 0 || channels - c > 8;
    for (size_t t = 0; t < taps.size(); ++t) {
      Real* to = weights + (t * channels + c) * static_cast<size_t>(outputs);
      if (six)
        gradient_tile<Real, 6, Vectors>(x + c, x_stride, dy, runs, taps[t], to, outputs);
      else
        gradient_tile<Real, 4, Vectors>(x + c, x_stride, dy, runs, taps[t], to, outputs);
    }
    c += six ? 6 : 4;
  }
}

}  // namespace

template <typename Real>
void pack_forward(const Real* weights, int taps, int in, int out, Real* packed) {
  for (int n = 0; n < out;) {
    const int block = block_outputs<Real>(out - n);
    for (int row = 0; row < taps * in; ++row)
      packed = std::copy_n(weights + static_cast<size_t>(row) * out + n, block, packed);
    n += block;
  }
}

template <typename Real>
void pack_mirrored(const Real* weights, int taps, int in, int out, Real* packed) {
  for (int c = 0; c < in;) {
    const int block = block_outputs<Real>(in - c);
    for (int t = taps - 1; t >= 0; --t) {
      for (int n = 0; n < out; ++n) {
        for (int i = 0; i < block; ++i) *packed++ = weights[(static_cast<size_t>(t) * in + c + i) * out + n];
      }
    }
    c += block;
  }
}

template <typename Real>
void convolve(const Real* x, const int32_t* offsets, int pixels, const std::vector<int32_t>& taps, int channels,
              const Real* packed, int outputs, Real* out) {
  PSAFLOW_CHECK(outputs % 8 == 0, "outputs come in eights");
  for (int n = 0; n < outputs;) {
    const int block = block_outputs<Real>(outputs - n);
    if (block == Simd<Real>::kLanes)
      convolve_block<Real, 1>(x, offsets, pixels, taps, channels, packed, out + n, outputs);
    else
      convolve_block<Real, kTileVectors>(x, offsets, pixels, taps, channels, packed, out + n, outputs);
    packed += taps.size() * channels * block;
    n += block;
  }
}

template <typename Real>
void accumulate_weight_gradient(const Real* x, int x_stride, const Real* dy, int dy_stride,
                                const std::vector<RowRun>& runs, const std::vector<int32_t>& taps, int channels,
                                int outputs, Real* weights, AlignedVector<Real>& scratch) {
  PSAFLOW_CHECK(channels % 4 == 0 && outputs % 8 == 0, "channels come in fours, outputs in eights");
  size_t pixels = 0;
  for (const RowRun& run : runs) pixels += run.pixels;
  scratch.resize(std::max(scratch.size(), pixels * kTileVectors * Simd<Real>::kLanes));
  for (int n = 0; n < outputs;) {
    const int block = block_outputs<Real>(outputs - n);
    Real* to = scratch.data();
    for (const RowRun& run : runs) {
      for (int p = 0; p < run.pixels; ++p) to = std::copy_n(dy + run.dy + p * dy_stride + n, block, to);
    }
    if (block == Simd<Real>::kLanes)
      gradient_block<Real, 1>(x, x_stride, scratch.data(), runs, taps, channels, weights + n, outputs);
    else
      gradient_block<Real, kTileVectors>(x, x_stride, scratch.data(), runs, taps, channels, weights + n, outputs);
    n += block;
  }
}

#define PSAFLOW_INSTANTIATE(Real)                                                                                    \
  template void pack_forward<Real>(const Real*, int, int, int, Real*);                                               \
  template void pack_mirrored<Real>(const Real*, int, int, int, Real*);                                              \
  template void convolve<Real>(const Real*, const int32_t*, int, const std::vector<int32_t>&, int, const Real*, int, \
                               Real*);                                                                               \
  template void accumulate_weight_gradient<Real>(const Real*, int, const Real*, int, const std::vector<RowRun>&,     \
                                                 const std::vector<int32_t>&, int, int, Real*, AlignedVector<Real>&);
PSAFLOW_INSTANTIATE(float)
PSAFLOW_INSTANTIATE(double)

}  // namespace psaflow
