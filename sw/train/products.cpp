#include "sw/train/products.h"

#include <type_traits>

#include "sw/base/error.h"

namespace psaflow {

template <typename Real>
Products<Real>::Products(Precision precision) : precision_(precision) {
  PSAFLOW_CHECK(!bf16() || (std::is_same_v<Real, float> && bf16_unit() != Bf16Unit::kNone),
                "bfloat16 of float networks, where the CPU has it");
}

template <typename Real>
void Products<Real>::set_right(const Real* b, int k, int n) {
  right_.data = b;
  right_.outer = n;
  right_.depth = k;
  if constexpr (std::is_same_v<Real, float>) {
    if (bf16()) bf16_right(b, k, n, right_.rounded);
  }
}

template <typename Real>
void Products<Real>::set_right_transposed(const Real* b, int n, int k) {
  right_.outer = n;
  right_.depth = k;
  if constexpr (std::is_same_v<Real, float>) {
    if (bf16()) return bf16_right_transposed(b, n, k, right_.rounded);
  }
  right_.copy.resize(static_cast<size_t>(k) * n);
  transpose(n, k, b, right_.copy.data());
  right_.data = right_.copy.data();
}

template <typename Real>
void Products<Real>::set_left(const Real* a, int m, int k) {
  left_.data = a;
  left_.row_stride = k;
  left_.column_stride = 1;
  left_.outer = m;
  left_.depth = k;
  if constexpr (std::is_same_v<Real, float>) {
    if (bf16()) left_.left = bf16_left(a, m, k, left_.rounded);
  }
}

template <typename Real>
void Products<Real>::set_left_transposed(const Real* a, int k, int m) {
  left_.data = a;
  left_.row_stride = 1;
  left_.column_stride = m;
  left_.outer = m;
  left_.depth = k;
  if constexpr (std::is_same_v<Real, float>) {
    if (bf16()) left_.left = bf16_left_transposed(a, k, m, left_.rounded);
  }
}

template <typename Real>
void Products<Real>::multiply_bf16(const Bf16Left& left, int m, const Bf16* right, int n, bool add, float* c) {
  const int tiles = bf16_tiles(m), panels = bf16_panels(n), width = panels * kBf16Columns;
  if (tiles * kBf16Rows == m && width == n) return bf16_multiply(left, tiles, right, panels, add, c, n);
  padded_.resize(static_cast<size_t>(tiles) * kBf16Rows * width);
  bf16_multiply(left, tiles, right, panels, false, padded_.data(), width);
  for (int r = 0; r < m; ++r, c += n) {
    const float* const row = padded_.data() + static_cast<size_t>(r) * width;
    for (int i = 0; i < n; ++i) c[i] = add ? c[i] + row[i] : row[i];
  }
}

template <typename Real>
void Products<Real>::times_right(int m, const Real* a, bool add, Real* c) {
  const int n = right_.outer, k = right_.depth;
  if constexpr (std::is_same_v<Real, float>) {
    if (bf16()) return multiply_bf16(bf16_left(a, m, k, left_operand_), m, right_.rounded.data(), n, add, c);
  }
  add ? multiply_add(m, n, k, plain(a, k), right_.data, c) : multiply(m, n, k, plain(a, k), right_.data, c);
}

template <typename Real>
void Products<Real>::left_times(int n, const Real* b, bool add, Real* c) {
  const int m = left_.outer, k = left_.depth;
  if constexpr (std::is_same_v<Real, float>) {
    if (bf16()) {
      bf16_right(b, k, n, right_operand_);
      return multiply_bf16(left_.left, m, right_operand_.data(), n, add, c);
    }
  }
  const LeftOperand<Real> left{left_.data, left_.row_stride, left_.column_stride};
  add ? multiply_add(m, n, k, left, b, c) : multiply(m, n, k, left, b, c);
}

template <typename Real>
void Products<Real>::add_transposed_times(int m, int n, int k, const Real* a, const Real* b, Real* c) {
  if constexpr (std::is_same_v<Real, float>) {
    if (bf16()) {
      bf16_right(b, k, n, right_operand_);
      return multiply_bf16(bf16_left_transposed(a, k, m, left_operand_), m, right_operand_.data(), n, true, c);
    }
  }
  multiply_add(m, n, k, transposed(a, m), b, c);
}

template <typename Real>
void Products<Real>::add_times_transposed(int m, int n, int k, const Real* a, const Real* b, Real* c) {
  if constexpr (std::is_same_v<Real, float>) {
    if (bf16()) {
      bf16_right_transposed(b, n, k, right_operand_);
      return multiply_bf16(bf16_left(a, m, k, left_operand_), m, right_operand_.data(), n, true, c);
    }
  }
  transposed_.resize(static_cast<size_t>(k) * n);
  transpose(n, k, b, transposed_.data());
  multiply_add(m, n, k, plain(a, k), transposed_.data(), c);
}

template class Products<float>;
template class Products<double>;

}  // namespace psaflow
