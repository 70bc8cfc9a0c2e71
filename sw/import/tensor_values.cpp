#include "sw/import/tensor_values.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "sw/base/bf16.h"
#include "sw/base/error.h"

namespace psaflow {
namespace {

template <typename Bits, typename Value>
void convert(const StoredTensor& tensor, const Value& value, std::vector<float>& out) {
  for (size_t i = 0; i < out.size(); ++i) {
    Bits bits;  // tensors need not lie aligned in their file
    std::memcpy(&bits, tensor.bytes.data() + i * sizeof(Bits), sizeof(Bits));
    out[i] = value(bits);
  }
}

}  // namespace

const char* const kFloatTypes = "F32, F16, BF16 or F64";

float half_to_float(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const float sign = (bits & 0x8000) != 0 ? -1.f : 1.f;
  if (exponent == 31) return fraction == 0 ? sign * INFINITY : NAN;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(fraction), -24);
  return sign * std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
}

std::vector<float> float_values(const StoredTensor& tensor, const std::string& file, const std::string& name) {
  const std::string key = fmt::format("tensor '{}'", name);
  std::vector<float> out(static_cast<size_t>(tensor.elements()));
  if (tensor.dtype == "F32") {
    convert<float>(
        tensor, [](float v) { return v; }, out);
  } else if (tensor.dtype == "F64") {
    convert<double>(
        tensor, [](double v) { return static_cast<float>(v); }, out);
  } else if (tensor.dtype == "F16") {
    convert<uint16_t>(tensor, half_to_float, out);
  } else if (tensor.dtype == "BF16") {
    convert<Bf16>(tensor, to_float, out);
  } else {
    throw UserError(file, key, "type " + tensor.dtype, kFloatTypes);
  }
  for (size_t i = 0; i < out.size(); ++i) {
    if (!std::isfinite(out[i]))
      throw UserError(file, key, fmt::format("{} at place {}", out[i], i), "finite numbers that a float holds");
  }
  return out;
}

}  // namespace psaflow
