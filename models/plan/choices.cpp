#include "models/plan/choices.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "models/plan/target.h"
#include "sw/base/error.h"

namespace psaflow::detail {
namespace {

constexpr int kMaxFifoBeats = 1 << 24;  // beyond any device; keeps a typing error from eating the memory

template <typename Legal>
std::string divisors(int n, const Legal& legal) {
  std::vector<int> list;
  for (int d = 1; d <= n; ++d) {
    if (n % d == 0 && legal(d)) list.push_back(d);
  }
  return fmt::format("{}", fmt::join(list, ", "));
}

void set_pe(Stage& stage, int pe, const std::string& key, const StreamingOptions& options) {
  const int m = stage.linear->out;
  const int lanes = stage.out.lanes;
  const auto fits_lanes = [&](int d) { return d % lanes == 0 || lanes % d == 0; };
  if (pe < 1 || m % pe != 0 || !fits_lanes(pe)) {
    throw UserError(options.file, key, std::to_string(pe),
                    fmt::format("a divisor of the {} outputs that divides or is a multiple of the {} lanes: {}", m,
                                lanes, divisors(m, fits_lanes)));
  }
  stage.pe = pe;
}

void set_simd(Stage& stage, int simd, const std::string& key, const StreamingOptions& options) {
  const int k = stage.linear->in;
  if (simd < 1 || k % simd != 0) {
    throw UserError(options.file, key, std::to_string(simd),
                    fmt::format("a divisor of the {} inputs: {}", k, divisors(k, [](int) { return true; })));
  }
  stage.simd = simd;
}

void check_depth(int depth, const std::string& key, const StreamingOptions& options) {
  if (depth < 1 || depth > kMaxFifoBeats) {
    throw UserError(options.file, key, std::to_string(depth), fmt::format("beats, 1..{}", kMaxFifoBeats));
  }
}

[[noreturn]] void wrong_kind(const std::string& key, const std::string& what, const std::string& kind,
                             const Pipeline& pipeline, StageKind wanted, const StreamingOptions& options) {
  std::vector<std::string> names;
  for (const Stage& s : pipeline.stages) {
    if (s.kind == wanted) names.push_back(s.name);
  }
  throw UserError(options.file, key, what, fmt::format("only for {} stages: {}", kind, fmt::join(names, ", ")));
}

size_t literal_chars(const std::string& pattern) {
  const auto stars = std::count(pattern.begin(), pattern.end(), '*');
  return pattern.size() - static_cast<size_t>(stars);
}

class Applier {
 public:
  Applier(Pipeline& pipeline, const StreamingOptions& options)
      : pipeline_(pipeline), options_(options), depth_set_(pipeline.streams.size(), false) {}

  void apply(const std::string& pattern, const StageChoice& choice) {
    const std::string key = "stages." + pattern;
    bool any = false, any_linear = false, any_add = false;
    for (Stage& stage : pipeline_.stages) {
      if (!matches_pattern(stage.name, pattern)) continue;
      any = true;
      if (stage.kind == StageKind::kLinear) {
        any_linear = true;
        if (choice.pe) set_pe(stage, *choice.pe, key + ".pe", options_);
        if (choice.simd) set_simd(stage, *choice.simd, key + ".simd", options_);
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
      throw UserError(
          options_.file, "stages", "'" + pattern + "'",
          fmt::format("a stage of this network, or a pattern with '*' that matches one: {}", fmt::join(names, ", ")));
    }
    const std::string shown = "'" + pattern + "'";
    if (choice.pe && !any_linear) wrong_kind(key + ".pe", shown, "linear", pipeline_, StageKind::kLinear, options_);
    if (choice.simd && !any_linear) wrong_kind(key + ".simd", shown, "linear", pipeline_, StageKind::kLinear, options_);
    if (choice.residual_fifo_depth && !any_add) {
      wrong_kind(key + ".residual_fifo_depth", shown, "add", pipeline_, StageKind::kAdd, options_);
    }
  }

  std::vector<bool> depth_set() const { return depth_set_; }

 private:
  void set_depths(const Stage& stage, bool residual, int depth, const std::string& key) {
    check_depth(depth, key, options_);
    for (int s : stage.inputs) {
      Stream& stream = pipeline_.streams[static_cast<size_t>(s)];
      if (stream.residual != residual) continue;
      stream.fifo_depth = depth;
      depth_set_[static_cast<size_t>(s)] = true;
    }
  }

  Pipeline& pipeline_;
  const StreamingOptions& options_;
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

void check_lanes(const IntModel& model, const StreamingOptions& options) {
  const ModelConfig& c = model.config;
  const std::vector<int> legal = legal_lanes(model);
  if (std::find(legal.begin(), legal.end(), options.lanes) == legal.end()) {
    throw UserError(options.file, "lanes", std::to_string(options.lanes),
                    fmt::format("a divisor of {} features, {} tokens, embed {} and hidden {}: {}", c.features(),
                                c.tokens(), c.embed, c.hidden, fmt::join(legal, ", ")));
  }
}

std::vector<bool> apply_choices(Pipeline& pipeline, const StreamingOptions& options) {
  check_depth(options.fifo_depth, "fifo_depth", options);
  if (options.residual_fifo_depth) check_depth(*options.residual_fifo_depth, "residual_fifo_depth", options);
  std::vector<const std::pair<const std::string, StageChoice>*> order;
  for (const auto& entry : options.stages) order.push_back(&entry);
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    const bool plain_a = a->first.find('*') == std::string::npos, plain_b = b->first.find('*') == std::string::npos;
    return plain_a != plain_b ? plain_b : literal_chars(a->first) < literal_chars(b->first);
  });
  Applier applier(pipeline, options);
  for (const auto* entry : order) applier.apply(entry->first, entry->second);
  return applier.depth_set();
}

}  // namespace psaflow::detail
