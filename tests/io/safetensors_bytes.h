// Safetensors files put together byte by byte, so that tests do not lean on our own writer.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace psaflow::test {

inline std::vector<char> with_length(uint64_t length, const std::string& rest) {
  std::vector<char> bytes;
  for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<char>(length >> (8 * i) & 0xff));
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  return bytes;
}

inline std::vector<char> safetensors_bytes(const std::string& header, const std::string& data = "") {
  return with_length(header.size(), header + data);
}

}  // namespace psaflow::test
