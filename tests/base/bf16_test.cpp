#include "sw/base/bf16.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

namespace psaflow {

TEST_CASE("floats are rounded to the nearest bfloat16, ties to even") {
  for (const float exact : {0.f, -0.f, 1.f, -2.5f, 256.f, 1e38f}) {
    const float value = to_float(to_bf16(exact));
    CHECK(std::abs(value - exact) <= std::abs(exact) / 256);
    CHECK(std::signbit(value) == std::signbit(exact));
    CHECK(to_bf16(value) == to_bf16(exact));
  }
  CHECK(to_float(to_bf16(1.f + 1.f / 256)) == 1.f);                // half of the step 1/128, down to even
  CHECK(to_float(to_bf16(1.f + 3.f / 256)) == 1.f + 4.f / 256);    // and up
  CHECK(to_float(to_bf16(1.f + 1.01f / 256)) == 1.f + 2.f / 256);  // more than half
  CHECK(std::isinf(to_float(to_bf16(std::numeric_limits<float>::max()))));
  CHECK(std::isnan(to_float(to_bf16(std::numeric_limits<float>::quiet_NaN()))));
}

TEST_CASE("the fastest precision is one that the CPU has") {
  CHECK((fastest_precision() == Precision::kFloat32 || bf16_unit() != Bf16Unit::kNone));
}

}  // namespace psaflow
