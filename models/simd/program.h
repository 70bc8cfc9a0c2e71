// The layer program: what the accelerator is told to do with an image, pass by pass. Descriptors of 64 bytes, read by
// the hardware from DRAM; models/simd/README.md has the fields' bits. Compiler, interpreter, cycle plan, SystemC model
// and RTL read the same ones.
#pragma once
#include <cstdint>
#include <vector>

#include "models/simd/hardware.h"
#include "sw/base/finding.h"

namespace psaflow {

constexpr uint32_t kSimdMagic = 0x46415350;  // "PSAF", little-endian
constexpr uint32_t kSimdProgramVersion = 1;
constexpr int kSimdDescriptorBytes = 64;

// One pass: an output matrix [row_blocks * T, col_blocks * T], block by block, rows outside, `steps` outer products
// each. The row operand of a step is T values that differ by output row, the column operand T that differ by column.
struct SimdPass {
  bool over_tokens = false;    // row operand weights, column operand activations; else the other way round
  bool diagonal = false;       // a copy: block (r, c) takes the T steps of source tile (r, c), weights are the identity
  bool relu = false;           // the lower clamp of requantise is 0
  bool from_input = false;     // activations come from the input ring, in the order in which steps take them
  bool add = false;            // a residual is added
  bool to_main = false;        // results to the activations ...
  bool to_side = false;        // ... to the residuals ...
  bool to_result = false;      // ... out of the accelerator (not beside to_main)
  bool table = false;          // main results pass the tables
  bool release_input = false;  // the last pass that reads the image
  bool argmax = false;         // what goes out is the index of the highest value

  uint32_t steps = 0;         // K of a block; of a diagonal pass T
  uint32_t block_cycles = 0;  // from a block's first step to the next one's: SimdPipeline::block_cycles()
  uint32_t row_blocks = 0, col_blocks = 0;
  uint32_t rows = 0, cols = 0;                     // of the output matrix without padding: what goes out
  uint32_t gap_cycles = 0;                         // idle steps before the first: until what it reads has been written
  uint32_t source_tile = 0, source_row_tiles = 0;  // activations; tiles of a row block of the source matrix
  uint32_t main_tile = 0, side_tile = 0, residual_tile = 0;
  uint32_t parameter_offset = 0;  // bytes from the program's first: constants, weights, tables, one behind the other
  uint32_t constant_beats = 0, weight_beats = 0, table_beats = 0;
  uint32_t input_beats = 0;  // loaded before this pass: the image, in the first one
  uint32_t result_words = 0;

  int64_t blocks() const { return int64_t{row_blocks} * col_blocks; }
  int64_t issue_cycles() const { return blocks() * block_cycles; }
};

struct SimdProgram {
  int tile = 16, bus_bytes = 16;
  uint32_t image_bytes = 0;   // from one image to the next in DRAM, whole beats
  uint32_t result_bytes = 0;  // likewise of results: a beat a word
  std::vector<SimdPass> passes;
  const SimdPass& result_pass() const;  // the one whose values go out
};

// Header and descriptors, as they stand in DRAM before the parameters; decode takes the first of them. UserError where
// magic, version, tile or bus are not the hardware's.
std::vector<uint8_t> encode_program(const SimdProgram& program);
SimdProgram decode_program(const uint8_t* bytes, size_t size, const SimdHardware& hardware);

// What a pass needs that the hardware has not, or that makes no sense: the checks that the hardware makes before it
// starts. Paths are "pass 3".
std::vector<Finding> check_program(const SimdProgram& program, const SimdHardware& hardware);

}  // namespace psaflow
