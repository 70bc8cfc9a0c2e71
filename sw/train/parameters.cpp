#include "sw/train/parameters.h"

#include <algorithm>

#include "sw/base/error.h"

namespace psaflow {

size_t ParameterLayout::add(const std::string& name, std::vector<int64_t> shape) {
  ParameterSlice slice{name, std::move(shape), size_, 1};
  for (int64_t n : slice.shape) slice.size *= static_cast<size_t>(n);
  size_ += slice.size;
  slices_.push_back(std::move(slice));
  return slices_.back().offset;
}

const ParameterSlice& ParameterLayout::find(const std::string& name) const {
  const auto it = std::find_if(slices_.begin(), slices_.end(), [&](const ParameterSlice& s) { return s.name == name; });
  PSAFLOW_CHECK(it != slices_.end(), "no parameter " + name);
  return *it;
}

}  // namespace psaflow
