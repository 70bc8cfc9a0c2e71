// What the accelerator computes, bit for bit: its buffers and the passes over them. The interpreter of a program and the
// SystemC model run this; the RTL is held against it.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "models/simd/mapping.h"
#include "sw/golden/reference.h"

namespace psaflow {

// Buffers that DRAM fills, each a ring of beats.
enum class SimdRing { kInput, kConstants, kWeights, kTables };
constexpr int kSimdRings = 4;

class SimdDatapath {
 public:
  explicit SimdDatapath(const SimdHardware& hardware);

  // Before anything is loaded for a program.
  void start(const SimdProgram& program) { image_bytes_ = program.image_bytes; }
  // Behind what the ring holds. What it cannot hold is a bug of whoever loads.
  void load(SimdRing ring, const uint8_t* bytes, int64_t beats);
  // Runs a pass on what has been loaded for it, and drops that. What goes out is appended to `results`, a beat a word.
  void run(const SimdPass& pass, std::vector<uint8_t>& results);

  // The value that a pass left among the activations (side: the residuals), without padding.
  Int8Matrix value(const SimdPass& pass, bool side) const;
  // Flips bit 0 of one element there, to show that checks see it.
  void flip(const SimdPass& pass, bool side, int row, int col);

 private:
  struct Ring {
    std::vector<uint8_t> bytes;
    size_t head = 0, fill = 0;
    std::vector<uint8_t> straight;  // of a part that goes round the end
  };
  // The next `size` bytes of a ring, in one piece.
  const uint8_t* front(SimdRing ring, size_t size);
  void drop(SimdRing ring, size_t size);
  template <int kTile>
  void run_tile(const SimdPass& pass, std::vector<uint8_t>& results);
  size_t place(const SimdPass& pass, bool side, int row, int col) const;

  SimdHardware hardware_;
  Ring rings_[kSimdRings];
  size_t image_bytes_ = 0;      // that a pass which releases the input drops
  std::vector<int8_t> main_;    // [tiles][column][row]
  std::vector<int8_t> side_;    // [tiles][row][column]
  std::vector<int8_t> turned_;  // the activations of a block over tokens, a column operand a step
};

// Images [T, F] one behind the other through a program that lies in DRAM as mapping.image says. Returns [count, classes].
std::vector<int8_t> interpret_simd(const Network& network, const SimdMapping& mapping, const int8_t* images,
                                   size_t count);

}  // namespace psaflow
