// Shares of a long co-simulation, each run somewhere, put together.
#pragma once
#include <string>

#include "sw/base/shard.h"

namespace psaflow {

// "DIR/cosim-2-of-8.json": what the second of eight shares leaves.
std::string cosim_part(const std::string& folder, Shard shard);

struct MergedCosim {
  std::string scenario, json;  // json: images and mismatches of all, cycles, where every share has the same, else null
  size_t parts = 0, images = 0, mismatches = 0;
  size_t failed = 0;         // shares that reported any failure
  bool equal_cycles = true;  // RTL, SystemC and plan give the same II and latency in every share
};

// Of all parts of the folder. UserError where one is missing, is none, or they are not of one work.
MergedCosim merge_cosim(const std::string& folder);

}  // namespace psaflow
