#include "sw/teacher/bf16_conv_net.h"

#include <algorithm>
#include <cmath>

#include "sw/base/error.h"
#include "sw/teacher/conv_kernels.h"
#include "sw/teacher/conv_net_impl.h"
#include "sw/train/bf16_product.h"
#include "sw/train/bf16_target.h"

namespace psaflow {
namespace {

constexpr int kSide = ConvNet<float>::kSide, kColors = ConvNet<float>::kColors, kWhitened = ConvNet<float>::kWhitened,
              kImageValues = ConvNet<float>::kImageValues;
constexpr int kTilesAtOnce = 32;  // their sums stay in the second-level cache
constexpr int kHalf = kBf16Columns / 2;

// Whole blocks, and an odd number of cache lines: pixels then spread over all sets of the cache.
int pixel_stride(int channels) {
  return (bf16_blocks(channels) | 1) * kBf16Depth;
}

#ifdef PSAFLOW_BF16

// x / (1 + e^t) with t = -2 sqrt(2/pi) (x + 0.044715 x^3), GELU's tanh form, to 2^-13: finer than what it is rounded to.
PSAFLOW_AVX512 inline __m512 gelu(__m512 x) {
  const __m512 square = _mm512_mul_ps(x, x);
  constexpr float kSlope = -1.5957691216057308f * 1.4426950408889634f;  // in powers of 2
  const __m512 slope = _mm512_fmadd_ps(square, _mm512_set1_ps(0.044715f * kSlope), _mm512_set1_ps(kSlope));
  const __m512 t = _mm512_min_ps(_mm512_mul_ps(x, slope), _mm512_set1_ps(126.f));
  const __m512 n = _mm512_roundscale_ps(t, 0), f = _mm512_sub_ps(t, n);  // 2^f by its series: 5e-6 on -1/2..1/2
  __m512 p = _mm512_fmadd_ps(f, _mm512_set1_ps(1.3333558e-3f), _mm512_set1_ps(9.6181291e-3f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(5.5504109e-2f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(2.4022651e-1f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(6.9314718e-1f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1.f));
  return _mm512_mul_ps(x, _mm512_rcp14_ps(_mm512_add_ps(_mm512_scalef_ps(p, n), _mm512_set1_ps(1.f))));
}

PSAFLOW_AVX512 inline void store_bf16(Bf16* to, __m512 value) {
  const __m256bh rounded = _mm512_cvtneps_pbh(value);
  __builtin_memcpy(to, &rounded, sizeof rounded);
}

// gelu(x + bias) of a whitened image into its map.
PSAFLOW_AVX512 void activate_whitened(const float* x, const float* bias, int side, int stride, Bf16* map) {
  const __mmask16 rest = 0xff;
  static_assert(kWhitened == kHalf + 8, "a vector and a half");
  for (int row = 1; row <= side; ++row) {
    for (int column = 1; column <= side; ++column, x += kWhitened) {
      Bf16* const to = map + (row * (side + 1) + column) * stride;
      store_bf16(to, gelu(_mm512_add_ps(_mm512_loadu_ps(x), _mm512_loadu_ps(bias))));
      store_bf16(to + kHalf, gelu(_mm512_add_ps(_mm512_maskz_loadu_ps(rest, x + kHalf),
                                                _mm512_maskz_loadu_ps(rest, bias + kHalf))));
    }
  }
}

struct PanelOutput {
  int after, width;  // side after the pool; pixels a row of what was convolved
  bool pool;
  const float *scale, *offset;  // of the panel's channels
};

PSAFLOW_AVX512 inline __m512 activated(const PanelOutput& o, const float* sums, int y, int x, int half) {
  const float* const a = sums + (o.pool ? 2 * y * o.width + 2 * x : y * o.width + x) * kBf16Columns + half;
  __m512 v = _mm512_loadu_ps(a);
  if (o.pool) {
    const float* const below = a + o.width * kBf16Columns;
    v = _mm512_max_ps(v, _mm512_loadu_ps(a + kBf16Columns));
    v = _mm512_max_ps(v, _mm512_max_ps(_mm512_loadu_ps(below), _mm512_loadu_ps(below + kBf16Columns)));
  }
  return gelu(_mm512_fmadd_ps(v, _mm512_loadu_ps(o.scale + half), _mm512_loadu_ps(o.offset + half)));
}

// A panel's sums of one image, pooled, normalised and activated, into the next layer's map (at its channels).
PSAFLOW_AVX512 void activate_into_map(const PanelOutput& o, const float* sums, int stride, Bf16* map) {
  for (int y = 0; y < o.after; ++y) {
    Bf16* to = map + ((y + 1) * (o.after + 1) + 1) * stride;
    for (int x = 0; x < o.after; ++x, to += stride) {
      for (const int half : {0, kHalf}) store_bf16(to + half, activated(o, sums, y, x, half));
    }
  }
}

// The same of the last layer, into the maximum over all pixels.
PSAFLOW_AVX512 void activate_into_maximum(const PanelOutput& o, const float* sums, float* pooled) {
  for (const int half : {0, kHalf}) {
    __m512 best = activated(o, sums, 0, 0, half);
    for (int p = 1; p < o.after * o.after; ++p)
      best = _mm512_max_ps(best, activated(o, sums, p / o.after, p % o.after, half));
    _mm512_storeu_ps(pooled + half, best);
  }
}

#endif

}  // namespace

Bf16ConvNet::Bf16ConvNet(const ConvNet<float>& net, const ConvConfig& config, const AlignedVector<float>& parameters,
                         const AlignedVector<float>& statistics)
    : classes_(config.classes), head_scale_(static_cast<float>(config.head_scale)) {
  const auto values = [&](const std::string& name) { return parameters.data() + net.parameters().find(name).offset; };
  const auto statistic = [&](const std::string& name) {
    return statistics.data() + net.statistics().find(name).offset;
  };
  whiten_.resize(4 * kColors * kWhitened);
  pack_forward(values("whiten.weight"), 4, kColors, kWhitened, whiten_.data());
  whiten_bias_.assign(values("whiten.bias"), values("whiten.bias") + kWhitened);
  for (const int row : {0, 1}) {
    for (const int column : {0, 1}) whiten_taps_.push_back((row * kSide + column) * kColors);
  }
  for (int y = 0; y < kSide - 1; ++y) {
    for (int x = 0; x < kSide - 1; ++x) whiten_offsets_.push_back((y * kSide + x) * kColors);
  }
  int side = kSide - 1, channels = kWhitened;
  for (int l = 0; l < kConvLayers; ++l) {
    Layer& layer = layers_[l];
    const std::string number = std::to_string(l + 1);
    layer.side = side;
    layer.in = channels;
    layer.out = config.widths[l / 2];
    layer.pool = l % 2 == 0;
    layer.computed = layer.pool ? side / 2 * 2 : side;
    layer.after = layer.pool ? side / 2 : side;
    layer.width = side + 1;
    layer.stride = pixel_stride(channels);
    layer.tiles = (layer.computed * layer.width + kBf16Rows - 1) / kBf16Rows;
    layer.chunk = std::max(1, kTilesAtOnce / layer.tiles);
    for (int y = 0; y < 3; ++y) {
      for (int x = 0; x < 3; ++x) layer.taps.push_back((y * layer.width + x) * layer.stride);
    }
    for (int i = 0; i < layer.chunk; ++i) {
      for (int t = 0; t < layer.tiles; ++t)
        layer.starts.push_back((i * layer.width * layer.width + t * kBf16Rows) * layer.stride);
    }
    bf16_pack(values("conv" + number + ".weight"), 9, layer.in, layer.out, layer.packed);
    layer.scale.assign(bf16_panels(layer.out) * kBf16Columns, 0.f);
    layer.offset = layer.scale;
    for (int c = 0; c < layer.out; ++c) {
      layer.scale[c] = 1 / std::sqrt(statistic("norm" + number + ".var")[c] + static_cast<float>(kConvNormEpsilon));
      layer.offset[c] = values("norm" + number + ".bias")[c] - statistic("norm" + number + ".mean")[c] * layer.scale[c];
    }
    side = layer.after;
    channels = layer.out;
  }
  head_.assign(values("head.weight"), values("head.weight") + channels * classes_);
}

Bf16ConvNet::Workspace Bf16ConvNet::make_workspace(int images) const {
  Workspace w;
  size_t sums = 0;
  for (int l = 0; l < kConvLayers; ++l) {
    const Layer& layer = layers_[l];
    // The last tiles' taps reach into the rows of one more image.
    w.maps[l].assign((images + 1) * layer.map_values() + size_t{3} * kBf16Rows * layer.stride, Bf16{0});
    sums = std::max(sums, layer.starts.size() * kBf16Rows * kBf16Columns);
  }
  w.panel.resize(sums);
  w.whitened.resize(static_cast<size_t>(kSide - 1) * (kSide - 1) * kWhitened);
  w.pooled.resize(static_cast<size_t>(images) * layers_.back().scale.size());
  w.logits.resize(static_cast<size_t>(images) * classes_);
  return w;
}

void Bf16ConvNet::enter(const float* images, int n, Workspace& w) const {
#ifdef PSAFLOW_BF16
  const Layer& first = layers_[0];
  for (int i = 0; i < n; ++i) {
    convolve(images + static_cast<size_t>(i) * kImageValues, whiten_offsets_.data(),
             static_cast<int>(whiten_offsets_.size()), whiten_taps_, kColors, whiten_.data(), kWhitened,
             w.whitened.data());
    activate_whitened(w.whitened.data(), whiten_bias_.data(), first.side, first.stride,
                      w.maps[0].data() + i * first.map_values());
  }
#endif
}

void Bf16ConvNet::leave(int n, Workspace& w) const {
  const int channels = layers_.back().out, stride = static_cast<int>(layers_.back().scale.size());
  for (int i = 0; i < n; ++i) {
    const float* const pooled = w.pooled.data() + i * stride;
    float* const logits = w.logits.data() + i * classes_;
    std::fill_n(logits, classes_, 0.f);
    for (int c = 0; c < channels; ++c) {
      for (int k = 0; k < classes_; ++k) logits[k] += pooled[c] * head_[c * classes_ + k];
    }
    for (int k = 0; k < classes_; ++k) logits[k] *= head_scale_;
  }
}

void Bf16ConvNet::infer(const float* images, int n, Workspace& w, Bf16Unit unit) const {
#ifdef PSAFLOW_BF16
  enter(images, n, w);
  for (int l = 0; l < kConvLayers; ++l) {
    const Layer& layer = layers_[l];
    const size_t panel_values = bf16_panel_values(9, layer.in);
    for (int panel = 0; panel < bf16_panels(layer.out); ++panel) {
      const int channel = panel * kBf16Columns;
      const PanelOutput out{layer.after, layer.width, layer.pool, layer.scale.data() + channel,
                            layer.offset.data() + channel};
      for (int first = 0; first < n; first += layer.chunk) {
        const int count = std::min(layer.chunk, n - first);
        const Bf16Left left{w.maps[l].data() + first * layer.map_values(),
                            layer.stride,
                            bf16_blocks(layer.in),
                            layer.starts.data(),
                            layer.taps.data(),
                            9};
        bf16_multiply(left, count * layer.tiles, layer.packed.data() + panel * panel_values, 1, false, w.panel.data(),
                      kBf16Columns, unit);
        for (int i = 0; i < count; ++i) {
          const float* const sums = w.panel.data() + static_cast<size_t>(i) * layer.tiles * kBf16Rows * kBf16Columns;
          if (l + 1 < kConvLayers) {
            const Layer& next = layers_[l + 1];
            activate_into_map(out, sums, next.stride, w.maps[l + 1].data() + (first + i) * next.map_values() + channel);
          } else {
            activate_into_maximum(out, sums, w.pooled.data() + (first + i) * layer.scale.size() + channel);
          }
        }
      }
    }
  }
  leave(n, w);
#endif
  PSAFLOW_CHECK(unit != Bf16Unit::kNone, "bf16 inference where the CPU has it");
}

}  // namespace psaflow
