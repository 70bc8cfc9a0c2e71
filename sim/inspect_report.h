// How `psaflow inspect` tells what it found: tables for a terminal, JSON with units in the key names.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "sw/inspect/activations.h"
#include "sw/inspect/functions.h"
#include "sw/inspect/summary.h"

namespace psaflow {

struct Inspection {
  std::string file, format;
  ModelSummary model;
  std::vector<FunctionSet> functions;  // of every layer that has some
  std::string data_dir, split;         // empty: nothing measured
  size_t images = 0;
  std::vector<TensorRange> activations;
};

void print_inspection(const Inspection& inspection);
std::string inspection_json(const Inspection& inspection);

}  // namespace psaflow
