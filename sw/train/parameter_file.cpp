#include "sw/train/parameter_file.h"

#include <fmt/format.h>

#include <algorithm>
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

AlignedVector<float> get_parameters(const Safetensors& file, const std::string& prefix, const ParameterLayout& layout) {
  // All tensors first: a recipe that promises giants fails here, before memory is taken for them.
  for (const ParameterSlice& slice : layout.slices()) file.expect(prefix + slice.name, "F32", slice.shape);
  AlignedVector<float> values(layout.size());
  for (const ParameterSlice& slice : layout.slices()) {
    const StoredTensor& tensor = file.expect(prefix + slice.name, "F32", slice.shape);
    std::memcpy(values.data() + slice.offset, tensor.bytes.data(), tensor.bytes.size());
    for (size_t i = 0; i < slice.size; ++i) {
      if (!std::isfinite(values[slice.offset + i]))
        throw UserError(file.file(), prefix + slice.name, "a value that is not finite", "finite numbers");
    }
  }
  return values;
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

void add_names(const std::string& prefix, const ParameterLayout& layout, std::set<std::string>& names) {
  for (const ParameterSlice& slice : layout.slices()) names.insert(prefix + slice.name);
}

void expect_no_others(const Safetensors& file, const std::set<std::string>& names) {
  for (const auto& entry : file.tensors) {
    if (names.count(entry.first) == 0)
      throw UserError(file.file(), fmt::format("tensor '{}'", entry.first),
                      "a tensor that its recipe does not call for",
                      "those of the recipe's network and training, whole, and no others");
  }
}

void expect_no_negative(const Safetensors& file, const std::string& prefix, const ParameterLayout& layout,
                        const AlignedVector<float>& values, const std::string& part, const char* what) {
  for (const ParameterSlice& slice : layout.slices()) {
    if (slice.name.find(part) == std::string::npos) continue;
    const auto at = values.begin() + static_cast<ptrdiff_t>(slice.offset);
    if (std::any_of(at, at + static_cast<ptrdiff_t>(slice.size), [](float v) { return v < 0; }))
      throw UserError(file.file(), prefix + slice.name, what, "0 or more");
  }
}

}  // namespace psaflow
