// What something takes of an FPGA.
#pragma once
#include <cstdint>

namespace psaflow {

// What the cells of a device are: the same LUTs, registers and block RAMs in both, but other DSP slices. Every multiply-accumulate names
// its DSP48E2; a DSP48E1 has no room for all that is asked of one, so that there Yosys infers them.
enum class FpgaFamily { kUltraScalePlus, kSeries7 };
constexpr FpgaFamily kFpgaFamilies[] = {FpgaFamily::kUltraScalePlus, FpgaFamily::kSeries7};

// As Yosys calls it: "xcup", "xc7".
inline const char* to_string(FpgaFamily family) {
  return family == FpgaFamily::kSeries7 ? "xc7" : "xcup";
}

struct FpgaCost {
  int64_t lut = 0;         // every LUT cell as a LUT6, those that serve as RAM or shift register included
  int64_t paired_lut = 0;  // Yosys' guess at what is left of them when small ones share a LUT6
  int64_t ff = 0, dsp = 0;
  int64_t bram18 = 0;  // half a BRAM36 each
  int64_t uram = 0;

  double bram36() const { return static_cast<double>(bram18) / 2; }
  // Of `count` such things.
  void add(const FpgaCost& cost, int64_t count = 1) {
    lut += cost.lut * count;
    paired_lut += cost.paired_lut * count;
    ff += cost.ff * count;
    dsp += cost.dsp * count;
    bram18 += cost.bram18 * count;
    uram += cost.uram * count;
  }
};

}  // namespace psaflow
