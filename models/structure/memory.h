// A read-only memory in an FPGA: what it costs in LUTs and in block RAMs, and which of them it should be.
#pragma once
#include <cstdint>

namespace psaflow {

// A LUT6 is 64 words of a bit. Up to 512 words the LUTs' own multiplexers (F7, F8, F9) join them; beyond, a LUT6 for
// each four of those (UG574). One word is a constant and costs nothing.
int64_t rom_luts(int width_bits, int depth_words);

// The same once small LUTs share: up to 32 words, two bits fit one LUT6.
int64_t rom_paired_luts(int width_bits, int depth_words);

// A RAMB36E2 is 512 words of 72 bits, 1024 of 36, ... 32768 of 1 (UG573); the best of these shapes.
int64_t rom_block_rams(int width_bits, int depth_words);

// A memory of one write and one read port, as Yosys makes it of LUTs (up to 64 words) or of block RAMs: halves of a BRAM36, the best of
// their shapes.
int64_t ram_luts(int width_bits, int depth_words);
int64_t ram_half_blocks(int width_bits, int depth_words);

// Whether a ROM belongs in block RAM rather than in LUTs: where that costs less, devices having about 700 LUTs for each
// block RAM, and beyond 1024 words, whose multiplexer would not keep the clock.
bool prefers_block_ram(int width_bits, int depth_words);

}  // namespace psaflow
