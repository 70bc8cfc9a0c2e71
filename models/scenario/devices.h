// The FPGAs that scenarios may name, with what each holds (vendor data sheets DS890, DS891 and the boards' pages).
#pragma once
#include <string>
#include <vector>

namespace psaflow {

struct Device {
  std::string name, board, part;  // part: as Vivado calls it, package and speed grade of the board
  int lut, ff, dsp, bram36, uram;
  int luts_per_block_ram() const { return lut / bram36; }
};

const std::vector<Device>& devices();
const Device& find_device(const std::string& name);  // UserError names the known ones
std::vector<std::string> device_names();

}  // namespace psaflow
