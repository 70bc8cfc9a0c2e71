// Matrix products of bfloat16 operands, summed in float: on the tiles of AMX-BF16, or the vectors of AVX512-BF16. Both
// read the same layout. A convolution is such a product too: the left rows of a tap are those of its map, shifted.
#pragma once
#include <cstddef>

#include "sw/base/aligned.h"
#include "sw/base/bf16.h"

namespace psaflow {

constexpr int kBf16Rows = 16;     // left rows of a tile
constexpr int kBf16Depth = 32;    // products a block sums
constexpr int kBf16Columns = 32;  // right columns of a panel

constexpr int bf16_blocks(int depth) {
  return (depth + kBf16Depth - 1) / kBf16Depth;
}
constexpr int bf16_panels(int columns) {
  return (columns + kBf16Columns - 1) / kBf16Columns;
}
// Values of one panel.
constexpr size_t bf16_panel_values(int taps, int depth) {
  return static_cast<size_t>(taps) * bf16_blocks(depth) * kBf16Depth * kBf16Columns;
}

// right [taps, depth, columns] in panels of columns: [panel][tap][block][half of the panel][pair of rows][column][2].
// What is beyond depth and columns is 0.
void bf16_pack(const float* right, int taps, int depth, int columns, AlignedVector<Bf16>& packed);

// The left operand: row r of tile t starts at data + tiles[t] + r * stride (without tiles: at data + (16 t + r) * stride),
// and at a tap's shift from there lie `blocks` blocks of it.
struct Bf16Left {
  const Bf16* data;
  ptrdiff_t stride;
  int blocks;
  const int32_t* tiles = nullptr;
  const int32_t* taps = nullptr;
  int tap_count = 1;
};

// out[(t * 16 + r) * out_stride + column] = (that, if add) + sum over taps and depth of left * right, for t in
// 0..tiles-1 and all 32 columns of every panel. A row's result depends on nothing but that row. Needs a bf16_unit().
void bf16_multiply(const Bf16Left& left, int tiles, const Bf16* right, int panels, bool add, float* out,
                   ptrdiff_t out_stride, Bf16Unit unit = bf16_unit());

}  // namespace psaflow
