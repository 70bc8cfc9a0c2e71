// The fixed-size accelerator's structure: the modules of rtl_gen/simd that do its work, as its hardware has them.
#pragma once
#include <string>
#include <vector>

#include "models/simd/hardware.h"
#include "models/structure/structure.h"

namespace psaflow {

// Bits of a sum that no pass which fits can exceed: a pass's weights, K words for a block of K steps, lie in their ring as a whole, and a
// product is at most 2^14.
int simd_accumulator_bits(const SimdHardware& hardware);

// Of the module simd_accelerator.
std::vector<Parameter> simd_accelerator_parameters(const SimdHardware& hardware);

// Leaves of one kind and shape, memories included; between them are wires alone.
struct SimdLeaf {
  std::string kind;  // for people: "tile", "ways out", "tables"
  LeafInstance leaf;
  int count = 1;
};
std::vector<SimdLeaf> simd_structure(const SimdHardware& hardware);

}  // namespace psaflow
