// NumPy .npy files, little-endian, C order.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace psaflow {

// Writes an array of int8_t, uint8_t, int32_t or float, [shape...], aside, then renames it.
template <typename T>
void save_npy(const std::string& path, const T* data, const std::vector<size_t>& shape);

struct NpyArray {
  char kind = 'u';           // as NumPy names it: u unsigned, i signed integers, f floating point, b boolean
  size_t element_bytes = 1;  // 1, 2, 4, 8
  std::vector<size_t> shape;
  std::vector<char> data;  // element_bytes * size() bytes

  size_t size() const;              // elements
  std::string type() const;         // "uint8"
  std::string shape_text() const;   // "[256,3,32,32]"
  int64_t integer(size_t i) const;  // of integers and booleans; an unsigned value beyond int64 is its greatest
};

// Formats 1.0, 2.0 and 3.0. UserError on a file that is none, is truncated or longer than its shape, is big-endian, in
// Fortran order, or of a type other than the above.
NpyArray load_npy(const std::string& path);
NpyArray parse_npy(const std::vector<char>& bytes, const std::string& file);

}  // namespace psaflow
