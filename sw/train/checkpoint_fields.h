// What float checkpoints of every architecture are read and written by: flat arrays as named tensors, checked metadata.
#pragma once
#include <string>

#include "sw/base/aligned.h"
#include "sw/io/safetensors.h"
#include "sw/train/parameters.h"

namespace psaflow {

constexpr const char* kFloatFormat = "psaflow.float/1";

// Slices of `values` as F32 tensors "PREFIX + slice name".
void put_parameters(Safetensors& file, const std::string& prefix, const ParameterLayout& layout,
                    const AlignedVector<float>& values);
// UserError when a tensor is missing, has another shape or holds a value that is not finite.
AlignedVector<float> get_parameters(const Safetensors& file, const std::string& prefix, const ParameterLayout& layout);

// UserError when the key is missing; when its text is not `wanted`; when it is no number in 0..high.
const std::string& required_metadata(const Safetensors& file, const std::string& key);
void expect_metadata(const Safetensors& file, const std::string& key, const std::string& wanted);
double number_metadata(const Safetensors& file, const std::string& key, double high);

}  // namespace psaflow
