#include "sw/io/npy.h"

#include <fmt/format.h>

#include "sw/base/file.h"

namespace psaflow {

void save_npy_int8(const std::string& path, const int8_t* data, size_t rows, size_t cols) {
  constexpr size_t kPrefixBytes = 10;  // magic, version, header length
  constexpr size_t kAlignBytes = 64;   // of the data, as NumPy writes it
  std::string header = fmt::format("{{'descr': '|i1', 'fortran_order': False, 'shape': ({}, {}), }}", rows, cols);
  const size_t unpadded = kPrefixBytes + header.size() + 1;
  header.append((kAlignBytes - unpadded % kAlignBytes) % kAlignBytes, ' ');
  header += '\n';
  std::string file("\x93NUMPY\x01\x00", 8);
  file += static_cast<char>(header.size() & 0xff);
  file += static_cast<char>(header.size() >> 8);
  file += header;
  file.append(reinterpret_cast<const char*>(data), rows * cols);
  write_file_atomic(path, file);
}

}  // namespace psaflow
