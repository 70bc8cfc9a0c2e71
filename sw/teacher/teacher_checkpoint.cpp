#include "sw/teacher/teacher_checkpoint.h"

#include <fmt/format.h>

#include "sw/base/error.h"
#include "sw/teacher/conv_net.h"
#include "sw/train/parameter_file.h"

namespace psaflow {
namespace {

const char* const kArchitecture = "conv";
const char* const kVelocity = "sgd.velocity.";
const char* const kSlow = "sgd.slow.";

}  // namespace

void save_checkpoint(const TeacherCheckpoint& c, const std::string& path) {
  const ConvNet<float> net(c.recipe.net);
  Safetensors file;
  put_parameters(file, "", net.parameters(), c.parameters);
  put_parameters(file, "", net.statistics(), c.statistics);
  if (!c.optimizer.velocity.empty()) {
    put_parameters(file, kVelocity, net.parameters(), c.optimizer.velocity);
    if (c.recipe.lookahead > 0) {
      put_parameters(file, kSlow, net.parameters(), c.optimizer.slow);
      put_parameters(file, kSlow, net.statistics(), c.optimizer.slow_statistics);
    }
  }
  file.metadata = {{"format", kFloatFormat},
                   {"architecture", kArchitecture},
                   {"recipe", to_yaml(c.recipe)},
                   {"epochs_done", std::to_string(c.epochs_done)},
                   {"optimizer_steps", std::to_string(c.optimizer.steps)},
                   {"train_seconds", fmt::format("{:.1f}", c.train_seconds)}};
  file.save(path);
}

TeacherCheckpoint parse_teacher_checkpoint(const Safetensors& file) {
  expect_metadata(file, "format", kFloatFormat);
  expect_metadata(file, "architecture", kArchitecture);
  TeacherCheckpoint c;
  c.recipe = parse_teacher_recipe(required_metadata(file, "recipe"), file.file() + " (recipe)");
  c.epochs_done = static_cast<int>(number_metadata(file, "epochs_done", 1e9));
  c.train_seconds = number_metadata(file, "train_seconds", 1e12);
  const ConvNet<float> net(c.recipe.net);
  c.parameters = get_parameters(file, "", net.parameters());
  c.statistics = get_parameters(file, "", net.statistics());
  for (const ParameterSlice& slice : net.statistics().slices()) {
    for (size_t i = 0; i < slice.size; ++i) {
      if (slice.name.find(".var") != std::string::npos && c.statistics[slice.offset + i] < 0)
        throw UserError(file.file(), slice.name, "a negative variance", "0 or more");
    }
  }
  c.optimizer.steps = static_cast<int64_t>(number_metadata(file, "optimizer_steps", 1e15));
  if (file.tensors.count(kVelocity + net.parameters().slices().front().name) != 0) {
    c.optimizer.velocity = get_parameters(file, kVelocity, net.parameters());
    if (c.recipe.lookahead > 0) {
      c.optimizer.slow = get_parameters(file, kSlow, net.parameters());
      c.optimizer.slow_statistics = get_parameters(file, kSlow, net.statistics());
    }
  }
  return c;
}

TeacherCheckpoint load_teacher_checkpoint(const std::string& path) {
  return parse_teacher_checkpoint(Safetensors::load(path));
}

}  // namespace psaflow
