// Float matrices as operands of bf16_multiply: rounded, in the layouts that its tiles read, zero beyond their edges.
#pragma once
#include "sw/train/bf16_product.h"

namespace psaflow {

constexpr int bf16_tiles(int rows) {
  return (rows + kBf16Rows - 1) / kBf16Rows;
}

// Left operands: x [rows, columns], or its transpose. to is resized as needed; rows of whole blocks, whole tiles of rows.
Bf16Left bf16_left(const float* x, int rows, int columns, AlignedVector<Bf16>& to);
Bf16Left bf16_left_transposed(const float* x, int rows, int columns, AlignedVector<Bf16>& to);

// Right operands: x [depth, columns] in panels, or the transpose of x [columns, depth].
void bf16_right(const float* x, int depth, int columns, AlignedVector<Bf16>& to);
void bf16_right_transposed(const float* x, int columns, int depth, AlignedVector<Bf16>& to);

}  // namespace psaflow
