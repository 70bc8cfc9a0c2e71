// How deep the logic between registers is: what bounds a clock before anything is placed, and all that a tool without place and route can
// say of it.
#pragma once

namespace psaflow {

// Of the longest path of a netlist between registers, DSP slices, block RAMs and ports.
struct LogicLevels {
  int luts = 0;     // LUTs on it, LUT RAMs among them
  int carries = 0;  // carry chains of 4 bits, and multiplexers behind LUTs, on that path

  bool operator<(const LogicLevels& other) const {
    return luts != other.luts ? luts < other.luts : carries < other.carries;
  }
  bool operator==(const LogicLevels& other) const { return luts == other.luts && carries == other.carries; }
};

}  // namespace psaflow
