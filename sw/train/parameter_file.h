// Flat parameter arrays in safetensors files, a tensor a slice, and the numbers of their metadata: what the checkpoints
// of float training and of quantisation-aware training share.
#pragma once
#include <string>

#include "sw/base/aligned.h"
#include "sw/io/safetensors.h"
#include "sw/train/parameters.h"

namespace psaflow {

// Each slice becomes the F32 tensor PREFIX + its name.
void put_parameters(Safetensors& file, const std::string& prefix, const ParameterLayout& layout,
                    const AlignedVector<float>& values);
// UserError names the tensor that is missing, of another type or shape, or not finite.
AlignedVector<float> get_parameters(const Safetensors& file, const std::string& prefix, const ParameterLayout& layout);

// UserError when the metadata lacks the key (`format`: what the file should have been), or is no number in 0..high.
const std::string& metadata_text(const Safetensors& file, const std::string& key, const std::string& format);
double metadata_number(const Safetensors& file, const std::string& key, const std::string& format, double high);

}  // namespace psaflow
