// Which kind of network a file holds, by its metadata.
#pragma once
#include <string>

namespace psaflow {

enum class ModelFormat {
  kInt8,         // psaflow.int8/1: an integer model
  kFloat,        // psaflow.float/1: a float checkpoint of a ResMLP
  kFloatTeacher  // the same, architecture "conv": a teacher
};
const char* format_name(ModelFormat format);

// UserError when the file is no safetensors file, or of another format or architecture.
ModelFormat model_format(const std::string& path);

}  // namespace psaflow
