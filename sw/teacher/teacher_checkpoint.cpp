#include "sw/teacher/teacher_checkpoint.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "sw/base/error.h"
#include "sw/teacher/conv_net.h"

namespace psaflow {
namespace {

const char* const kFormat = "psaflow.float/1";
const char* const kArchitecture = "conv";
const char* const kVelocity = "sgd.velocity.";
const char* const kSlow = "sgd.slow.";

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
                    fmt::format("the metadata of a {} checkpoint of a teacher", kFormat));
  return it->second;
}

void expect_metadata(const Safetensors& file, const std::string& key, const std::string& wanted) {
  const std::string& found = metadata(file, key);
  if (found != wanted) throw UserError(file.file(), "__metadata__." + key, "'" + found + "'", wanted);
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

void save_checkpoint(const TeacherCheckpoint& c, const std::string& path) {
  const ConvNet<float> net(c.recipe.net);
  Safetensors file;
  put(file, "", net.parameters(), c.parameters);
  put(file, "", net.statistics(), c.statistics);
  if (!c.optimizer.velocity.empty()) {
    put(file, kVelocity, net.parameters(), c.optimizer.velocity);
    if (c.recipe.lookahead > 0) {
      put(file, kSlow, net.parameters(), c.optimizer.slow);
      put(file, kSlow, net.statistics(), c.optimizer.slow_statistics);
    }
  }
  file.metadata = {{"format", kFormat},
                   {"architecture", kArchitecture},
                   {"recipe", to_yaml(c.recipe)},
                   {"epochs_done", std::to_string(c.epochs_done)},
                   {"optimizer_steps", std::to_string(c.optimizer.steps)},
                   {"train_seconds", fmt::format("{:.1f}", c.train_seconds)}};
  file.save(path);
}

TeacherCheckpoint parse_teacher_checkpoint(const Safetensors& file) {
  expect_metadata(file, "format", kFormat);
  expect_metadata(file, "architecture", kArchitecture);
  TeacherCheckpoint c;
  c.recipe = parse_teacher_recipe(metadata(file, "recipe"), file.file() + " (recipe)");
  c.epochs_done = static_cast<int>(number(file, "epochs_done", 1e9));
  c.train_seconds = number(file, "train_seconds", 1e12);
  const ConvNet<float> net(c.recipe.net);
  c.parameters = get(file, "", net.parameters());
  c.statistics = get(file, "", net.statistics());
  for (const ParameterSlice& slice : net.statistics().slices()) {
    for (size_t i = 0; i < slice.size; ++i) {
      if (slice.name.find(".var") != std::string::npos && c.statistics[slice.offset + i] < 0)
        throw UserError(file.file(), slice.name, "a negative variance", "0 or more");
    }
  }
  c.optimizer.steps = static_cast<int64_t>(number(file, "optimizer_steps", 1e15));
  if (file.tensors.count(kVelocity + net.parameters().slices().front().name) != 0) {
    c.optimizer.velocity = get(file, kVelocity, net.parameters());
    if (c.recipe.lookahead > 0) {
      c.optimizer.slow = get(file, kSlow, net.parameters());
      c.optimizer.slow_statistics = get(file, kSlow, net.statistics());
    }
  }
  return c;
}

TeacherCheckpoint load_teacher_checkpoint(const std::string& path) {
  return parse_teacher_checkpoint(Safetensors::load(path));
}

}  // namespace psaflow
