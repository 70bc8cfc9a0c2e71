// The fixed-size accelerator as hardware: what is chosen when it is built. Every network that fits its buffers runs on
// it; models/simd/README.md draws it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace psaflow {

// Buffers, in the units in which the hardware counts them. A word is `tile` bytes, a beat `bus_bytes`.
struct SimdCapacities {
  int64_t programs = 0;     // passes of a program
  int64_t main_tiles = 0;   // activations, T x T bytes each: what passes read and write
  int64_t side_tiles = 0;   // residuals, T x T bytes each: what an add takes
  int64_t input_beats = 0;  // rings that DRAM fills: images ...
  int64_t constant_beats = 0, weight_beats = 0, table_beats = 0;  // ... and the parameters of passes
  int64_t result_words = 0;                                       // ring of results on their way out
};

// A buffer by the key that a scenario gives it: capacities are read, reported and checked by walking this list.
struct SimdBuffer {
  const char* key;
  const char* unit;
  const char* what;
  int64_t SimdCapacities::*capacity;
  bool ring;  // a power of two, or (tables) none
};
const std::vector<SimdBuffer>& simd_buffers();

struct SimdHardware {
  int tile = 16;         // T: T x T MACs
  int bus_bytes = 16;    // of the memory port, at least `tile`
  int burst_beats = 64;  // longest read and write; a burst never crosses a multiple of its bytes, nor of 4 KiB
  int outstanding_reads = 8;
  SimdCapacities capacities;

  int words_per_beat() const { return bus_bytes / tile; }
  int64_t tile_bytes() const { return int64_t{tile} * tile; }
  int64_t beats(int64_t bytes) const { return (bytes + bus_bytes - 1) / bus_bytes; }
  int tiles(int64_t length) const { return static_cast<int>((length + tile - 1) / tile); }
  // Bytes of a buffer, the table ring's over all lanes.
  int64_t bytes(int64_t SimdCapacities::*capacity) const;
};

constexpr int kSimdTiles[] = {4, 8, 16, 32};
int simd_default_bus_bytes(int tile);

// Registers of the datapath, from the cycle in which a step's addresses are presented to the buffers. The cycle plan is
// an exact formula of these; the RTL has them as its pipeline.
struct SimdPipeline {
  // Operand buffers (2), rotation, operand, product, sum: the sum of row 0 stands this long after its last step, row j's
  // j cycles later.
  static constexpr int kSum = 6;
  static constexpr int kRow = kSum + 2;                // row selected: what requantise takes
  static constexpr int kFirstAffine = kRow + 2;        // requantised
  static constexpr int kAdd = kFirstAffine + 3;        // the affine before the add has been
  static constexpr int kTap = kAdd + 1;                // the value that main and side branch from
  static constexpr int kSideWrite = kTap + 3;          // through its affine; visible one cycle later
  static constexpr int kSideRead = kAdd - 2;           // address of the residual
  static constexpr int kTableRead = kTap + 3;          // through its affine: the address of the table
  static constexpr int kResultWrite = kTableRead + 2;  // read and registered
  static constexpr int kMainWrite = kResultWrite + 1;  // rotated back; visible one cycle later
  static constexpr int kConstants = 11;  // words of constants a block: the shortest block has a cycle more
  // Retired: the rings' places are free, this long after the last step of a pass.
  static int retire(int tile) { return kMainWrite + tile; }
  static int block_cycles(int tile, int64_t steps);  // from a block's first step to the next block's
};

}  // namespace psaflow
