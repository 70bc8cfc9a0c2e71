// Matrix products of one image's size (64 x 96 x 96 and the like), straight from row-major operands. A general library
// copies its operands into packed panels first, which costs a quarter of the time for matrices this small, all of them
// in the second-level cache (61 against 86 GFLOP/s on one Zen 3 core).
#pragma once
#include <cstddef>

namespace psaflow {

// A as the product sees it: element (i, k) is data[i * row_stride + k * column_stride]; so A or its transpose.
template <typename Real>
struct LeftOperand {
  const Real* data;
  ptrdiff_t row_stride, column_stride;
};
template <typename Real>
LeftOperand<Real> plain(const Real* a, ptrdiff_t columns) {
  return {a, columns, 1};
}
template <typename Real>
LeftOperand<Real> transposed(const Real* a, ptrdiff_t columns) {
  return {a, 1, columns};
}

// C [m, n] = A [m, k] * B [k, n], or C += A * B; B and C row-major with rows of n.
template <typename Real>
void multiply(int m, int n, int k, LeftOperand<Real> a, const Real* b, Real* c);
template <typename Real>
void multiply_add(int m, int n, int k, LeftOperand<Real> a, const Real* b, Real* c);

// to [columns, rows] = from [rows, columns]^T.
template <typename Real>
void transpose(int rows, int columns, const Real* from, Real* to);

}  // namespace psaflow
