// The floating-point types that others keep weights in, as float.
#pragma once
#include <string>
#include <vector>

#include "sw/io/safetensors.h"

namespace psaflow {

// "F32, F16, BF16 or F64", for errors.
extern const char* const kFloatTypes;

// All values in file order. UserError (file, tensor) on another type, on values that are not finite, and on F64 values
// that no float holds.
std::vector<float> float_values(const StoredTensor& tensor, const std::string& file, const std::string& name);

// IEEE half precision, exactly.
float half_to_float(uint16_t bits);

}  // namespace psaflow
