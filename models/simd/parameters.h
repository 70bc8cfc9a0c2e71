// The parameters of one pass as the hardware reads them: words of `tile` bytes, a byte a lane. Layout: models/simd/README.md.
#pragma once
#include <cstdint>
#include <vector>

#include "models/simd/fusion.h"
#include "models/simd/hardware.h"

namespace psaflow {

struct SimdParameters {
  std::vector<uint8_t> constants, weights, tables;  // each padded to whole beats
  bool table = false;
};

// Of a step of the fusion. row_blocks, col_blocks: of its output matrix.
SimdParameters simd_parameters(const Network& network, const SimdStep& step, const SimdHardware& hardware,
                               int row_blocks, int col_blocks);

// Whether a chain of elementwise operators on the main side takes the table units: all but none and a single Affine.
bool needs_table(const Network& network, const std::vector<int>& chain);

}  // namespace psaflow
