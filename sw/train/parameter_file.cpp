#include "sw/train/parameter_file.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "sw/base/error.h"

namespace psaflow {

void put_parameters(Safetensors& file, const std::string& prefix, const ParameterLayout& layout,
                    const AlignedVector<float>& values) {
  for (const ParameterSlice& slice : layout.slices()) {
    StoredTensor tensor{"F32", slice.shape, std::vector<char>(slice.size * sizeof(float))};
    std::memcpy(tensor.bytes.data(), values.data() + slice.offset, tensor.bytes.size());
    file.tensors[prefix + slice.name] = std::move(tensor);
  }
}

AlignedVector<float> ParameterReader::read(const std::string& prefix, const ParameterLayout& layout,
                                           const char* never_negative) {
  // All tensors first: a recipe that promises giants fails here, before memory is taken for them.
  for (const ParameterSlice& slice : layout.slices()) {
    file_.expect(prefix + slice.name, "F32", slice.shape);
    names_.insert(prefix + slice.name);
  }
  AlignedVector<float> values(layout.size());
  for (const ParameterSlice& slice : layout.slices()) {
    const StoredTensor& tensor = file_.expect(prefix + slice.name, "F32", slice.shape);
    std::memcpy(values.data() + slice.offset, tensor.bytes.data(), tensor.bytes.size());
    const bool positive = never_negative != nullptr && slice.name.find(never_negative) != std::string::npos;
    for (size_t i = 0; i < slice.size; ++i) {
      const float value = values[slice.offset + i];
      if (!std::isfinite(value))
        throw UserError(file_.file(), prefix + slice.name, "a value that is not finite", "finite numbers");
      if (positive && value < 0)
        throw UserError(file_.file(), prefix + slice.name, fmt::format("{}, which is negative", value), "0 or more");
    }
  }
  return values;
}

void ParameterReader::expect_no_others() const {
  for (const auto& entry : file_.tensors) {
    if (names_.count(entry.first) == 0)
      throw UserError(file_.file(), fmt::format("tensor '{}'", entry.first),
                      "a tensor that its recipe does not call for",
                      "those of the recipe's network and training, whole, and no others");
  }
}

void put_progress(Safetensors& file, const TrainingProgress& progress) {
  file.metadata["epochs_done"] = std::to_string(progress.epochs_done);
  file.metadata["train_seconds"] = fmt::format("{:.1f}", progress.train_seconds);
  if (!progress.data_sha256.empty()) file.metadata["data_sha256"] = progress.data_sha256;
  if (!progress.command.empty()) file.metadata["command"] = progress.command;
}

TrainingProgress get_progress(const Safetensors& file, int epochs) {
  TrainingProgress progress;
  progress.epochs_done = static_cast<int>(integer_metadata(file, "epochs_done", 1'000'000'000));
  if (progress.epochs_done > epochs)
    throw UserError(file.file(), "__metadata__.epochs_done", std::to_string(progress.epochs_done),
                    fmt::format("at most {}, the epochs of the run in the same file", epochs));
  progress.train_seconds = number_metadata(file, "train_seconds", 1e12);
  progress.data_sha256 = sha256_metadata(file, "data_sha256");
  if (file.metadata.count("command") != 0) progress.command = file.metadata.at("command");
  return progress;
}

const std::string& required_metadata(const Safetensors& file, const std::string& key) {
  const auto it = file.metadata.find(key);
  if (it == file.metadata.end())
    throw UserError(file.file(), "__metadata__." + key, "nothing", "the metadata of a checkpoint that psaflow wrote");
  return it->second;
}

void expect_metadata(const Safetensors& file, const std::string& key, const std::string& wanted) {
  const std::string& found = required_metadata(file, key);
  if (found != wanted) throw UserError(file.file(), "__metadata__." + key, "'" + found + "'", wanted);
}

double number_metadata(const Safetensors& file, const std::string& key, double high) {
  const std::string& text = required_metadata(file, key);
  double value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= high))
    throw UserError(file.file(), "__metadata__." + key, "'" + text + "'", fmt::format("a number in 0..{}", high));
  return value;
}

int64_t integer_metadata(const Safetensors& file, const std::string& key, int64_t high) {
  const std::string& text = required_metadata(file, key);
  int64_t value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > high)
    throw UserError(file.file(), "__metadata__." + key, "'" + text + "'", fmt::format("an integer in 0..{}", high));
  return value;
}

std::string sha256_metadata(const Safetensors& file, const std::string& key) {
  const auto it = file.metadata.find(key);
  if (it == file.metadata.end()) return "";
  if (it->second.size() != 64 || it->second.find_first_not_of("0123456789abcdef") != std::string::npos)
    throw UserError(file.file(), "__metadata__." + key, "'" + it->second + "'", "64 hexadecimal digits");
  return it->second;
}

void expect_config(const Safetensors& file, const ModelConfig& recipe) {
  using Json = nlohmann::json;
  const auto text = file.metadata.find("config");
  if (text == file.metadata.end()) return;
  const Json found = Json::parse(config_to_json(config_from_json(text->second, file.file())));
  const Json wanted = Json::parse(config_to_json(recipe));
  for (const auto& [key, value] : wanted.items()) {
    if (found.at(key) == value) continue;
    // The scale is no part of a recipe: a float network has none, the quantiser chooses it.
    const char* const why =
        key == "input_scale" ? "a float network's; the quantiser chooses it" : "as in the recipe of the same file";
    throw UserError(file.file(), "config." + key, found.at(key).dump(), fmt::format("{}, {}", value.dump(), why));
  }
}

}  // namespace psaflow
