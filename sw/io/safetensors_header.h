// The JSON header of a safetensors file, read event by event: no tree is built, so neither depth nor size of a hostile
// header costs more than its bytes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace psaflow::detail {

struct TensorEntry {
  std::string name, dtype;
  std::vector<int64_t> shape;
  uint64_t begin = 0, end = 0;  // "data_offsets": bytes, counted from the end of the header
};

struct SafetensorsHeader {
  std::vector<TensorEntry> entries;  // in file order, names distinct, each with a known dtype
  std::map<std::string, std::string> metadata;
};

// `file` is for errors: UserError on anything but a header as the format describes it. Unknown keys of a tensor and
// repeated keys are errors; offsets and shapes are not yet checked against each other.
SafetensorsHeader parse_safetensors_header(const char* text, size_t size, const std::string& file);

// Bits of one element, 0 for an unknown dtype.
uint64_t dtype_bits(const std::string& dtype);
// Place in the format's order of alignment: the reference writer stores tensors of higher rank first.
int dtype_rank(const std::string& dtype);
// "BOOL, F4, ..." for errors.
std::string dtype_names();

}  // namespace psaflow::detail
