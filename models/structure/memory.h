// A read-only memory in an FPGA: what it costs in LUTs and in block RAMs, and which of them it should be.
#pragma once
#include <cstdint>

#include "models/plan/stage.h"

namespace psaflow {

// A LUT6 is 64 words of a bit. Up to 512 words the LUTs' own multiplexers (F7, F8, F9) join them; beyond, a LUT6 for
// each four of those (UG574). One word is a constant and costs nothing.
int64_t rom_luts(int width_bits, int depth_words);

// The same once small LUTs share: up to 32 words, two bits fit one LUT6.
int64_t rom_paired_luts(int width_bits, int depth_words);

// A ROM in block RAMs, as Yosys makes it (measured on 8 to 26 bits, up to 36,864 words): segments of 2^n words lie side by side in the rows of
// RAMB18E2s, 512 words of 36 bits, ... 16384 of 1, or RAMB36E2s, 512 of 72, ... 32768 of 1 (UG573), cut wherever a row ends; LUTs choose
// the segment by a register of its number.
struct RomBlocks {
  int64_t half_blocks = 0;  // of a BRAM36: the fewest
  int64_t segments = 1;     // of those the fewest
  int64_t luts = 0, ffs = 0;
};
RomBlocks rom_blocks(int width_bits, int depth_words);

// A memory of one write and one read port, as Yosys makes it of LUTs (up to 64 words) or of block RAMs: halves of a BRAM36, the best of
// their shapes, each word in a row of its own.
int64_t ram_luts(int width_bits, int depth_words);
int64_t ram_half_blocks(int width_bits, int depth_words);

// Whether a ROM lies in block RAM rather than in LUTs. kAuto: where that is the smaller share of the device, a block RAM being worth
// `luts_per_block_ram`, and beyond 1024 words, whose multiplexer would not keep the clock. block_luts: what the ROM needs beside block RAM.
// One word is a constant, wherever ROMs lie.
// UltraRAM is no choice for a ROM: on UltraScale+ it starts as zeros, without contents of one's own (UG573, "UltraRAM Resources").
bool lies_in_block_ram(const RomPlacement& placement, int width_bits, int depth_words, int64_t block_luts = 0);

}  // namespace psaflow
