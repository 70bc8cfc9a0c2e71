#include "sw/teacher/teacher_checkpoint.h"

#include "sw/teacher/conv_net.h"

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
                   {"optimizer_steps", std::to_string(c.optimizer.steps)}};
  put_progress(file, c);
  file.save(path);
}

TeacherCheckpoint parse_teacher_checkpoint(const Safetensors& file) {
  expect_metadata(file, "format", kFloatFormat);
  expect_metadata(file, "architecture", kArchitecture);
  TeacherCheckpoint c;
  c.recipe = parse_teacher_recipe(required_metadata(file, "recipe"), file.file() + " (recipe)");
  static_cast<TrainingProgress&>(c) = get_progress(file, c.recipe.epochs);
  const ConvNet<float> net(c.recipe.net);
  ParameterReader tensors(file);
  c.parameters = tensors.read("", net.parameters());
  c.statistics = tensors.statistics("", net.statistics());
  c.optimizer.steps = integer_metadata(file, "optimizer_steps", 1'000'000'000'000'000);
  if (tensors.has(kVelocity + net.parameters().slices().front().name)) {
    c.optimizer.velocity = tensors.read(kVelocity, net.parameters());
    if (c.recipe.lookahead > 0) {
      c.optimizer.slow = tensors.read(kSlow, net.parameters());
      c.optimizer.slow_statistics = tensors.statistics(kSlow, net.statistics());
    }
  }
  tensors.expect_no_others();
  return c;
}

TeacherCheckpoint load_teacher_checkpoint(const std::string& path) {
  return parse_teacher_checkpoint(Safetensors::load(path));
}

}  // namespace psaflow
