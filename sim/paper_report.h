// The paper's comparison, PSA at hidden size 96 against ReLU at 192 and 96, with what our own networks, plans and syntheses give beside each
// published figure.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "models/area/cost.h"
#include "sim/say.h"

namespace psaflow {

// One of the three networks: psa-h96, relu-h192, relu-h96.
struct PaperNetwork {
  std::string name;
  std::optional<double> int8_accuracy, float_accuracy;  // fractions, on the whole test split
  int64_t images = 0;                                   // of that split
  int epochs = 0;                                       // of its training
  int64_t macs = 0;                                     // multiplications an image
  // Cycles an image: a stream of one element, and a tile of 16 x 16; of the paper's builds (a timing profile) and of our RTL.
  int64_t paper_streaming_cycles = 0, streaming_cycles = 0, paper_simd_cycles = 0, simd_cycles = 0;
  FpgaCost streaming, simd;  // by synthesis
};

// PSA at 96 over ReLU at 192 or 96, of the zoo's longest equal budget.
struct PaperGain {
  std::string networks, budget = "no two networks of equal budget";  // ids of the two, "equal/psa-h96, equal/relu-h192"
  std::optional<double> int8_points;                                 // on the test split
};

struct PaperRow {
  std::string what, paper, ours, how;
};

struct PaperTable {
  std::string yosys;
  std::vector<PaperNetwork> networks;  // psa-h96, relu-h192, relu-h96
  PaperGain over_wide, over_narrow;
};

// What stands in the table, each figure computed from `networks`.
std::vector<PaperRow> paper_rows(const PaperTable& table);
OurText paper_text(const PaperTable& table);
std::string paper_markdown(const PaperTable& table);
std::string paper_json(const PaperTable& table);

}  // namespace psaflow
