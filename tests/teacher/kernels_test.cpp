// The convolution kernels against loops that say what they compute.
#include <catch2/catch.hpp>

#include "sw/base/rng.h"
#include "sw/teacher/conv_kernels.h"
#include "sw/teacher/simd.h"

namespace psaflow {
namespace {

template <typename Real>
AlignedVector<Real> random_values(size_t n, Rng& rng) {
  AlignedVector<Real> values(n);
  for (Real& v : values) v = static_cast<Real>(rng.normal());
  return values;
}

// A bordered map of 5 x 5 pixels; 3 x 3 taps on its 5 x 4 first outputs: 20 pixels, no multiple of a tile.
struct Map {
  Map(int channels, int pixel_stride) : stride(pixel_stride) {
    for (int y = 0; y < 3; ++y) {
      for (int x = 0; x < 3; ++x) taps.push_back((y * 7 + x) * stride);
    }
    for (int y = 0; y < 5; ++y) {
      for (int x = 0; x < 4; ++x) offsets.push_back((y * 7 + x) * stride);
    }
    values = static_cast<size_t>(7) * 7 * stride;
    CHECK(stride >= channels);
  }
  int stride;
  size_t values;
  std::vector<int32_t> taps, offsets;
};

template <typename Real>
void check_kernels(int in, int out, uint64_t seed) {
  INFO("in " << in << " out " << out << " seed " << seed);
  Rng rng(seed);
  const Map map(in, in + 4), dmap(out, out + 8);
  const auto x = random_values<Real>(map.values, rng), weights = random_values<Real>(size_t{9} * in * out, rng),
             dy = random_values<Real>(dmap.values, rng);
  const int pixels = static_cast<int>(map.offsets.size());
  const auto near = [](double value) { return Approx(value).epsilon(1e-4).margin(1e-4); };

  AlignedVector<Real> packed(weights.size()), y(static_cast<size_t>(pixels) * out),
      dx(static_cast<size_t>(pixels) * in);
  pack_forward(weights.data(), 9, in, out, packed.data());
  convolve(x.data(), map.offsets.data(), pixels, map.taps, in, packed.data(), out, y.data());
  pack_mirrored(weights.data(), 9, in, out, packed.data());
  convolve(dy.data(), dmap.offsets.data(), pixels, dmap.taps, out, packed.data(), in, dx.data());
  bool same = true;
  for (int p = 0; p < pixels; ++p) {
    for (int n = 0; n < out; ++n) {
      double sum = 0;
      for (int t = 0; t < 9; ++t) {
        for (int c = 0; c < in; ++c)
          sum += double{x[map.offsets[p] + map.taps[t] + c]} * double{weights[(t * in + c) * out + n]};
      }
      same = same && y[p * out + n] == near(sum);
    }
    for (int c = 0; c < in; ++c) {
      double sum = 0;
      for (int t = 0; t < 9; ++t) {
        for (int n = 0; n < out; ++n)
          sum += double{dy[dmap.offsets[p] + dmap.taps[t] + n]} * double{weights[((8 - t) * in + c) * out + n]};
      }
      same = same && dx[p * in + c] == near(sum);
    }
  }
  CHECK(same);

  // Two runs of pixels, of 4 and 3; the gradient is added to what is there.
  const std::vector<RowRun> runs = {{7 * map.stride, 8 * dmap.stride, 4}, {15 * map.stride, 24 * dmap.stride, 3}};
  AlignedVector<Real> gradient(weights.size(), Real(0.5)), scratch;
  accumulate_weight_gradient(x.data(), map.stride, dy.data(), dmap.stride, runs, map.taps, in, out, gradient.data(),
                             scratch);
  same = true;
  for (int t = 0; t < 9; ++t) {
    for (int c = 0; c < in; ++c) {
      for (int n = 0; n < out; ++n) {
        double sum = 0.5;
        for (const RowRun& run : runs) {
          for (int p = 0; p < run.pixels; ++p)
            sum += double{x[run.x + p * map.stride + map.taps[t] + c]} * double{dy[run.dy + p * dmap.stride + n]};
        }
        same = same && gradient[(t * in + c) * out + n] == near(sum);
      }
    }
  }
  CHECK(same);
}

}  // namespace

TEST_CASE("convolutions, their input gradients and their weight gradients are what loops compute") {
  for (const auto& [in, out] : std::vector<std::pair<int, int>>{{8, 8}, {24, 32}, {16, 24}, {32, 40}, {40, 16}}) {
    check_kernels<float>(in, out, 11);
    check_kernels<double>(in, out, 12);
  }
}

TEST_CASE("the vector exponential and GELU are as accurate as single precision allows") {
  double worst = 0, worst_gelu = 0, worst_slope = 0;
  for (double at = -30; at <= 30; at += 0.00731) {
    const Simd<float>::Vector x = Simd<float>::Vector{} + static_cast<float>(at);
    const double v = x[0], e = std::exp(v);
    worst = std::max(worst, std::abs(exp_vector(x)[3] - e) / e);
    const auto gelu = [](double u) {
      return 0.5 * u * (1 + std::tanh(0.7978845608028654 * (u + 0.044715 * u * u * u)));
    };
    worst_gelu = std::max(worst_gelu, std::abs(Gelu<float>::value(x)[5] - gelu(v)) / (1 + std::abs(v)));
    worst_slope = std::max(worst_slope, std::abs(Gelu<float>::slope(x)[7] - (gelu(v + 1e-5) - gelu(v - 1e-5)) / 2e-5));
  }
  CHECK(worst < 3e-7);
  CHECK(worst_gelu < 3e-7);
  CHECK(worst_slope < 2e-6);
}

}  // namespace psaflow
