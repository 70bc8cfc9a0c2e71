#include "sw/base/bf16.h"

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace psaflow {
namespace {

#if defined(__x86_64__) && defined(__linux__)

// The register states that the operating system saves (XCR0).
uint32_t saved_states() {
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

Bf16Unit detect() {
  constexpr uint32_t kOsXsave = 1u << 27, kVectorState = 0xe6u, kTileState = 3u << 17;
  constexpr uint32_t kAvx512 = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31;  // F, DQ, BW, VL
  constexpr uint32_t kAvx512Bf16 = 1u << 5, kAmxBf16 = 1u << 22, kAmxTile = 1u << 24;
  uint32_t a, b, c, d;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & kOsXsave) == 0) return Bf16Unit::kNone;
  const uint32_t states = saved_states();
  if ((states & kVectorState) != kVectorState) return Bf16Unit::kNone;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (b & kAvx512) != kAvx512) return Bf16Unit::kNone;
  const bool tiles = (d & kAmxBf16) != 0 && (d & kAmxTile) != 0 && (states & kTileState) == kTileState;
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d) == 0 || (a & kAvx512Bf16) == 0) return Bf16Unit::kNone;
  constexpr long kRequestPermission = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  if (tiles && syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0) return Bf16Unit::kAmx;
  return Bf16Unit::kAvx512;
}

bool is_intel() {
  uint32_t a, b, c, d;
  return __get_cpuid(0, &a, &b, &c, &d) != 0 && b == signature_INTEL_ebx;
}

#else

bool is_intel() {
  return false;
}

Bf16Unit detect() {
  return Bf16Unit::kNone;
}

#endif

}  // namespace

Bf16Unit bf16_unit() {
  static const Bf16Unit unit = detect();
  return unit;
}

Precision fastest_precision() {
  static const bool faster = bf16_unit() == Bf16Unit::kAmx || (bf16_unit() == Bf16Unit::kAvx512 && !is_intel());
  return faster ? Precision::kBfloat16 : Precision::kFloat32;
}

}  // namespace psaflow
