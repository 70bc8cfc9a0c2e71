// The contents of one ROM: words of any width, written as the lines that $readmemh reads.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace psaflow::rtl {

class RomImage {
 public:
  RomImage(int width_bits, int depth_words);
  int width() const { return width_; }
  int depth() const { return depth_; }
  // Bits low .. low+bits-1 of a word (bits up to 16; of a negative value its low bits).
  void set(int word, int low, int bits, int value);
  std::string text() const;  // a word a line, hexadecimal, most significant digit first

 private:
  int width_, depth_;
  std::vector<uint8_t> bits_;  // one a bit
};

// Whether a ROM belongs in block RAM rather than in LUTs: where that costs less, and beyond 1024 words, whose
// multiplexer would not keep the clock. A LUT6 holds 64 words of a bit; a RAMB36E2 512 words of 72 bits, 1024 of 36,
// ... 32768 of 1 (UG573); devices have about 700 LUTs for each block RAM.
bool prefers_block_ram(int width_bits, int depth_words);

}  // namespace psaflow::rtl
