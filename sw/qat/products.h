// Matrix products of one image's size, row-major.
#pragma once
#include <Eigen/Dense>
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

namespace detail {
template <typename Real>
using RowMajor = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <typename Real, typename Body>
void with_operands(int m, int n, int k, LeftOperand<Real> a, const Real* b, Real* c, const Body& body) {
  const Eigen::Map<const RowMajor<Real>> right(b, k, n);
  Eigen::Map<RowMajor<Real>> result(c, m, n);
  if (a.column_stride == 1) {
    body(Eigen::Map<const RowMajor<Real>>(a.data, m, k), right, result);
  } else {
    body(Eigen::Map<const RowMajor<Real>>(a.data, k, m).transpose(), right, result);
  }
}
}  // namespace detail

// C [m, n] = A [m, k] * B [k, n], or C += A * B; B and C row-major with rows of n.
template <typename Real>
void multiply(int m, int n, int k, LeftOperand<Real> a, const Real* b, Real* c) {
  detail::with_operands(m, n, k, a, b, c,
                        [](const auto& left, const auto& right, auto& result) { result.noalias() = left * right; });
}
template <typename Real>
void multiply_add(int m, int n, int k, LeftOperand<Real> a, const Real* b, Real* c) {
  detail::with_operands(m, n, k, a, b, c,
                        [](const auto& left, const auto& right, auto& result) { result.noalias() += left * right; });
}

// to [columns, rows] = from [rows, columns]^T.
template <typename Real>
void transpose(int rows, int columns, const Real* from, Real* to) {
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c)
      to[static_cast<ptrdiff_t>(c) * rows + r] = from[static_cast<ptrdiff_t>(r) * columns + c];
  }
}

}  // namespace psaflow
