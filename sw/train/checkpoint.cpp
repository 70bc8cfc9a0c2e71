#include "sw/train/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>

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
  c.epochs_done = static_cast<int>(number_metadata(file, "epochs_done", 1e9));
  c.train_seconds = number_metadata(file, "train_seconds", 1e12);
  const ResMlp<float> net(c.recipe.net);
  c.parameters = get_parameters(file, "", net.parameters());
  c.statistics = get_parameters(file, "", net.statistics());
  for (const ParameterSlice& slice : net.statistics().slices()) {
    const auto at = c.statistics.begin() + static_cast<ptrdiff_t>(slice.offset);
    if (slice.name.find(".var") != std::string::npos &&
        std::any_of(at, at + static_cast<ptrdiff_t>(slice.size), [](float v) { return v < 0; }))
      throw UserError(path, slice.name, "a negative variance", "0 or more");
  }
  c.optimizer.steps = static_cast<int64_t>(number_metadata(file, "optimizer_steps", 1e15));
  const std::string& first = net.parameters().slices().front().name;
  if (file.tensors.count("adam.first." + first) != 0) {
    c.optimizer.first = get_parameters(file, "adam.first.", net.parameters());
    c.optimizer.second = get_parameters(file, "adam.second.", net.parameters());
    if (c.recipe.ema > 0 && c.optimizer.steps > 0) {  // averages begin with the first step
      c.average = get_parameters(file, "average.", net.parameters());
      c.average_statistics = get_parameters(file, "average.", net.statistics());
    }
  }
  return c;
}

}  // namespace psaflow
