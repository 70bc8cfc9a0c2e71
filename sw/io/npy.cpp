#include "sw/io/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sw/base/file.h"

namespace psaflow {
namespace {

template <typename T>
const char* const kType = nullptr;
template <>
const char* const kType<int8_t> = "|i1";
template <>
const char* const kType<uint8_t> = "|u1";
template <>
const char* const kType<float> = "<f4";

}  // namespace

template <typename T>
void save_npy(const std::string& path, const T* data, const std::vector<size_t>& shape) {
  constexpr size_t kPrefixBytes = 10;  // magic, version, header length
  constexpr size_t kAlignBytes = 64;   // of the data, as NumPy writes it
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", kType<T>,
                                   fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  const size_t unpadded = kPrefixBytes + header.size() + 1;
  header.append((kAlignBytes - unpadded % kAlignBytes) % kAlignBytes, ' ');
  header += '\n';
  std::string file("\x93NUMPY\x01\x00", 8);
  file += static_cast<char>(header.size() & 0xff);
  file += static_cast<char>(header.size() >> 8);
  file += header;
  size_t values = 1;
  for (const size_t size : shape) values *= size;
  file.append(reinterpret_cast<const char*>(data), values * sizeof(T));
  write_file_atomic(path, file);
}

template void save_npy(const std::string& path, const int8_t* data, const std::vector<size_t>& shape);
template void save_npy(const std::string& path, const uint8_t* data, const std::vector<size_t>& shape);
template void save_npy(const std::string& path, const float* data, const std::vector<size_t>& shape);

}  // namespace psaflow
