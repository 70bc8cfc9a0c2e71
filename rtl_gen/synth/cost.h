// What something takes of an FPGA, and how that is read off Yosys' statistics.
#pragma once
#include <cstdint>
#include <string>

namespace psaflow {

struct FpgaCost {
  int64_t lut = 0;         // every LUT cell as a LUT6, those that serve as RAM or shift register included
  int64_t paired_lut = 0;  // Yosys' guess at what is left of them when small ones share a LUT6
  int64_t ff = 0, dsp = 0;
  int64_t bram18 = 0;  // half a BRAM36 each
  int64_t uram = 0;

  double bram36() const { return static_cast<double>(bram18) / 2; }
  // Of `count` such things.
  void add(const FpgaCost& cost, int64_t count = 1);
};

// Of `stat -tech xilinx`: the totals of the hierarchy. UserError (a Yosys that we do not understand) when they are
// missing, or hold a cell of which we do not know what it takes.
FpgaCost parse_stat(const std::string& text);

}  // namespace psaflow
