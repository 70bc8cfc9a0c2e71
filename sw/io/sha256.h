// SHA-256, for data sets whose checksums the contract fixes and for model cards.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace psaflow {

// 64 lower-case hexadecimal digits.
std::string sha256_hex(const void* data, size_t size);
std::string sha256_hex(const std::vector<char>& bytes);

}  // namespace psaflow
