// Flat parameter arrays in safetensors files, a tensor a slice, and checked metadata: what the checkpoints of every
// kind of training share.
#pragma once
#include <cstdint>
#include <set>
#include <string>

#include "sw/base/aligned.h"
#include "sw/golden/model.h"
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

// A number that is an integer, in 0..high; "1.5" or "0x10" is an error.
int64_t integer_metadata(const Safetensors& file, const std::string& key, int64_t high);
// A SHA-256 in hexadecimal; empty where the file has none.
std::string sha256_metadata(const Safetensors& file, const std::string& key);

// The config (where the file has one) says once more what the recipe says: UserError names the key in which they
// differ.
void expect_config(const Safetensors& file, const ModelConfig& recipe);

// The names of a layout's tensors behind a prefix, and UserError for a tensor of the file that is not among `names`: it
// would be ignored, and the file says that it matters.
void add_names(const std::string& prefix, const ParameterLayout& layout, std::set<std::string>& names);
void expect_no_others(const Safetensors& file, const std::set<std::string>& names);

// UserError where a tensor of the layout whose name contains `part` has a negative value: variances, second moments.
void expect_no_negative(const Safetensors& file, const std::string& prefix, const ParameterLayout& layout,
                        const AlignedVector<float>& values, const std::string& part, const char* what);

}  // namespace psaflow
