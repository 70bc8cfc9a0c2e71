// The contents of one ROM: words of any width, written as the lines that $readmemh reads.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "models/structure/structure.h"

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

// What a stage's ROM port holds, one image for each of its ROMs, of the shape that the structure gives.
std::vector<RomImage> rom_contents(const Stage& stage, const RomPort& port);

}  // namespace psaflow::rtl
