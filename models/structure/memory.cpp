#include "models/structure/memory.h"

#include <algorithm>
#include <iterator>

namespace psaflow {
namespace {

int64_t ceil_div(int64_t a, int64_t b) {
  return (a + b - 1) / b;
}

// Of a block of twice as many words: parity bits hold data down to a byte.
int64_t next_width(int64_t width) {
  return width == 9 ? 4 : width / 2;
}

int64_t whole_word_half_blocks(int width_bits, int depth_words) {
  int64_t halves = 2 * ceil_div(width_bits, 72) * ceil_div(depth_words, 512);
  for (int64_t depth = 512, width = 36; width >= 1; depth *= 2, width = next_width(width))
    halves = std::min(halves, ceil_div(width_bits, width) * ceil_div(depth_words, depth));
  return halves;
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

RomBlocks rom_blocks(int width_bits, int depth_words) {
  RomBlocks best;
  const auto consider = [&](int64_t halves, int64_t depth, int64_t width) {  // of a block
    const int64_t segments = ceil_div(depth_words, depth), taken = halves * ceil_div(width_bits * segments, width);
    if (best.half_blocks == 0 || taken < best.half_blocks || (taken == best.half_blocks && segments < best.segments))
      best = {taken, segments, 0, 0};
  };
  consider(2, 512, 72);
  for (int64_t depth = 512, width = 36; width >= 1; depth *= 2, width = next_width(width)) {
    consider(1, depth, width);
    consider(2, 2 * depth, width);
  }
  // LUTs a bit to choose one of so many segments, in quarters; of more, as of twelve.
  constexpr int kQuarters[] = {0, 0, 4, 4, 4, 16, 16, 12, 12, 13, 20, 20, 21};
  constexpr auto kMost = static_cast<int64_t>(std::size(kQuarters)) - 1;
  best.luts = (width_bits * kQuarters[std::min(best.segments, kMost)] + 3) / 4;
  while ((int64_t{1} << best.ffs) < best.segments) ++best.ffs;
  return best;
}

int64_t ram_luts(int width_bits, int depth_words) {
  // RAM32M16: 14 bits of 32 words; RAM64M8: 7 of 64; eight LUTs each.
  if (depth_words > 64) return 0;
  return 8 * ceil_div(width_bits, depth_words > 32 ? 7 : 14);
}

int64_t ram_half_blocks(int width_bits, int depth_words) {
  return depth_words <= 64 ? 0 : whole_word_half_blocks(width_bits, depth_words);
}

bool lies_in_block_ram(const RomPlacement& placement, int width_bits, int depth_words, int64_t block_luts) {
  constexpr int kMaxLutDepth = 1024;
  if (depth_words <= 1 || placement.style == RomStyle::kDistributed) return false;
  if (placement.style == RomStyle::kBlock || depth_words > kMaxLutDepth) return true;
  const int64_t halves = whole_word_half_blocks(width_bits, depth_words);
  return halves * placement.luts_per_block_ram + 2 * block_luts < 2 * rom_luts(width_bits, depth_words);
}

}  // namespace psaflow
