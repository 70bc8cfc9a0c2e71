// The test bench's hesitation at both ends of an accelerator: what kind, how much, drawn from which seed. What it comes to
// for a given pipeline, beat by beat, is models/plan/pauses.h.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace psaflow {

enum class StallPattern {
  kRandom,         // either end goes on with its probability in every cycle
  kBursts,         // either end: random runs without a pause, then random pauses of up to two IIs
  kSinkBlocks,     // the sink waits until everything before it is full, takes all that is held, waits again
  kSourceBubbles,  // the source pauses a cycle before every other beat
  kAlternate,      // both ends pause a cycle before every beat
  kRecorded        // a list of pauses
};
const char* to_string(StallPattern pattern);
std::vector<std::string> stall_pattern_names();  // of those that are not recorded
std::optional<StallPattern> find_stall_pattern(const std::string& name);

// Cycles to wait before each beat, from the end of the list to its beginning again. Empty: never.
struct RecordedPauses {
  std::vector<uint32_t> source, sink;
};

struct Stalls {
  StallPattern pattern = StallPattern::kRandom;
  double input_valid_probability = 1, output_ready_probability = 1;  // kRandom: above 0
  uint64_t seed = 1;                                                 // kRandom, kBursts
  std::shared_ptr<const RecordedPauses> recorded;                    // kRecorded

  bool any() const;          // false: neither end ever hesitates
  std::string text() const;  // "random, 0.30 of the cycles at both ends, seed 7"
};

}  // namespace psaflow
