// Affine, table, transpose, add and pool: bandwidth-bound layers, vectorised by hand-sized blocks with scalar code for
// the rest.
#include <algorithm>
#include <cstring>

#if defined(__AVX512BW__)
#include <immintrin.h>
#endif

#include "sw/base/error.h"
#include "sw/golden/arithmetic.h"
#include "sw/golden/kernels.h"

namespace psaflow {
namespace {

// A product of two INT8 values, its shift and its bias all fit in 16 bits, but only AVX-512 shifts 16-bit lanes by lane
// amounts.
#if defined(__AVX512BW__)
constexpr size_t kLanes = 32;
using Lane = int16_t;
#elif defined(__AVX2__)
constexpr size_t kLanes = 8;
using Lane = int32_t;
#else
constexpr size_t kLanes = 4;
using Lane = int32_t;
#endif
using Vec = Lane __attribute__((vector_size(kLanes * sizeof(Lane))));
using Bytes = int8_t __attribute__((vector_size(kLanes)));

Vec widen(const int16_t* values) {
  Vec out;
  for (size_t i = 0; i < kLanes; ++i) out[i] = values[i];
  return out;
}

// sat8 of every lane.
Bytes narrow(Vec v) {
#if defined(__AVX512BW__)
  return (Bytes)_mm512_maskz_cvtsepi16_epi8(~__mmask32{0}, (__m512i)v);
#else
  const Vec low = Vec{} + Lane{-128}, high = Vec{} + Lane{127};
  v = v < low ? low : v;
  v = v > high ? high : v;
  return __builtin_convertvector(v, Bytes);
#endif
}

}  // namespace

// requant(x * w, s, b) = sat8(((x * w + half) >> s) + b) with half = 2^(s-1), or 0 for s = 0. In 16 bits that holds
// where |x * w| + half < 2^15, and everything else has an equal that does: (-128, s) is (-64, s - 1), and from s = 16
// on all is 0.
AffineKernel::AffineKernel(const AffineParams& p) : channels_(p.channels()) {
  PSAFLOW_CHECK(p.bias.size() == p.weight.size() && p.shift.size() == p.weight.size(), "affine of inconsistent size");
  for (size_t c = 0; c < p.weight.size(); ++c) {
    int weight = p.weight[c], shift = p.shift[c];
    PSAFLOW_CHECK(shift <= kMaxShift, "shift above 31");
    if (shift > 15) weight = shift = 0;
    if (weight == -128 && shift >= 1) {
      weight /= 2;
      --shift;
    }
    weight_.push_back(static_cast<int16_t>(weight));
    half_.push_back(static_cast<int16_t>(shift == 0 ? 0 : 1 << (shift - 1)));
    shift_.push_back(static_cast<int16_t>(shift));
    bias_.push_back(p.bias[c]);
  }
}

void AffineKernel::run(const int8_t* x, int vectors, int8_t* y) const {
  const auto channels = static_cast<size_t>(channels_);
  size_t c = 0;
  for (; c + kLanes <= channels; c += kLanes) {
    const Vec weight = widen(&weight_[c]), half = widen(&half_[c]), shift = widen(&shift_[c]), bias = widen(&bias_[c]);
    const int8_t* from = x + c;
    int8_t* to = y + c;
    for (int v = 0; v < vectors; ++v, from += channels, to += channels) {
      Bytes bytes;
      std::memcpy(&bytes, from, kLanes);
      bytes = narrow(((__builtin_convertvector(bytes, Vec) * weight + half) >> shift) + bias);
      std::memcpy(to, &bytes, kLanes);
    }
  }
  if (c == channels) return;
  for (int v = 0; v < vectors; ++v, x += channels, y += channels) {
    for (size_t d = c; d < channels; ++d) y[d] = sat8(((x[d] * weight_[d] + half_[d]) >> shift_[d]) + bias_[d]);
  }
}

void expand_table(const TableParams& p, int channel, int8_t* values) {
  const int lerp_log2 = p.lerp_log2();
  for (int u = 0; u < 256; ++u) values[u] = table_lookup(p.channel(channel), lerp_log2, static_cast<int8_t>(u - 128));
}

TableKernel::TableKernel(const TableParams& p) : channels_(p.channels), direct_(static_cast<size_t>(p.channels) * 256) {
  PSAFLOW_CHECK(p.values.size() == static_cast<size_t>(p.channels) * p.points, "table of inconsistent size");
  for (int c = 0; c < channels_; ++c) expand_table(p, c, direct_.data() + static_cast<size_t>(c) * 256);
}

void TableKernel::run(const int8_t* x, int vectors, int8_t* y) const {
  for (int v = 0; v < vectors; ++v) {
    const int8_t* table = direct_.data() + 128;
#pragma GCC unroll 8
    for (int c = 0; c < channels_; ++c, table += 256) y[c] = table[x[c]];
    x += channels_;
    y += channels_;
  }
}

namespace {

constexpr int kTile = 16;
using Row = int8_t __attribute__((vector_size(kTile)));

// A 16 x 16 transpose: four rounds, each interleaving row i with row i + 8.
void transpose_tile(const int8_t* x, size_t x_stride, int8_t* y, size_t y_stride) {
  Row a[kTile], b[kTile];
  for (int i = 0; i < kTile; ++i) std::memcpy(&a[i], x + static_cast<size_t>(i) * x_stride, kTile);
#pragma GCC unroll 4
  for (int round = 0; round < 4; ++round) {
#pragma GCC unroll 8
    for (int i = 0; i < kTile / 2; ++i) {
      b[2 * i] = __builtin_shufflevector(a[i], a[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      b[2 * i + 1] =
          __builtin_shufflevector(a[i], a[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
    std::memcpy(a, b, sizeof a);
  }
  for (int i = 0; i < kTile; ++i) std::memcpy(y + static_cast<size_t>(i) * y_stride, &a[i], kTile);
}

}  // namespace

void transpose_into(const int8_t* x, int rows, int cols, int8_t* y) {
  const auto x_stride = static_cast<size_t>(cols), y_stride = static_cast<size_t>(rows);
  const int full_rows = rows / kTile * kTile, full_cols = cols / kTile * kTile;
  for (int r = 0; r < full_rows; r += kTile) {
    for (int c = 0; c < full_cols; c += kTile)
      transpose_tile(x + r * x_stride + c, x_stride, y + c * y_stride + r, y_stride);
  }
  for (int r = 0; r < rows; ++r) {
    for (int c = r < full_rows ? full_cols : 0; c < cols; ++c) y[c * y_stride + r] = x[r * x_stride + c];
  }
}

void residual_add_into(const int8_t* a, const int8_t* r, size_t count, int8_t* y) {
  for (size_t i = 0; i < count; ++i) {
    const auto sum = static_cast<int16_t>(a[i] + r[i]);
    y[i] = static_cast<int8_t>(std::clamp<int16_t>(sum, -128, 127));
  }
}

void average_pool_into(const int8_t* x, int tokens, int channels, int8_t* y, Workspace& workspace) {
  auto* const sums = static_cast<int32_t*>(workspace.scratch(static_cast<size_t>(channels) * sizeof(int32_t)));
  std::fill(sums, sums + channels, 0);
  for (int t = 0; t < tokens; ++t) {
    const int8_t* row = x + static_cast<size_t>(t) * channels;
    for (int c = 0; c < channels; ++c) sums[c] += row[c];
  }
  int shift = 0;
  while ((1 << shift) < tokens) ++shift;
  for (int c = 0; c < channels; ++c) y[c] = sat8(round_shift(sums[c], shift));
}

}  // namespace psaflow
