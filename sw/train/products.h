// The matrix products of the network's layers, of one image at a time: in the network's own arithmetic, or with
// operands rounded to bfloat16 and sums in float. Weights are prepared once a shard, and used for each of its images.
#pragma once
#include "sw/base/aligned.h"
#include "sw/base/bf16.h"
#include "sw/train/bf16_operand.h"
#include "sw/train/small_gemm.h"

namespace psaflow {

template <typename Real>
class Products {
 public:
  // kBfloat16: of float alone, and where the CPU has a bf16_unit().
  explicit Products(Precision precision = Precision::kFloat32);

  // The weights of times_right: B [k, n] itself, or of its transpose [n, k]. Valid as long as they are.
  void set_right(const Real* b, int k, int n);
  void set_right_transposed(const Real* b, int n, int k);
  // Those of left_times: A [m, k], or of its transpose [k, m].
  void set_left(const Real* a, int m, int k);
  void set_left_transposed(const Real* a, int k, int m);

  // C [m, n] = A [m, k] B, or C += A B. All matrices are row-major.
  void times_right(int m, const Real* a, bool add, Real* c);
  // C [m, n] = A B [k, n], or C += A B.
  void left_times(int n, const Real* b, bool add, Real* c);
  // C [m, n] += A^T B of A [k, m], B [k, n].
  void add_transposed_times(int m, int n, int k, const Real* a, const Real* b, Real* c);
  // C [m, n] += A B^T of A [m, k], B [n, k].
  void add_times_transposed(int m, int n, int k, const Real* a, const Real* b, Real* c);

 private:
  struct Weights {
    const Real* data = nullptr;
    ptrdiff_t row_stride = 0, column_stride = 0;  // of a left one
    int outer = 0, depth = 0;                     // columns of a right one, rows of a left one; k
    AlignedVector<Real> copy;
    AlignedVector<Bf16> rounded;
    Bf16Left left{};
  };

  bool bf16() const { return precision_ == Precision::kBfloat16; }
  void multiply_bf16(const Bf16Left& left, int m, const Bf16* right, int n, bool add, float* c);

  Precision precision_;
  Weights right_, left_;
  AlignedVector<Real> transposed_;
  AlignedVector<Bf16> left_operand_, right_operand_;
  AlignedVector<float> padded_;  // a result whose edges are not those of tiles
};

}  // namespace psaflow
