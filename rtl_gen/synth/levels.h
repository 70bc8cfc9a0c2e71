// How deep the logic between registers is: what bounds a clock before anything is placed, and all that a tool without place and route can
// say of it.
#pragma once
#include <map>
#include <string>

namespace psaflow {

// Of the longest path of a netlist between registers, DSP slices, block RAMs and ports.
struct LogicLevels {
  int luts = 0;     // LUTs on it, LUT RAMs among them
  int carries = 0;  // carry chains of 4 bits, and multiplexers behind LUTs, on that path

  bool operator<(const LogicLevels& other) const {
    return luts != other.luts ? luts < other.luts : carries < other.carries;
  }
};

// Of each module, but those of the library, in what Yosys' write_json gave, flattened, without registers (FD*, SRL*), DSP slices and block RAMs. A bit of a carry
// chain depends on what comes from below it only. UserError (a Yosys that we do not understand) when a cell has no directions of its
// ports, two drive a net, or logic goes in a circle.
std::map<std::string, LogicLevels> parse_levels(const std::string& json);

}  // namespace psaflow
