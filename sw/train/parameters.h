// All parameters of a network in one flat array, with a name, a shape and a place for each: optimiser, checkpoint and
// gradient reduction are then loops over an array.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace psaflow {

struct ParameterSlice {
  std::string name;
  std::vector<int64_t> shape;
  size_t offset = 0, size = 0;
};

class ParameterLayout {
 public:
  // Appends a slice and returns its offset.
  size_t add(const std::string& name, std::vector<int64_t> shape);
  const ParameterSlice& find(const std::string& name) const;  // std::logic_error when there is none
  const std::vector<ParameterSlice>& slices() const { return slices_; }
  size_t size() const { return size_; }

 private:
  std::vector<ParameterSlice> slices_;
  size_t size_ = 0;
};

}  // namespace psaflow
