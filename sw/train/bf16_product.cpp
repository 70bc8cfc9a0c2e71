#include "sw/train/bf16_product.h"

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

inline const Bf16* tile(const Bf16Left& left, int t) {
  return left.data + (left.tiles != nullptr ? left.tiles[t] : t * kBf16Rows * left.stride);
}
inline ptrdiff_t tap_shift(const Bf16Left& left, int tap) {
  return left.taps != nullptr ? left.taps[tap] : 0;
}

// Two left tiles by two right ones: four sums in registers, each operand used twice.
template <bool kAdd>
PSAFLOW_AMX void multiply_panel(const Bf16Left& left, int tiles, const Bf16* panel, float* out, ptrdiff_t out_stride) {
  const auto stride = static_cast<long>(left.stride * sizeof(Bf16));
  const auto to_stride = static_cast<long>(out_stride * sizeof(float));
  for (int t = 0; t < tiles; t += 2) {
    const bool two = t + 1 < tiles;
    float *const upper = out + t * kBf16Rows * out_stride, *const lower = upper + kBf16Rows * out_stride;
    if (kAdd) {
      _tile_loadd(0, upper, to_stride);
      _tile_loadd(1, upper + kHalf, to_stride);
    } else {
      _tile_zero(0);
      _tile_zero(1);
    }
    if (kAdd && two) {
      _tile_loadd(2, lower, to_stride);
      _tile_loadd(3, lower + kHalf, to_stride);
    } else {
      _tile_zero(2);
      _tile_zero(3);
    }
    const Bf16* right = panel;
    for (int tap = 0; tap < left.tap_count; ++tap) {
      const Bf16* a = tile(left, t) + tap_shift(left, tap);
      const Bf16* b = (two ? tile(left, t + 1) : tile(left, t)) + tap_shift(left, tap);
      for (int k = 0; k < left.blocks; ++k, a += kBf16Depth, b += kBf16Depth, right += kBlockValues) {
        _tile_loadd(4, a, stride);
        _tile_loadd(6, right, 64);
        _tile_loadd(7, right + kTileValues, 64);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        if (!two) continue;
        _tile_loadd(5, b, stride);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
      }
    }
    _tile_stored(0, upper, to_stride);
    _tile_stored(1, upper + kHalf, to_stride);
    if (!two) continue;
    _tile_stored(2, lower, to_stride);
    _tile_stored(3, lower + kHalf, to_stride);
  }
}

PSAFLOW_AMX void multiply_tiles(const Bf16Left& left, int tiles, const Bf16* right, int panels, bool add, float* out,
                                ptrdiff_t out_stride) {
  memory_is_read();
  _tile_loadconfig(&kTileConfig);
  for (int p = 0; p < panels; ++p, out += kBf16Columns, right += left.tap_count * left.blocks * kBlockValues) {
    if (add)
      multiply_panel<true>(left, tiles, right, out, out_stride);
    else
      multiply_panel<false>(left, tiles, right, out, out_stride);
  }
  _tile_release();
}

// Eight rows by a panel: 16 sums in registers. A pair of left values is broadcast against the pairs of 16 columns.
PSAFLOW_AVX512 void multiply_vectors(const Bf16Left& left, int tiles, const Bf16* right, int panels, bool add,
                                     float* out, ptrdiff_t out_stride) {
  constexpr int kRows = 8;
  const ptrdiff_t panel_values = static_cast<ptrdiff_t>(left.tap_count) * left.blocks * kBlockValues;
  for (int part = 0; part < panels * tiles * kBf16Rows / kRows; ++part) {
    const int panel = part / (tiles * kBf16Rows / kRows), group = part % (tiles * kBf16Rows / kRows);
    const Bf16* const first = tile(left, group / 2) + group % 2 * kRows * left.stride;
    const Bf16* block = right + panel * panel_values;
    float* const to = out + group * kRows * out_stride + panel * kBf16Columns;
    __m512 sum[kRows][2];
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      sum[r][0] = add ? _mm512_loadu_ps(to + r * out_stride) : _mm512_setzero_ps();
      sum[r][1] = add ? _mm512_loadu_ps(to + r * out_stride + kHalf) : _mm512_setzero_ps();
    }
    for (int tap = 0; tap < left.tap_count; ++tap) {
      for (int k = 0; k < left.blocks; ++k, block += kBlockValues) {
        const Bf16* const row = first + tap_shift(left, tap) + k * kBf16Depth;
        for (int pair = 0; pair < kBf16Depth / 2; ++pair) {
          const auto b0 = (__m512bh)_mm512_loadu_si512(block + pair * 2 * kHalf);
          const auto b1 = (__m512bh)_mm512_loadu_si512(block + kTileValues + pair * 2 * kHalf);
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

void bf16_multiply(const Bf16Left& left, int tiles, const Bf16* right, int panels, bool add, float* out,
                   ptrdiff_t out_stride, Bf16Unit unit) {
#ifdef PSAFLOW_BF16
  if (unit == Bf16Unit::kAmx) return multiply_tiles(left, tiles, right, panels, add, out, out_stride);
  if (unit == Bf16Unit::kAvx512) return multiply_vectors(left, tiles, right, panels, add, out, out_stride);
#endif
  PSAFLOW_CHECK(unit != Bf16Unit::kNone, "bf16 products where the CPU has them");
}

}  // namespace psaflow
