// Vectors of 32 bytes (GCC and Clang vector extensions) and the activation on them: the same arithmetic on every path,
// so that a value does not depend on where it lies in an array.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>

namespace psaflow {

template <typename Real>
struct Simd;

template <>
struct Simd<float> {
  typedef float Vector __attribute__((vector_size(32)));
  typedef int32_t Bits __attribute__((vector_size(32)));
  static constexpr int kLanes = 8;
};

template <>
struct Simd<double> {
  typedef double Vector __attribute__((vector_size(32)));
  typedef int64_t Bits __attribute__((vector_size(32)));
  static constexpr int kLanes = 4;
};

template <typename Real>
inline typename Simd<Real>::Vector load_vector(const Real* p) {
  typename Simd<Real>::Vector v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

template <typename Vector, typename Real>
inline void store_vector(Real* p, const Vector& v) {
  std::memcpy(p, &v, sizeof v);
}

// e^x for x in -87..87 to 2 units in the last place: x = n ln 2 + r, a polynomial in r (Cephes), n into the exponent.
inline Simd<float>::Vector exp_vector(Simd<float>::Vector x) {
  using Vector = Simd<float>::Vector;
  using Bits = Simd<float>::Bits;
  x = x > 87.f ? Vector{} + 87.f : x;
  x = x < -87.f ? Vector{} - 87.f : x;
  const Vector shifted = x * 1.44269504f + 12582912.f;  // 1.5 x 2^23: the rounded n sits in the low bits
  const Vector n = shifted - 12582912.f;
  const Vector r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  Vector p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + (r + 1.f);
  const Bits exponent = (reinterpret_cast<Bits>(shifted) << 23) + 0x3f800000;
  return p * reinterpret_cast<Vector>(exponent);
}

inline Simd<double>::Vector exp_vector(Simd<double>::Vector x) {
  for (int i = 0; i < Simd<double>::kLanes; ++i) x[i] = std::exp(x[i]);
  return x;
}

// GELU in its tanh form (Hendrycks and Gimpel 2016): x sigmoid(2 sqrt(2/pi) (x + 0.044715 x^3)).
template <typename Real>
struct Gelu {
  using Vector = typename Simd<Real>::Vector;
  static constexpr Real kSlope = Real(1.5957691216057308), kCubic = Real(0.044715);

  static Vector gate(Vector x) { return Real(1) / (Real(1) + exp_vector(-kSlope * (x + kCubic * (x * x * x)))); }
  static Vector value(Vector x) { return x * gate(x); }
  static Vector slope(Vector x) {
    const Vector s = gate(x);
    return s + x * s * (Real(1) - s) * (kSlope * (Real(1) + Real(3) * kCubic * (x * x)));
  }
};

}  // namespace psaflow
