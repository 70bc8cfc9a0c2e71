// The FPGAs that scenarios may name, with what each holds. Sources: data sheets DS180 (7 series), DS190 (Zynq-7000), DS890 (UltraScale+),
// DS891 (Zynq UltraScale+), DS963 and DS965 (the boards U280 and U50).
#pragma once
#include <string>
#include <vector>

#include "models/area/cost.h"

namespace psaflow {

struct Device {
  std::string name, board, part;  // part: as Vivado calls it, package and speed grade of the board
  int lut, ff, dsp, bram36, uram;
  FpgaFamily family = FpgaFamily::kUltraScalePlus;
  int luts_per_block_ram() const { return lut / bram36; }
};

const std::vector<Device>& devices();
const Device& find_device(const std::string& name);  // UserError names the known ones
std::vector<std::string> device_names();

}  // namespace psaflow
