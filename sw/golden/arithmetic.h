// The integer arithmetic of the contract, one scalar function each: golden model, SystemC models and RTL tests all call
// these.
#pragma once
#include <algorithm>
#include <cstdint>

namespace psaflow {

inline int8_t sat8(int64_t v) {
  return static_cast<int8_t>(std::clamp<int64_t>(v, -128, 127));
}

// acc / 2^shift, halves rounded up (towards +inf); shift in 0..31.
inline int32_t round_shift(int32_t acc, int shift) {
  return shift == 0 ? acc : (acc >> shift) + ((acc >> (shift - 1)) & 1);
}

// The accumulator to INT8: the bias is added at the OUTPUT scale, after the shift.
inline int8_t requantize(int32_t acc, int shift, int8_t bias) {
  return sat8(static_cast<int64_t>(round_shift(acc, shift)) + bias);
}

// The same with ReLU: the lower clamp becomes 0.
inline int8_t requantize_relu(int32_t acc, int shift, int8_t bias) {
  return std::max<int8_t>(requantize(acc, shift, bias), 0);
}

inline int8_t affine(int8_t x, int8_t weight, int shift, int8_t bias) {
  return requantize(int32_t{x} * weight, shift, bias);
}

inline int8_t residual_add(int8_t a, int8_t r) {
  return sat8(int32_t{a} + r);
}

// One channel's learned 1-D function. table holds 256 points (direct) or 2^k + 1 (lerp); lerp_log2 = k, or 8 for a
// direct table.
inline int8_t table_lookup(const int8_t* table, int lerp_log2, int8_t x) {
  const int u = int32_t{x} + 128;
  if (lerp_log2 == 8) return table[u];
  const int n = 8 - lerp_log2;
  const int i = u >> n;
  const int f = u & ((1 << n) - 1);
  return static_cast<int8_t>(table[i] + round_shift((int32_t{table[i + 1]} - table[i]) * f, n));
}

}  // namespace psaflow
