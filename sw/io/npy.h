// NumPy .npy files (format 1.0), little-endian, C order.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace psaflow {

// Writes an int8 array [rows, cols] aside, then renames it.
void save_npy_int8(const std::string& path, const int8_t* data, size_t rows, size_t cols);

}  // namespace psaflow
