#include "sw/train/checkpoint.h"

#include <fmt/format.h>

#include <set>

#include "sw/base/error.h"
#include "sw/train/parameter_file.h"

namespace psaflow {

bool decay_begins(const Checkpoint& c) {
  return c.recipe.schedule == Schedule::kTrapezoid && c.epochs_done == decay_start(c.recipe);
}

Checkpoint published(const Checkpoint& checkpoint) {
  Checkpoint p = checkpoint;
  if (!p.average.empty()) {
    p.parameters = std::move(p.average);
    p.statistics = std::move(p.average_statistics);
    p.average.clear();
    p.average_statistics.clear();
  }
  p.optimizer.first.clear();
  p.optimizer.second.clear();
  return p;
}

void save_checkpoint(const Checkpoint& c, const std::string& path) {
  const ResMlp<float> net(c.recipe.net);
  Safetensors file;
  put_parameters(file, "", net.parameters(), c.parameters);
  put_parameters(file, "", net.statistics(), c.statistics);
  if (!c.optimizer.first.empty()) {
    put_parameters(file, "adam.first.", net.parameters(), c.optimizer.first);
    put_parameters(file, "adam.second.", net.parameters(), c.optimizer.second);
  }
  if (!c.average.empty()) {
    put_parameters(file, "average.", net.parameters(), c.average);
    put_parameters(file, "average.", net.statistics(), c.average_statistics);
  }
  file.metadata = {{"format", kFloatFormat},
                   {"config", config_to_json(c.recipe.net.model)},
                   {"recipe", to_yaml(c.recipe)},
                   {"epochs_done", std::to_string(c.epochs_done)},
                   {"optimizer_steps", std::to_string(c.optimizer.steps)},
                   {"train_seconds", fmt::format("{:.1f}", c.train_seconds)}};
  if (!c.data_sha256.empty()) file.metadata["data_sha256"] = c.data_sha256;
  if (!c.teacher_sha256.empty()) file.metadata["teacher_sha256"] = c.teacher_sha256;
  if (!c.command.empty()) file.metadata["command"] = c.command;
  file.save(path);
}

Checkpoint load_checkpoint(const std::string& path) {
  const Safetensors file = Safetensors::load(path);
  expect_metadata(file, "format", kFloatFormat);
  if (file.metadata.count("architecture") != 0)
    throw UserError(path, "__metadata__.architecture", "'" + file.metadata.at("architecture") + "'",
                    "a ResMLP, whose checkpoints name none");
  Checkpoint c;
  c.recipe = parse_recipe(required_metadata(file, "recipe"), path + " (recipe)");
  expect_config(file, c.recipe.net.model);
  c.epochs_done = static_cast<int>(integer_metadata(file, "epochs_done", 1'000'000'000));
  if (c.epochs_done > c.recipe.epochs)
    throw UserError(path, "__metadata__.epochs_done", std::to_string(c.epochs_done),
                    fmt::format("at most {}, the epochs of the recipe in the same file", c.recipe.epochs));
  c.train_seconds = number_metadata(file, "train_seconds", 1e12);
  c.data_sha256 = sha256_metadata(file, "data_sha256");
  c.teacher_sha256 = sha256_metadata(file, "teacher_sha256");
  if (file.metadata.count("command") != 0) c.command = file.metadata.at("command");
  const ResMlp<float> net(c.recipe.net);
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
  const std::string& first = net.parameters().slices().front().name;
  if (file.tensors.count("adam.first." + first) != 0) {
    c.optimizer.first = get("adam.first.", net.parameters());
    c.optimizer.second = get("adam.second.", net.parameters());
    expect_no_negative(file, "adam.second.", net.parameters(), c.optimizer.second, "", "a negative second moment");
    if (c.recipe.ema > 0 && c.optimizer.steps > 0) {  // averages begin with the first step
      c.average = get("average.", net.parameters());
      c.average_statistics = get_statistics("average.");
    }
  }
  expect_no_others(file, names);
  return c;
}

}  // namespace psaflow
