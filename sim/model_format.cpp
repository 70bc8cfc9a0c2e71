#include "sim/model_format.h"

#include <fmt/format.h>

#include "sw/base/error.h"
#include "sw/golden/model.h"
#include "sw/io/safetensors.h"
#include "sw/train/parameter_file.h"

namespace psaflow {
namespace {

const char* const kIntFormat = "psaflow.int8/1";
const char* const kTeacherArchitecture = "conv";

}  // namespace

const char* format_name(ModelFormat format) {
  return format == ModelFormat::kInt8 ? kIntFormat : kFloatFormat;
}

ModelFormat model_format(const std::string& path) {
  const Safetensors file = Safetensors::load(path);
  const auto text = [&file](const char* key) {
    const auto found = file.metadata.find(key);
    return found == file.metadata.end() ? std::string() : found->second;
  };
  const std::string format = text("format"), architecture = text("architecture");
  if (format == kIntFormat) return ModelFormat::kInt8;
  if (format != kFloatFormat) {
    throw UserError(path, "__metadata__.format", format.empty() ? "nothing" : fmt::format("'{}'", format),
                    fmt::format("{} (an integer model) or {} (a float checkpoint)", kIntFormat, kFloatFormat));
  }
  if (architecture.empty()) return ModelFormat::kFloat;
  if (architecture == kTeacherArchitecture) return ModelFormat::kFloatTeacher;
  throw UserError(path, "__metadata__.architecture", fmt::format("'{}'", architecture),
                  fmt::format("'{}' (a teacher), or none (a ResMLP)", kTeacherArchitecture));
}

}  // namespace psaflow
