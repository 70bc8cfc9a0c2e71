// The dot-product step of the linear kernel, in the widest form the compiler may use: a Word of kStep neighbouring
// input values meets kStep weights of each of kLanes outputs. All forms are exact; they differ in speed and in how
// inputs are stored.
#pragma once
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace psaflow::detail {

#if defined(__AVX512VNNI__)

// vpdpbusd: four products a lane, unsigned inputs times signed weights, so inputs are stored as x + 128 and the
// accumulator starts from -128 * sum(weights). Nothing saturates on the way, and wrapping modulo 2^32 leaves the final
// sum right.
struct Dot {
  static constexpr int kStep = 4, kLanes = 16;
  using Input = uint8_t;
  using Weight = int8_t;
  using Acc = int32_t __attribute__((vector_size(64)));
  static constexpr int kInputOffset = 128;
  static Acc step(Acc acc, int32_t word, const Weight* weights) {
    return (Acc)_mm512_dpbusd_epi32((__m512i)acc, _mm512_set1_epi32(word), _mm512_loadu_si512(weights));
  }
};

#else

// vpmaddwd: two 16-bit products a lane; two products of INT8 values always fit.
struct Dot {
  static constexpr int kStep = 2;
  using Input = int16_t;
  using Weight = int16_t;
  static constexpr int kInputOffset = 0;
#if defined(__AVX512BW__)
  static constexpr int kLanes = 16;
  using Acc = int32_t __attribute__((vector_size(64)));
  static Acc step(Acc acc, int32_t word, const Weight* weights) {
    return acc + (Acc)_mm512_madd_epi16(_mm512_set1_epi32(word), _mm512_loadu_si512(weights));
  }
#elif defined(__AVX2__)
  static constexpr int kLanes = 8;
  using Acc = int32_t __attribute__((vector_size(32)));
  static Acc step(Acc acc, int32_t word, const Weight* weights) {
    return acc + (Acc)_mm256_madd_epi16(_mm256_set1_epi32(word),
                                        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights)));
  }
#elif defined(__SSE2__)
  static constexpr int kLanes = 4;
  using Acc = int32_t __attribute__((vector_size(16)));
  static Acc step(Acc acc, int32_t word, const Weight* weights) {
    return acc + (Acc)_mm_madd_epi16(_mm_set1_epi32(word), _mm_loadu_si128(reinterpret_cast<const __m128i*>(weights)));
  }
#else
  static constexpr int kLanes = 4;
  using Acc = int32_t __attribute__((vector_size(16)));
  static Acc step(Acc acc, int32_t word, const Weight* weights) {
    int16_t x[2];
    std::memcpy(x, &word, sizeof word);
    for (int lane = 0; lane < kLanes; ++lane) acc[lane] += x[0] * weights[2 * lane] + x[1] * weights[2 * lane + 1];
    return acc;
  }
#endif
};

#endif

// kLanes values clamped to low..127, low 0 or -128.
using DotBytes = int8_t __attribute__((vector_size(Dot::kLanes)));
inline DotBytes narrow(Dot::Acc v, int32_t low) {
  const Dot::Acc lows = Dot::Acc{} + low;
  v = v < lows ? lows : v;
#if defined(__AVX512F__)
  return (DotBytes)_mm512_maskz_cvtsepi32_epi8(__mmask16{0xffff}, (__m512i)v);
#else
  const Dot::Acc highs = Dot::Acc{} + 127;
  v = v > highs ? highs : v;
  return __builtin_convertvector(v, DotBytes);
#endif
}

}  // namespace psaflow::detail
