// Which choices a network leaves, as data: the reader of a scenario, the plan that folds for a target, error texts and
// exploration all ask here.
#pragma once
#include <string>
#include <vector>

#include "models/plan/cascade.h"
#include "models/plan/stage.h"

namespace psaflow {

// Elements a beat that every stream can have: the common divisors of its widths, ascending (sw/network/verify.h).
std::vector<int> legal_lanes(const Network& network);

// Of a linear stage, whose lanes are settled: outputs at a time, which divide the outputs and divide or are a multiple
// of the lanes; inputs a cycle, which divide the inputs. Ascending.
std::vector<int> legal_pe(const Stage& stage);
std::vector<int> legal_simd(const Stage& stage);
// Whether two outputs can share each multiplier: an even pe, and so few inputs that their sum fits half an adder.
inline bool can_pack(const Stage& stage, int pe) {
  return pe % 2 == 0 && stage.linear()->in <= kMaxPackedInputs;
}

struct Folding {
  int pe = 1, simd = 1;
  bool packed = false;
};
// Every combination of the three; packed beside unpacked where it can be.
std::vector<Folding> legal_foldings(const Stage& stage);

// "1, 2, 4"
std::string list_text(const std::vector<int>& values);

}  // namespace psaflow
