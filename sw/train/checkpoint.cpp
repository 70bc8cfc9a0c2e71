#include "sw/train/checkpoint.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "sw/base/error.h"
#include "sw/io/safetensors.h"

namespace psaflow {
namespace {

const char* const kFormat = "psaflow.float/1";

void put(Safetensors& file, const std::string& prefix, const ParameterLayout& layout,
         const AlignedVector<float>& values) {
  for (const ParameterSlice& slice : layout.slices()) {
    Tensor tensor{"F32", slice.shape, std::vector<char>(slice.size * sizeof(float))};
    std::memcpy(tensor.bytes.data(), values.data() + slice.offset, tensor.bytes.size());
    file.tensors[prefix + slice.name] = std::move(tensor);
  }
}

AlignedVector<float> get(const Safetensors& file, const std::string& prefix, const ParameterLayout& layout) {
  // All tensors first: a recipe that promises giants fails here, before memory is taken for them.
  for (const ParameterSlice& slice : layout.slices()) file.expect(prefix + slice.name, "F32", slice.shape);
  AlignedVector<float> values(layout.size());
  for (const ParameterSlice& slice : layout.slices()) {
    const Tensor& tensor = file.expect(prefix + slice.name, "F32", slice.shape);
    std::memcpy(values.data() + slice.offset, tensor.bytes.data(), tensor.bytes.size());
    for (size_t i = 0; i < slice.size; ++i) {
      if (!std::isfinite(values[slice.offset + i]))
        throw UserError(file.file(), prefix + slice.name, "a value that is not finite", "finite numbers");
    }
  }
  return values;
}

const std::string& metadata(const Safetensors& file, const std::string& key) {
  const auto it = file.metadata.find(key);
  if (it == file.metadata.end())
    throw UserError(file.file(), "__metadata__." + key, "nothing",
                    fmt::format("the metadata of a {} checkpoint", kFormat));
  return it->second;
}

double number(const Safetensors& file, const std::string& key, double high) {
  const std::string& text = metadata(file, key);
  size_t used = 0;
  double value = -1;
  try {
    value = std::stod(text, &used);
  } catch (const std::exception&) {
  }
  if (used == 0 || used != text.size() || !(value >= 0 && value <= high))
    throw UserError(file.file(), "__metadata__." + key, "'" + text + "'", fmt::format("a number in 0..{}", high));
  return value;
}

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
  put(file, "", net.parameters(), c.parameters);
  put(file, "", net.statistics(), c.statistics);
  if (!c.optimizer.first.empty()) {
    put(file, "adam.first.", net.parameters(), c.optimizer.first);
    put(file, "adam.second.", net.parameters(), c.optimizer.second);
  }
  if (!c.average.empty()) {
    put(file, "average.", net.parameters(), c.average);
    put(file, "average.", net.statistics(), c.average_statistics);
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
  if (metadata(file, "format") != kFormat)
    throw UserError(path, "__metadata__.format", "'" + metadata(file, "format") + "'", kFormat);
  Checkpoint c;
  c.recipe = parse_recipe(metadata(file, "recipe"), path + " (recipe)");
  c.epochs_done = static_cast<int>(number(file, "epochs_done", 1e9));
  c.train_seconds = number(file, "train_seconds", 1e12);
  const ResMlp<float> net(c.recipe.net);
  c.parameters = get(file, "", net.parameters());
  c.statistics = get(file, "", net.statistics());
  c.optimizer.steps = static_cast<int64_t>(number(file, "optimizer_steps", 1e15));
  const std::string& first = net.parameters().slices().front().name;
  if (file.tensors.count("adam.first." + first) != 0) {
    c.optimizer.first = get(file, "adam.first.", net.parameters());
    c.optimizer.second = get(file, "adam.second.", net.parameters());
    if (c.recipe.ema > 0) {
      c.average = get(file, "average.", net.parameters());
      c.average_statistics = get(file, "average.", net.statistics());
    }
  }
  return c;
}

}  // namespace psaflow
