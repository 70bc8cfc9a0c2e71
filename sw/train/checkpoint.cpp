#include "sw/train/checkpoint.h"

#include <fmt/format.h>

#include "sw/base/error.h"
#include "sw/train/parameter_file.h"

namespace psaflow {
namespace {

const char* const kFormat = "psaflow.float/1";

}  // namespace

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
  file.metadata = {{"format", kFormat},
                   {"config", config_to_json(c.recipe.net.model)},
                   {"recipe", to_yaml(c.recipe)},
                   {"epochs_done", std::to_string(c.epochs_done)},
                   {"optimizer_steps", std::to_string(c.optimizer.steps)},
                   {"train_seconds", fmt::format("{:.1f}", c.train_seconds)}};
  file.save(path);
}

Checkpoint load_checkpoint(const std::string& path) {
  const Safetensors file = Safetensors::load(path);
  if (metadata_text(file, "format", kFormat) != kFormat)
    throw UserError(path, "__metadata__.format", "'" + metadata_text(file, "format", kFormat) + "'", kFormat);
  Checkpoint c;
  c.recipe = parse_recipe(metadata_text(file, "recipe", kFormat), path + " (recipe)");
  c.epochs_done = static_cast<int>(metadata_number(file, "epochs_done", kFormat, 1e9));
  c.train_seconds = metadata_number(file, "train_seconds", kFormat, 1e12);
  const ResMlp<float> net(c.recipe.net);
  c.parameters = get_parameters(file, "", net.parameters());
  c.statistics = get_parameters(file, "", net.statistics());
  c.optimizer.steps = static_cast<int64_t>(metadata_number(file, "optimizer_steps", kFormat, 1e15));
  const std::string& first = net.parameters().slices().front().name;
  if (file.tensors.count("adam.first." + first) != 0) {
    c.optimizer.first = get_parameters(file, "adam.first.", net.parameters());
    c.optimizer.second = get_parameters(file, "adam.second.", net.parameters());
    if (c.recipe.ema > 0) {
      c.average = get_parameters(file, "average.", net.parameters());
      c.average_statistics = get_parameters(file, "average.", net.statistics());
    }
  }
  return c;
}

}  // namespace psaflow
