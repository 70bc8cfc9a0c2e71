// A NumPy file as text, for tests that write the input of a verb.
#pragma once
#include <string>

namespace psaflow::test {

// type: "|u1"; shape: "(2, 3)". The header is as short as it may be.
inline std::string npy_text(const std::string& type, const std::string& shape, const std::string& data) {
  const std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + "}";
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header + data;
}

}  // namespace psaflow::test
