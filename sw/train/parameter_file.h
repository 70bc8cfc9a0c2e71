// Flat parameter arrays in safetensors files, a tensor a slice, and checked metadata: what the checkpoints of every
// kind of training share.
#pragma once
#include <string>

#include "sw/base/aligned.h"
#include "sw/io/safetensors.h"
#include "sw/train/parameters.h"

namespace psaflow {

constexpr const char* kFloatFormat = "psaflow.float/1";  // of float networks, whatever their architecture

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
