// How targets that read safetensors edit them. Blind edits mostly break the header's length and get no further; so half
// of the time only the header's text is edited and its length put right, a quarter of the time only the data.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace {

constexpr size_t kLengthBytes = 8;

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  uint64_t length = 0;
  if (size >= kLengthBytes) std::memcpy(&length, data, kLengthBytes);
  if (size < kLengthBytes || length > size - kLengthBytes || seed % 4 == 3)
    return LLVMFuzzerMutate(data, size, max_size);
  uint8_t* const header = data + kLengthBytes;
  const size_t tail_size = size - kLengthBytes - length;
  if (seed % 4 == 2)
    return kLengthBytes + length + LLVMFuzzerMutate(header + length, tail_size, max_size - kLengthBytes - length);
  const std::vector<uint8_t> tail(header + length, data + size);
  const uint64_t edited = LLVMFuzzerMutate(header, length, max_size - kLengthBytes - tail_size);
  std::memcpy(data, &edited, kLengthBytes);
  if (tail_size > 0) std::memcpy(header + edited, tail.data(), tail_size);
  return kLengthBytes + edited + tail_size;
}
