#include "sw/train/bf16_operand.h"

#include "sw/base/error.h"
#include "sw/train/bf16_target.h"

namespace psaflow {
namespace {

constexpr int kHalf = kBf16Columns / 2;

void reserve(AlignedVector<Bf16>& to, size_t values) {
  if (to.size() < values) to.resize(values);
}

#ifdef PSAFLOW_BF16

// A matrix whose edges read as 0.
struct Source {
  const float* x;
  int rows, columns;
};

PSAFLOW_AVX512 inline __m512 load(const Source& s, int row, int column) {
  const int left = s.columns - column;
  if (row >= s.rows || left <= 0) return _mm512_setzero_ps();
  const auto mask = static_cast<__mmask16>(left >= kHalf ? 0xffff : (1 << left) - 1);
  return _mm512_maskz_loadu_ps(mask, s.x + static_cast<ptrdiff_t>(row) * s.columns + column);
}

// 32 columns of a row: as 16 pairs of neighbours.
PSAFLOW_AVX512 inline __m512i row_pairs(const Source& s, int row, int column) {
  return (__m512i)_mm512_cvtne2ps_pbh(load(s, row, column + kHalf), load(s, row, column));
}

// 16 columns of two rows: pairs of what lies one above the other.
PSAFLOW_AVX512 inline __m512i column_pairs(const Source& s, int row, int column) {
  alignas(64) static const uint16_t kInterleave[32] = {0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
                                                       8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
  const auto both = (__m512i)_mm512_cvtne2ps_pbh(load(s, row + 1, column), load(s, row, column));
  return _mm512_permutexvar_epi16(_mm512_load_si512(kInterleave), both);
}

// The transpose of 16 x 16 pairs.
PSAFLOW_AVX512 inline void transpose_pairs(__m512i (&r)[16]) {
  __m512i t[16];
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
    r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
    r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
    r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
    r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {  // quarters of a vector: columns i, i + 4, i + 8, i + 12
    const __m512i a = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88), b = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd),
                  c = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88),
                  d = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
    t[i] = _mm512_shuffle_i32x4(a, c, 0x88);
    t[i + 8] = _mm512_shuffle_i32x4(a, c, 0xdd);
    t[i + 4] = _mm512_shuffle_i32x4(b, d, 0x88);
    t[i + 12] = _mm512_shuffle_i32x4(b, d, 0xdd);
  }
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) r[i] = t[i];
}

PSAFLOW_AVX512 void fill_left(const Source& s, Bf16* to) {
  const int blocks = bf16_blocks(s.columns);
  for (int row = 0; row < bf16_tiles(s.rows) * kBf16Rows; ++row) {
    for (int b = 0; b < blocks; ++b, to += kBf16Depth) _mm512_store_si512(to, row_pairs(s, row, b * kBf16Depth));
  }
}

PSAFLOW_AVX512 void fill_left_transposed(const Source& s, Bf16* to) {
  const int blocks = bf16_blocks(s.rows);
  for (int t = 0; t < bf16_tiles(s.columns); ++t) {
    for (int b = 0; b < blocks; ++b) {
      __m512i r[16];
#pragma GCC unroll 16
      for (int i = 0; i < 16; ++i) r[i] = column_pairs(s, b * kBf16Depth + 2 * i, t * kBf16Rows);
      transpose_pairs(r);
#pragma GCC unroll 16
      for (int i = 0; i < 16; ++i)
        _mm512_store_si512(to + ((t * kBf16Rows + i) * blocks + b) * static_cast<ptrdiff_t>(kBf16Depth), r[i]);
    }
  }
}

PSAFLOW_AVX512 void fill_right(const Source& s, Bf16* to) {
  for (int half = 0; half < bf16_panels(s.columns) * 2; half += 2) {
    for (int b = 0; b < bf16_blocks(s.rows); ++b) {
      for (int h = half; h < half + 2; ++h) {
        for (int pair = 0; pair < kBf16Depth / 2; ++pair, to += 2 * kHalf)
          _mm512_store_si512(to, column_pairs(s, b * kBf16Depth + 2 * pair, h * kHalf));
      }
    }
  }
}

PSAFLOW_AVX512 void fill_right_transposed(const Source& s, Bf16* to) {
  for (int half = 0; half < bf16_panels(s.rows) * 2; half += 2) {
    for (int b = 0; b < bf16_blocks(s.columns); ++b) {
      for (int h = half; h < half + 2; ++h, to += kBf16Depth * kHalf) {
        __m512i r[16];
#pragma GCC unroll 16
        for (int i = 0; i < 16; ++i) r[i] = row_pairs(s, h * kHalf + i, b * kBf16Depth);
        transpose_pairs(r);
#pragma GCC unroll 16
        for (int i = 0; i < 16; ++i) _mm512_store_si512(to + i * 2 * kHalf, r[i]);
      }
    }
  }
}

#endif

}  // namespace

Bf16Left bf16_left(const float* x, int rows, int columns, AlignedVector<Bf16>& to) {
  const int stride = bf16_blocks(columns) * kBf16Depth;
  reserve(to, static_cast<size_t>(bf16_tiles(rows)) * kBf16Rows * stride);
#ifdef PSAFLOW_BF16
  fill_left({x, rows, columns}, to.data());
#endif
  return {to.data(), stride, bf16_blocks(columns)};
}

Bf16Left bf16_left_transposed(const float* x, int rows, int columns, AlignedVector<Bf16>& to) {
  const int stride = bf16_blocks(rows) * kBf16Depth;
  reserve(to, static_cast<size_t>(bf16_tiles(columns)) * kBf16Rows * stride);
#ifdef PSAFLOW_BF16
  fill_left_transposed({x, rows, columns}, to.data());
#endif
  return {to.data(), stride, bf16_blocks(rows)};
}

void bf16_right(const float* x, int depth, int columns, AlignedVector<Bf16>& to) {
  reserve(to, bf16_panels(columns) * bf16_panel_values(1, depth));
#ifdef PSAFLOW_BF16
  fill_right({x, depth, columns}, to.data());
#endif
}

void bf16_right_transposed(const float* x, int columns, int depth, AlignedVector<Bf16>& to) {
  reserve(to, bf16_panels(columns) * bf16_panel_values(1, depth));
#ifdef PSAFLOW_BF16
  fill_right_transposed({x, columns, depth}, to.data());
#endif
}

}  // namespace psaflow
