#include "sw/train/parameter_file.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>

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

}  // namespace psaflow
