// What a scenario wants explored: lists of choices; an empty one is swept by default (scenarios/README.md).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "models/plan/stage.h"
#include "sw/io/yaml_reader.h"

namespace psaflow {

enum class AcceleratorKind { kStreaming, kSimd };

struct ExploreSpace {
  std::vector<AcceleratorKind> kinds;    // never empty
  std::vector<std::string> models;       // paths, beside the scenario's own
  std::vector<int> tiles;                // of a fixed-size accelerator
  std::vector<int> table_points, lanes;  // table_points: those the model has, or fewer
  std::vector<int64_t> target_ii_cycles;
  std::vector<bool> packings;  // two outputs a DSP where that is cheaper; or one
  std::vector<RomStyle> rom_styles;
  std::vector<std::string> devices;
  std::vector<double> clocks_mhz;
};

// The key rom_style: auto (the default), distributed or block.
RomStyle read_rom_style(const YamlMap& map);
const char* to_string(RomStyle style);

// The section `explore` of a scenario whose accelerator is of this kind. UserError names FILE:LINE and what is allowed.
ExploreSpace read_explore(const YamlMap& root, const std::string& file, AcceleratorKind own);

}  // namespace psaflow
