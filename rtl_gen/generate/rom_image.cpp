#include "rtl_gen/generate/rom_image.h"

#include <algorithm>

#include "sw/base/error.h"

namespace psaflow::rtl {

RomImage::RomImage(int width_bits, int depth_words)
    : width_(width_bits),
      depth_(depth_words),
      bits_(static_cast<size_t>(width_bits) * static_cast<size_t>(depth_words)) {
  PSAFLOW_CHECK(width_bits >= 1 && depth_words >= 1, "a ROM has words");
}

void RomImage::set(int word, int low, int bits, int value) {
  PSAFLOW_CHECK(word >= 0 && word < depth_ && low >= 0 && bits >= 1 && bits <= 16 && low + bits <= width_,
                "a field of a word");
  uint8_t* at = bits_.data() + static_cast<size_t>(word) * static_cast<size_t>(width_) + low;
  for (int b = 0; b < bits; ++b) at[b] = static_cast<uint8_t>((static_cast<unsigned>(value) >> b) & 1U);
}

std::string RomImage::text() const {
  const int digits = (width_ + 3) / 4;
  std::string out;
  out.reserve(static_cast<size_t>(depth_) * static_cast<size_t>(digits + 1));
  for (int w = 0; w < depth_; ++w) {
    const uint8_t* word = bits_.data() + static_cast<size_t>(w) * static_cast<size_t>(width_);
    for (int d = digits - 1; d >= 0; --d) {
      int nibble = 0;
      for (int b = std::min(3, width_ - 1 - 4 * d); b >= 0; --b) nibble = nibble * 2 + word[4 * d + b];
      out += "0123456789abcdef"[nibble];
    }
    out += '\n';
  }
  return out;
}

}  // namespace psaflow::rtl
