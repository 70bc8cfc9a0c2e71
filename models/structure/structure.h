// What a design is built of: instances of the hand-written leaves with their parameters, and the memories behind them.
// The text of the RTL, its manifest, synthesis and area are all made from this list.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/plan/stage.h"

namespace psaflow {

struct Parameter {
  std::string name;
  int64_t value = 0;
};

// Read-only memories of one shape behind a leaf's port: one, or one a lane side by side, sharing address and enable.
struct RomPort {
  std::string port, enable;  // the leaf's ports begin with them: "even_rom", "table_rom"
  std::string holds;         // for people: "Even table points"
  int count = 1, width_bits = 0, depth_words = 0;
  bool block_ram = false;                  // else LUTs
  std::string leaf = "const_rom";          // the module of each
  std::vector<Parameter> parameters = {};  // of it, beside Width, Depth, BlockRam and File
};

struct LeafInstance {
  std::string leaf;  // a module of rtl_gen/lib
  std::vector<Parameter> parameters;
  std::vector<RomPort> roms;
};

struct Structure {
  std::vector<LeafInstance> stages;                // by stage index; a fork holds the FIFOs of its outputs
  std::vector<std::optional<LeafInstance>> fifos;  // by stream index; none for one that leaves a fork
};

// Of the streaming accelerator, by the names and parameters of rtl_gen/lib.
Structure streaming_structure(const Pipeline& pipeline);
LeafInstance stage_structure(const Pipeline& pipeline, const Stage& stage);
LeafInstance fifo_structure(const Stream& stream);

// For people: "64 vectors of 96, 2 a beat"; "linear 64 -> 64 on 96 vectors an image; pe 1, simd 64: 64 steps a vector".
std::string shape_text(const StreamShape& shape);
std::string stage_text(const Stage& stage);

}  // namespace psaflow
