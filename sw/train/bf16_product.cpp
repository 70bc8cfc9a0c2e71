#include "sw/train/bf16_product.h"

#include <algorithm>

#include "sw/base/error.h"
#include "sw/train/bf16_target.h"

namespace psaflow {
namespace {

constexpr int kHalf = kBf16Columns / 2;                  // columns of a tile, and lanes of a vector
constexpr int kTileValues = kBf16Depth * kHalf;          // of a right tile
constexpr int kBlockValues = kBf16Depth * kBf16Columns;  // of a panel's block

#ifdef PSAFLOW_BF16

// Rows and bytes a row of each tile register: all 16 x 64.
struct alignas(64) TileConfig {
  uint8_t palette = 1, start = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
const TileConfig kTileConfig;

// The intrinsics of tiles do not tell the compiler what memory they read.
inline void memory_is_read() {
  __asm__ volatile("" ::: "memory");
}

// Two left tiles by two right ones: four sums in registers, each operand used twice.
PSAFLOW_AMX void multiply_tiles(const Bf16Left& left, const int32_t* tiles, int count, const Bf16* panel, float* out,
                                ptrdiff_t out_stride) {
  memory_is_read();
  _tile_loadconfig(&kTileConfig);
  const auto stride = static_cast<long>(left.stride * sizeof(Bf16));
  const auto to_stride = static_cast<long>(out_stride * sizeof(float));
  int t = 0;
  for (; t + 2 <= count; t += 2) {
    const Bf16* right = panel;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (const int32_t tap : left.taps) {
      const Bf16* a = left.data + tiles[t] + tap;
      const Bf16* b = left.data + tiles[t + 1] + tap;
      for (int k = 0; k < left.blocks; ++k, a += kBf16Depth, b += kBf16Depth, right += kBlockValues) {
        _tile_loadd(4, a, stride);
        _tile_loadd(6, right, 64);
        _tile_loadd(7, right + kTileValues, 64);
        _tile_loadd(5, b, stride);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
      }
    }
    float* const to = out + t * kBf16Rows * out_stride;
    _tile_stored(0, to, to_stride);
    _tile_stored(1, to + kHalf, to_stride);
    _tile_stored(2, to + kBf16Rows * out_stride, to_stride);
    _tile_stored(3, to + kBf16Rows * out_stride + kHalf, to_stride);
  }
  if (t < count) {
    const Bf16* right = panel;
    _tile_zero(0);
    _tile_zero(1);
    for (const int32_t tap : left.taps) {
      const Bf16* a = left.data + tiles[t] + tap;
      for (int k = 0; k < left.blocks; ++k, a += kBf16Depth, right += kBlockValues) {
        _tile_loadd(4, a, stride);
        _tile_loadd(6, right, 64);
        _tile_loadd(7, right + kTileValues, 64);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
      }
    }
    float* const to = out + t * kBf16Rows * out_stride;
    _tile_stored(0, to, to_stride);
    _tile_stored(1, to + kHalf, to_stride);
  }
  _tile_release();
}

// Eight rows by a panel: 16 sums in registers. A pair of left values is broadcast against the pairs of 16 columns.
PSAFLOW_AVX512 void multiply_vectors(const Bf16Left& left, const int32_t* tiles, int count, const Bf16* panel,
                                     float* out, ptrdiff_t out_stride) {
  constexpr int kRows = 8;
  for (int part = 0; part < count * kBf16Rows / kRows; ++part) {
    const Bf16* const first = left.data + tiles[part / 2] + part % 2 * kRows * left.stride;
    const Bf16* right = panel;
    __m512 sum[kRows][2];
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) sum[r][0] = sum[r][1] = _mm512_setzero_ps();
    for (const int32_t tap : left.taps) {
      for (int k = 0; k < left.blocks; ++k, right += kBlockValues) {
        const Bf16* const row = first + tap + k * kBf16Depth;
        for (int pair = 0; pair < kBf16Depth / 2; ++pair) {
          const auto b0 = (__m512bh)_mm512_loadu_si512(right + pair * 2 * kHalf);
          const auto b1 = (__m512bh)_mm512_loadu_si512(right + kTileValues + pair * 2 * kHalf);
#pragma GCC unroll 8
          for (int r = 0; r < kRows; ++r) {
            int32_t values;
            __builtin_memcpy(&values, row + r * left.stride + pair * 2, sizeof values);
            const auto a = (__m512bh)_mm512_set1_epi32(values);
            sum[r][0] = _mm512_dpbf16_ps(sum[r][0], a, b0);
            sum[r][1] = _mm512_dpbf16_ps(sum[r][1], a, b1);
          }
        }
      }
    }
    float* const to = out + part * kRows * out_stride;
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      _mm512_storeu_ps(to + r * out_stride, sum[r][0]);
      _mm512_storeu_ps(to + r * out_stride + kHalf, sum[r][1]);
    }
  }
}

#endif

}  // namespace

void bf16_pack(const float* right, int taps, int depth, int columns, AlignedVector<Bf16>& packed) {
  const int panels = bf16_panels(columns), blocks = bf16_blocks(depth);
  packed.assign(panels * bf16_panel_values(taps, depth), Bf16{0});
  for (int tap = 0; tap < taps; ++tap) {
    for (int d = 0; d < depth; ++d) {
      const float* const row = right + (static_cast<size_t>(tap) * depth + d) * columns;
      for (int c = 0; c < columns; ++c) {
        const size_t block = (static_cast<size_t>(c / kBf16Columns) * taps + tap) * blocks + d / kBf16Depth;
        const int half = c % kBf16Columns / kHalf, pair = d % kBf16Depth / 2;
        packed[block * kBlockValues + half * kTileValues + pair * 2 * kHalf + c % kHalf * 2 + d % 2] = to_bf16(row[c]);
      }
    }
  }
}

void bf16_multiply(const Bf16Left& left, const int32_t* tiles, int count, const Bf16* panel, float* out,
                   ptrdiff_t out_stride, Bf16Unit unit) {
#ifdef PSAFLOW_BF16
  if (unit == Bf16Unit::kAmx) return multiply_tiles(left, tiles, count, panel, out, out_stride);
  if (unit == Bf16Unit::kAvx512) return multiply_vectors(left, tiles, count, panel, out, out_stride);
#endif
  PSAFLOW_CHECK(unit != Bf16Unit::kNone, "bf16 products where the CPU has them");
}

}  // namespace psaflow
