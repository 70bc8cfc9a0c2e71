// NumPy .npy files (format 1.0), little-endian, C order.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace psaflow {

// Writes an array of int8_t, uint8_t or float, [shape...], aside, then renames it.
template <typename T>
void save_npy(const std::string& path, const T* data, const std::vector<size_t>& shape);

}  // namespace psaflow
