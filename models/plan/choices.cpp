#include "models/plan/choices.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "models/plan/legal.h"
#include "sw/base/words.h"
#include "sw/network/verify.h"

namespace psaflow::detail {
namespace {

using Findings = std::vector<Finding>;

bool contains(const std::vector<int>& legal, int value) {
  return std::find(legal.begin(), legal.end(), value) != legal.end();
}

void set_pe(Stage& stage, int pe, const std::string& key, Findings& findings) {
  const std::vector<int> legal = legal_pe(stage);
  if (contains(legal, pe)) {
    stage.pe = pe;
  } else {
    findings.push_back({key, std::to_string(pe),
                        fmt::format("a divisor of the {} outputs that divides or is a multiple of the {} lanes: {}",
                                    stage.linear()->out, stage.out.lanes, list_text(legal))});
  }
}

void set_simd(Stage& stage, int simd, const std::string& key, Findings& findings) {
  const std::vector<int> legal = legal_simd(stage);
  if (contains(legal, simd)) {
    stage.simd = simd;
  } else {
    findings.push_back({key, std::to_string(simd),
                        fmt::format("a divisor of the {} inputs: {}", stage.linear()->in, list_text(legal))});
  }
}

void check_depth(int depth, const std::string& key, Findings& findings) {
  if (depth < 1 || depth > kMaxFifoBeats)
    findings.push_back({key, std::to_string(depth), fmt::format("beats, 1..{}", kMaxFifoBeats)});
}

Finding wrong_kind(const std::string& key, const std::string& value, const Pipeline& pipeline, StageKind wanted) {
  std::vector<std::string> names;
  for (const Stage& s : pipeline.stages) {
    if (s.kind == wanted) names.push_back(s.name);
  }
  return {key, value, fmt::format("only for {} stages: {}", to_string(wanted), fmt::join(names, ", "))};
}

size_t literal_chars(const std::string& pattern) {
  const auto stars = std::count(pattern.begin(), pattern.end(), '*');
  return pattern.size() - static_cast<size_t>(stars);
}

// From the least specific to the most.
std::vector<const std::pair<const std::string, StageChoice>*> by_specificity(const StreamingOptions& options) {
  std::vector<const std::pair<const std::string, StageChoice>*> order;
  for (const auto& entry : options.stages) order.push_back(&entry);
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    const bool plain_a = a->first.find('*') == std::string::npos, plain_b = b->first.find('*') == std::string::npos;
    return plain_a != plain_b ? plain_b : literal_chars(a->first) < literal_chars(b->first);
  });
  return order;
}

class Applier {
 public:
  Applier(Pipeline& pipeline, Findings& findings)
      : pipeline_(pipeline), findings_(findings), depth_set_(pipeline.streams.size(), false) {}

  void apply(const std::string& pattern, const StageChoice& choice) {
    const std::string key = "stages." + pattern;
    bool any = false, any_linear = false, any_add = false;
    for (Stage& stage : pipeline_.stages) {
      if (!matches_pattern(stage.name, pattern)) continue;
      any = true;
      if (stage.kind == StageKind::kLinear) {
        any_linear = true;
        if (choice.pe) set_pe(stage, *choice.pe, key + ".pe", findings_);
        if (choice.simd) set_simd(stage, *choice.simd, key + ".simd", findings_);
      }
      if (choice.fifo_depth) set_depths(stage, false, *choice.fifo_depth, key + ".fifo_depth");
      if (stage.kind == StageKind::kAdd) {
        any_add = true;
        if (choice.residual_fifo_depth)
          set_depths(stage, true, *choice.residual_fifo_depth, key + ".residual_fifo_depth");
      }
    }
    if (!any) {
      std::vector<std::string> names;
      for (const Stage& s : pipeline_.stages) names.push_back(s.name);
      findings_.push_back(
          {"stages", quoted_word(pattern, names),
           fmt::format("a stage of this network, or a pattern with '*' that matches one: {}", fmt::join(names, ", "))});
      return;
    }
    const auto only_for = [&](bool legal, StageKind wanted, const char* what, const std::optional<int>& value) {
      if (value && !legal) findings_.push_back(wrong_kind(key + "." + what, std::to_string(*value), pipeline_, wanted));
    };
    only_for(any_linear, StageKind::kLinear, "pe", choice.pe);
    only_for(any_linear, StageKind::kLinear, "simd", choice.simd);
    only_for(any_add, StageKind::kAdd, "residual_fifo_depth", choice.residual_fifo_depth);
    if (choice.packed && !any_linear) {
      findings_.push_back(
          wrong_kind(key + ".packed", *choice.packed ? "true" : "false", pipeline_, StageKind::kLinear));
    }
  }

  std::vector<bool> depth_set() const { return depth_set_; }

 private:
  void set_depths(const Stage& stage, bool residual, int depth, const std::string& key) {
    check_depth(depth, key, findings_);
    for (int s : stage.inputs) {
      Stream& stream = pipeline_.streams[static_cast<size_t>(s)];
      if (stream.residual != residual) continue;
      stream.fifo_depth = depth;
      depth_set_[static_cast<size_t>(s)] = true;
    }
  }

  Pipeline& pipeline_;
  Findings& findings_;
  std::vector<bool> depth_set_;
};

}  // namespace

bool matches_pattern(const std::string& text, const std::string& pattern) {
  size_t t = 0, p = 0, star = std::string::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string::npos) {  // let the last star swallow one character more
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

void check_lanes(const Network& network, int lanes, Findings& findings) {
  const std::vector<int> legal = legal_lanes(network);
  if (!contains(legal, lanes)) {
    findings.push_back({"lanes", std::to_string(lanes),
                        fmt::format("a divisor of every width that a vector has here ({}): {}",
                                    list_text(vector_widths(network)), list_text(legal))});
  }
}

std::vector<bool> apply_choices(Pipeline& pipeline, const StreamingOptions& options, Findings& findings) {
  check_depth(options.fifo_depth, "fifo_depth", findings);
  if (options.residual_fifo_depth) check_depth(*options.residual_fifo_depth, "residual_fifo_depth", findings);
  Applier applier(pipeline, findings);
  for (const auto* entry : by_specificity(options)) applier.apply(entry->first, entry->second);
  return applier.depth_set();
}

std::vector<PackingWish> packing_wishes(const Pipeline& pipeline, const StreamingOptions& options) {
  PackingWish everywhere{std::nullopt, "dsp_packing"};
  if (options.dsp_packing != DspPacking::kAuto) everywhere.packed = options.dsp_packing == DspPacking::kOn;
  std::vector<PackingWish> wishes(pipeline.stages.size(), everywhere);
  for (const auto* entry : by_specificity(options)) {
    if (!entry->second.packed) continue;
    for (size_t s = 0; s < wishes.size(); ++s) {
      if (matches_pattern(pipeline.stages[s].name, entry->first))
        wishes[s] = {entry->second.packed, "stages." + entry->first + ".packed"};
    }
  }
  return wishes;
}

void settle_packing(Pipeline& pipeline, const StreamingOptions& options, Findings& findings) {
  const std::vector<PackingWish> wishes = packing_wishes(pipeline, options);
  for (size_t s = 0; s < wishes.size(); ++s) {
    Stage& stage = pipeline.stages[s];
    if (stage.kind != StageKind::kLinear) continue;
    if (wishes[s].packed.value_or(false) && !can_pack(stage, stage.pe)) {
      const bool all = wishes[s].key == "dsp_packing";
      std::vector<int> even = legal_pe(stage);
      even.erase(std::remove_if(even.begin(), even.end(), [&](int pe) { return !can_pack(stage, pe); }), even.end());
      findings.push_back({wishes[s].key,
                          fmt::format("{}, but '{}' has pe {}", all ? "on" : "true", stage.name, stage.pe),
                          (all ? "auto, off, or for that stage " : "false, or for that stage ") +
                              (even.empty() ? stage.linear()->in > kMaxPackedInputs
                                                  ? fmt::format("packed: false, as it has {} inputs, more than {}",
                                                                stage.linear()->in, kMaxPackedInputs)
                                                  : "packed: false, as no pe that fits its outputs and lanes is even"
                                            : "an even pe: " + list_text(even))});
    }
    stage.packed = wishes[s].packed.value_or(true) && can_pack(stage, stage.pe);
  }
}

}  // namespace psaflow::detail
