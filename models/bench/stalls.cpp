#include "models/bench/stalls.h"

#include <fmt/format.h>

#include <algorithm>

#include "sw/base/error.h"

namespace psaflow {
namespace {

constexpr struct {
  StallPattern pattern;
  const char* name;
} kNames[] = {{StallPattern::kRandom, "random"},          {StallPattern::kBursts, "bursts"},
              {StallPattern::kSinkBlocks, "sink-blocks"}, {StallPattern::kSourceBubbles, "source-bubbles"},
              {StallPattern::kAlternate, "alternate"},    {StallPattern::kRecorded, "recorded"}};

bool hesitates(const std::vector<uint32_t>& pauses) {
  return std::any_of(pauses.begin(), pauses.end(), [](uint32_t p) { return p != 0; });
}

}  // namespace

const char* to_string(StallPattern pattern) {
  for (const auto& entry : kNames) {
    if (entry.pattern == pattern) return entry.name;
  }
  PSAFLOW_CHECK(false, "every pattern has a name");
}

std::vector<std::string> stall_pattern_names() {
  std::vector<std::string> names;
  for (const auto& entry : kNames) {
    if (entry.pattern != StallPattern::kRecorded) names.emplace_back(entry.name);
  }
  return names;
}

std::optional<StallPattern> find_stall_pattern(const std::string& name) {
  for (const auto& entry : kNames) {
    if (entry.pattern != StallPattern::kRecorded && name == entry.name) return entry.pattern;
  }
  return {};
}

bool Stalls::any() const {
  switch (pattern) {
    case StallPattern::kRandom:
      return input_valid_probability < 1 || output_ready_probability < 1;
    case StallPattern::kRecorded:
      return recorded && (hesitates(recorded->source) || hesitates(recorded->sink));
    default:
      return true;
  }
}

std::string Stalls::text() const {
  if (!any()) return "none";
  switch (pattern) {
    case StallPattern::kRandom: {
      const double in = 1 - input_valid_probability, out = 1 - output_ready_probability;
      if (in == out) return fmt::format("random, {:.2f} of the cycles at both ends, seed {}", in, seed);
      return fmt::format("random, {:.2f} of the cycles at the source and {:.2f} at the sink, seed {}", in, out, seed);
    }
    case StallPattern::kBursts:
      return fmt::format("bursts at both ends, seed {}", seed);
    default:
      return to_string(pattern);
  }
}

}  // namespace psaflow
