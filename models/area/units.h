// The distinct things to synthesise of a design, and how often it has each: leaves of one shape cost the same, whatever
// their constants.
#pragma once
#include <istream>
#include <string>
#include <vector>

#include "models/area/cost.h"
#include "models/plan/cascade.h"
#include "models/structure/simd.h"
#include "models/structure/structure.h"

namespace psaflow {

struct SynthUnit {
  std::string module;  // of rtl_gen/lib, or rtl_gen/simd
  std::vector<Parameter> parameters;

  // "const_rom Width=8 Depth=64 BlockRam=0": equal for equal units.
  std::string text() const;
  int64_t parameter(const std::string& name) const;                    // 0: it has none of that name
  bool is_simd() const { return module.compare(0, 5, "simd_") == 0; }  // a module of rtl_gen/simd
  bool is_rom() const { return module == "const_rom" || module == "weight_rom"; }
  // Its cost follows from its shape (models/structure/memory.h): nothing to synthesise.
  bool is_lut_rom() const { return is_rom() && parameter("BlockRam") == 0; }
};

// Reads "MODULE NAME=VALUE ... :", which text() begins; numbers of the caller's follow. False: it is none.
bool read_unit(std::istream& words, SynthUnit& unit);
// How the inputs of a weight_rom's stage stand in cascades.
CascadeColumns columns_of(const SynthUnit& weight_rom);

// One of the ROMs of a port.
SynthUnit rom_unit(const RomPort& rom);

// Of a ROM in LUTs: by the LUT's nature; and a register a bit, or of skewed weights one for each bit of the address and
// each skew.
FpgaCost lut_rom_cost(const SynthUnit& unit);

// What one kind of stage is built of: its leaves, or their ROMs, of one shape.
struct CountedUnit {
  std::string kind;  // "linear", "function", "FIFO", "residual FIFO", ...
  SynthUnit unit;
  int count = 0;
};

// Sorted by kind, leaves before ROMs, then by shape.
std::vector<CountedUnit> count_units(const Pipeline& pipeline, const Structure& structure);

// Of the fixed-size accelerator, in the order of its structure.
std::vector<CountedUnit> count_units(const std::vector<SimdLeaf>& structure);

}  // namespace psaflow
