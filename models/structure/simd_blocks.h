// The fixed-size accelerator for people: its blocks, each of modules that simd_structure lists, and the paths between them. A block diagram is
// drawn of this; a block that the hardware has not (table units) is not here.
#pragma once
#include <string>
#include <vector>

#include "models/simd/hardware.h"

namespace psaflow {

enum class SimdBlockKind { kBus, kControl, kMemory, kOperands, kLinear, kAffine, kTable, kElementwise };

struct SimdBlock {
  std::string name;  // a buffer's as simd_buffers() has it: "weights"
  SimdBlockKind kind = SimdBlockKind::kControl;
  std::vector<std::string> modules;  // of rtl_gen/simd; several blocks may be of one (a lane's stages)
  std::vector<std::string> text;     // its figures, a line each: "2048 beats of 16 bytes: 32 KiB"
};

struct SimdPath {
  std::string from, to;  // names of blocks
  int bits = 0;          // a cycle; 0: control
  std::string carries;   // "addresses"
};

// Every path that data take, and of control what starts a run and addresses the buffers. Left out: what is answered (retired, done, failed),
// halts, flags of rows on their way out, and the results' address.
struct SimdBlocks {
  std::vector<SimdBlock> blocks;
  std::vector<SimdPath> paths;
};
SimdBlocks simd_blocks(const SimdHardware& hardware);

}  // namespace psaflow
