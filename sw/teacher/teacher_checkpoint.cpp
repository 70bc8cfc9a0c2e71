#include "sw/teacher/teacher_checkpoint.h"

#include <fmt/format.h>

#include <set>

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
  if (!c.data_sha256.empty()) file.metadata["data_sha256"] = c.data_sha256;
  if (!c.command.empty()) file.metadata["command"] = c.command;
  file.save(path);
}

TeacherCheckpoint parse_teacher_checkpoint(const Safetensors& file) {
  expect_metadata(file, "format", kFloatFormat);
  expect_metadata(file, "architecture", kArchitecture);
  TeacherCheckpoint c;
  c.recipe = parse_teacher_recipe(required_metadata(file, "recipe"), file.file() + " (recipe)");
  c.epochs_done = static_cast<int>(integer_metadata(file, "epochs_done", 1'000'000'000));
  if (c.epochs_done > c.recipe.epochs)
    throw UserError(file.file(), "__metadata__.epochs_done", std::to_string(c.epochs_done),
                    fmt::format("at most {}, the epochs of the recipe in the same file", c.recipe.epochs));
  c.train_seconds = number_metadata(file, "train_seconds", 1e12);
  c.data_sha256 = sha256_metadata(file, "data_sha256");
  if (file.metadata.count("command") != 0) c.command = file.metadata.at("command");
  const ConvNet<float> net(c.recipe.net);
  std::set<std::string> names;
  const auto get = [&](const std::string& prefix, const ParameterLayout& layout) {
    add_names(prefix, layout, names);
    return get_parameters(file, prefix, layout);
  };
  const auto get_statistics = [&](const std::string& prefix) {
    AlignedVector<float> values = get(prefix, net.statistics());
    expect_no_negative(file, prefix, net.statistics(), values, ".var", "a negative variance");
    return values;
  };
  c.parameters = get("", net.parameters());
  c.statistics = get_statistics("");
  c.optimizer.steps = integer_metadata(file, "optimizer_steps", 1'000'000'000'000'000);
  if (file.tensors.count(kVelocity + net.parameters().slices().front().name) != 0) {
    c.optimizer.velocity = get(kVelocity, net.parameters());
    if (c.recipe.lookahead > 0) {
      c.optimizer.slow = get(kSlow, net.parameters());
      c.optimizer.slow_statistics = get_statistics(kSlow);
    }
  }
  expect_no_others(file, names);
  return c;
}

TeacherCheckpoint load_teacher_checkpoint(const std::string& path) {
  return parse_teacher_checkpoint(Safetensors::load(path));
}

}  // namespace psaflow
