// bfloat16, the upper half of a float, and what this CPU multiplies it with. Asked at run time, so that a portable
// binary uses it too.
#pragma once
#include <cstdint>
#include <cstring>

namespace psaflow {

using Bf16 = uint16_t;  // the bits

inline float to_float(Bf16 value) {
  const uint32_t bits = static_cast<uint32_t>(value) << 16;
  float result;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

// To the nearest, ties to even. NaN stays NaN.
inline Bf16 to_bf16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<Bf16>(bits >> 16 | 0x40u);
  return static_cast<Bf16>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

// What matrix products are made of; their sums are float either way.
enum class Precision { kFloat32, kBfloat16 };
inline const char* to_string(Precision p) {
  return p == Precision::kBfloat16 ? "bfloat16" : "float32";
}

enum class Bf16Unit { kNone, kAvx512, kAmx };  // none; vectors of AVX512-BF16; the tiles of AMX-BF16 as well

// The best one that this CPU and its operating system have. The first call asks the latter for the tiles, for all
// threads that start later: call it before starting any.
Bf16Unit bf16_unit();
// The faster precision for what is answered alike in either. Not on vectors of Intel's, which sum the two products of a
// bfloat16 pair in no less time than two of float (10.5 us for 64 x 96 x 96, against 7.2 us, and 0.9 us on tiles).
Precision fastest_precision();

}  // namespace psaflow
