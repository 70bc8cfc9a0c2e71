#include "models/structure/memory.h"

#include <algorithm>

namespace psaflow {
namespace {

int64_t ceil_div(int64_t a, int64_t b) {
  return (a + b - 1) / b;
}

}  // namespace

int64_t rom_luts(int width_bits, int depth_words) {
  if (depth_words <= 1) return 0;
  const int64_t joined = depth_words <= 512 ? 0 : ceil_div(ceil_div(depth_words, 512), 4);
  return width_bits * (ceil_div(depth_words, 64) + joined);
}

int64_t rom_paired_luts(int width_bits, int depth_words) {
  const int64_t luts = rom_luts(width_bits, depth_words);
  return depth_words <= 32 ? ceil_div(luts, 2) : luts;
}

int64_t rom_half_blocks(int width_bits, int depth_words) {
  int64_t halves = 2 * ceil_div(width_bits, 72) * ceil_div(depth_words, 512);
  for (int64_t depth = 512, width = 36; width >= 1; depth *= 2, width = width == 9 ? 4 : width / 2)
    halves = std::min(halves, ceil_div(width_bits, width) * ceil_div(depth_words, depth));
  return halves;
}

int64_t ram_luts(int width_bits, int depth_words) {
  // RAM32M16: 14 bits of 32 words; RAM64M8: 7 of 64; eight LUTs each.
  if (depth_words > 64) return 0;
  return 8 * ceil_div(width_bits, depth_words > 32 ? 7 : 14);
}

int64_t ram_half_blocks(int width_bits, int depth_words) {
  return depth_words <= 64 ? 0 : rom_half_blocks(width_bits, depth_words);
}

bool lies_in_block_ram(const RomPlacement& placement, int width_bits, int depth_words, int64_t block_luts) {
  constexpr int kMaxLutDepth = 1024;
  if (depth_words <= 1 || placement.style == RomStyle::kDistributed) return false;
  if (placement.style == RomStyle::kBlock || depth_words > kMaxLutDepth) return true;
  const int64_t halves = rom_half_blocks(width_bits, depth_words);
  return halves * placement.luts_per_block_ram + 2 * block_luts < 2 * rom_luts(width_bits, depth_words);
}

}  // namespace psaflow
