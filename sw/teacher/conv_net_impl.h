// Inside of ConvNet: the geometry of its six convolutions and the memory of a shard.
#pragma once
#include <array>
#include <cstdint>

#include "sw/teacher/conv_kernels.h"
#include "sw/teacher/conv_net.h"

namespace psaflow {

constexpr int kConvLayers = 6;
constexpr double kConvNormEpsilon = 1e-6;

// One 3 x 3 convolution with its pool and its norm. Inputs and output gradients lie in maps with a border of zeros,
// `width` pixels wide; strides are in values from pixel to pixel.
struct ConvLayer {
  int side, in, out;  // of the input map, without border
  bool pool;
  int computed;  // side of what is convolved: what pooling would drop is left out
  int after;     // side after the pool
  int width, x_stride, dy_stride;
  int chunk;  // images convolved at once: about what the second-level cache holds
  std::vector<int32_t> x_taps, dy_taps, x_offsets, dy_offsets;  // offsets: of the outputs of a chunk
  std::vector<std::vector<std::vector<RowRun>>> strips;         // [images of a chunk - 1]: short lists of rows
  size_t weight, bias, mean, var;                               // places in the parameters and statistics

  size_t map_values() const { return static_cast<size_t>(width) * width * x_stride; }
  size_t gradient_map_values() const { return static_cast<size_t>(width) * width * dy_stride; }
  size_t after_values() const { return static_cast<size_t>(after) * after * out; }
  size_t input_values() const { return static_cast<size_t>(side) * side * in; }
};

template <typename Real>
struct ConvNet<Real>::Impl {
  ConvConfig config;
  ParameterLayout parameters, statistics;
  std::array<ConvLayer, kConvLayers> layers;
  size_t whiten_weight, whiten_bias, head;
  std::vector<int32_t> whiten_taps, whiten_offsets;

  void whiten(const Real* image, const Real* bias, const Packed& packed, Real* out) const;
  void enter(const Real* images, int n, const AlignedVector<Real>& parameters, const Packed& packed,
             Workspace& w) const;
  void convolve_and_pool(int l, int n, const Packed& packed, Workspace& w) const;
  void collect_statistics(int l, int n, Workspace& w, AlignedVector<Real>& shard_statistics) const;
  void use_statistics(int l, const AlignedVector<Real>& parameters, const AlignedVector<Real>& from,
                      Workspace& w) const;
  void normalize_and_activate(int l, int n, Workspace& w) const;
  void leave(int n, const AlignedVector<Real>& parameters, Workspace& w) const;

  void backward_head(int n, const AlignedVector<Real>& parameters, Workspace& w, AlignedVector<Real>& gradients) const;
  void backward_activation(int l, int n, Workspace& w, AlignedVector<Real>& gradients) const;
  void scatter(int l, int first, int n, Workspace& w) const;
  void backward_layer(int l, int n, const AlignedVector<Real>& parameters, const Packed& packed, const Real* images,
                      bool whiten_bias_gradient, Workspace& w, AlignedVector<Real>& gradients) const;
};

template <typename Real>
class ConvNet<Real>::Workspace {
 public:
  struct Layer {
    AlignedVector<Real> x;        // [n, width, width, x_stride], zero outside the map
    AlignedVector<Real> z;        // [n, after, after, out]: the norm's input
    std::vector<uint8_t> winner;  // of each pool, 0..3
    AlignedVector<Real> dy;       // [chunk, width, width, dy_stride], zero outside what is computed
    // Per channel: u = scale z + offset is the norm's output; dz = scale du + slope z + shift.
    AlignedVector<Real> mean, scale, offset, slope, shift;
  };
  std::array<Layer, kConvLayers> layers;
  AlignedVector<Real> convolved;    // of a chunk, before the pool
  AlignedVector<Real> active;       // [n, 3, 3, c]: of the last layer
  AlignedVector<Real> gradient[2];  // of a layer's output and of its input
  AlignedVector<Real> pooled, logits, dlogits, scratch, whitened;
  AlignedVector<Real> sums;  // two rows of channels
  std::vector<double> totals;
  std::vector<uint8_t> pooled_winner;
};

}  // namespace psaflow
