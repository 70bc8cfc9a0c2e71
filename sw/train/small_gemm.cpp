#include "sw/train/small_gemm.h"

namespace psaflow {
namespace {

// A register as wide as the machine has; memory operands need not be aligned.
#if defined(__AVX512F__)
constexpr int kVectorBytes = 64, kTileRows = 12;
#else
constexpr int kVectorBytes = 32, kTileRows = 6;
#endif
template <typename Real>
struct VectorOf {
  typedef Real Type __attribute__((vector_size(kVectorBytes)));
  typedef Real Unaligned __attribute__((vector_size(kVectorBytes), aligned(alignof(Real)), may_alias));
  static constexpr int kLanes = kVectorBytes / sizeof(Real);
};
template <typename Real>
using Vector = typename VectorOf<Real>::Type;

template <typename Real>
inline Vector<Real> load(const Real* p) {
  return *reinterpret_cast<const typename VectorOf<Real>::Unaligned*>(p);
}
template <typename Real>
inline void store(Real* p, Vector<Real> v) {
  *reinterpret_cast<typename VectorOf<Real>::Unaligned*>(p) = v;
}

// kRows x (kVectors registers) of C, kept in registers over the whole of k.
template <typename Real, int kRows, int kVectors, bool kAdd>
inline void tile(int k, LeftOperand<Real> a, const Real* b, ptrdiff_t b_stride, Real* c, ptrdiff_t c_stride) {
  constexpr int kLanes = VectorOf<Real>::kLanes;
  Vector<Real> sum[kRows][kVectors];
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) {
      sum[r][v] = kAdd ? load(c + r * c_stride + v * kLanes) : Vector<Real>{};
    }
  }
  for (int i = 0; i < k; ++i) {
    Vector<Real> right[kVectors];
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) right[v] = load(b + v * kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
      const Vector<Real> left = a.data[r * a.row_stride] - Vector<Real>{};  // broadcast
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) sum[r][v] += left * right[v];
    }
    a.data += a.column_stride;
    b += b_stride;
  }
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) store(c + r * c_stride + v * kLanes, sum[r][v]);
  }
}

// All rows of one panel of columns: full tiles, then what is left.
template <typename Real, int kRows, int kVectors, bool kAdd>
inline void panel(int m, int k, LeftOperand<Real> a, const Real* b, ptrdiff_t n, Real* c) {
  int i = 0;
  for (; i + kRows <= m; i += kRows, a.data += kRows * a.row_stride, c += kRows * n) {
    tile<Real, kRows, kVectors, kAdd>(k, a, b, n, c, n);
  }
  if constexpr (kRows > 1) {
    if (i < m) panel<Real, (kRows > 4 ? 4 : kRows / 2), kVectors, kAdd>(m - i, k, a, b, n, c);
  }
}

template <typename Real, bool kAdd>
void product(int m, int n, int k, LeftOperand<Real> a, const Real* b, Real* c) {
  constexpr int kLanes = VectorOf<Real>::kLanes;
  int j = 0;
  for (; j + 2 * kLanes <= n; j += 2 * kLanes) panel<Real, kTileRows, 2, kAdd>(m, k, a, b + j, n, c + j);
  for (; j + kLanes <= n; j += kLanes) panel<Real, kTileRows, 1, kAdd>(m, k, a, b + j, n, c + j);
  for (; j < n; ++j) {
    for (int i = 0; i < m; ++i) {
      Real sum = kAdd ? c[static_cast<ptrdiff_t>(i) * n + j] : Real(0);
      for (int p = 0; p < k; ++p) {
        sum += a.data[i * a.row_stride + p * a.column_stride] * b[static_cast<ptrdiff_t>(p) * n + j];
      }
      c[static_cast<ptrdiff_t>(i) * n + j] = sum;
    }
  }
}

}  // namespace

template <typename Real>
void multiply(int m, int n, int k, LeftOperand<Real> a, const Real* b, Real* c) {
  product<Real, false>(m, n, k, a, b, c);
}

template <typename Real>
void multiply_add(int m, int n, int k, LeftOperand<Real> a, const Real* b, Real* c) {
  product<Real, true>(m, n, k, a, b, c);
}

template <typename Real>
void transpose(int rows, int columns, const Real* from, Real* to) {
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c)
      to[static_cast<ptrdiff_t>(c) * rows + r] = from[static_cast<ptrdiff_t>(r) * columns + c];
  }
}

#define PSAFLOW_INSTANTIATE(Real)                                                   \
  template void multiply(int, int, int, LeftOperand<Real>, const Real*, Real*);     \
  template void multiply_add(int, int, int, LeftOperand<Real>, const Real*, Real*); \
  template void transpose(int, int, const Real*, Real*);
PSAFLOW_INSTANTIATE(float)
PSAFLOW_INSTANTIATE(double)
#undef PSAFLOW_INSTANTIATE

}  // namespace psaflow
