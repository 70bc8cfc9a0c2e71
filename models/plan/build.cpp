#include "models/plan/build.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/plan/choices.h"
#include "models/plan/cycles.h"
#include "models/plan/legal.h"
#include "models/plan/target.h"
#include "models/plan/topology.h"
#include "sw/base/error.h"
#include "sw/network/verify.h"

namespace psaflow {
namespace {

// Counts of cycles, bits and words stay far from the ends of their types, and the plan's own lists within memory.
constexpr int64_t kMaxElements = int64_t{1} << 26, kMaxLayerWeights = int64_t{1} << 24;

class Planner {
 public:
  Planner(const Network& network, const StreamingOptions& options, double clock_mhz)
      : network_(network), options_(options), clock_mhz_(clock_mhz) {}

  StreamingPlan run() {
    check_size();
    if (findings_.empty()) check_network();
    if (!(clock_mhz_ > 0 && clock_mhz_ <= 10000))
      report("clock_mhz", fmt::format("{}", clock_mhz_), "above 0, at most 10000");
    StreamingPlan plan;
    if (findings_.empty()) plan.pipeline = for_target();
    if (findings_.empty()) {
      settle_depths(*plan.pipeline);
    } else {
      plan.pipeline.reset();
    }
    plan.findings = std::move(findings_);
    return plan;
  }

 private:
  void report(const std::string& path, std::string found, std::string allowed) {
    findings_.push_back({path, std::move(found), std::move(allowed)});
  }

  // Networks from files are verified there; those built by hand may come here first.
  void check_network() {
    for (Finding& finding : verify(network_)) {
      finding.found = finding.path + ": " + finding.found;
      finding.path = "model";
      findings_.push_back(std::move(finding));
    }
  }

  void check_size() {
    int64_t elements = 0;
    for (const Tensor& tensor : network_.tensors) elements += tensor.size();
    if (elements > kMaxElements) {
      report("model", fmt::format("tensors of {} elements an image", elements),
             fmt::format("at most {} for an unrolled accelerator", kMaxElements));
    }
    for (const Node& node : network_.nodes) {
      const auto* const linear = std::get_if<op::Linear>(&node.op);
      const int64_t weights = linear == nullptr ? 0 : int64_t{linear->params.in} * linear->params.out;
      if (weights > kMaxLayerWeights) {
        report("model", fmt::format("layer '{}' of {} weights", node.name, weights),
               fmt::format("at most {} for an unrolled accelerator", kMaxLayerWeights));
        return;
      }
    }
  }

  // With so many lanes; FIFOs still without the depths that the plan computes.
  std::optional<Pipeline> folded(int lanes) {
    detail::check_lanes(network_, lanes, findings_);
    if (!findings_.empty()) return {};
    Pipeline pipeline = detail::unfold(network_, lanes, options_.fifo_depth);
    pipeline.clock_mhz = clock_mhz_;
    pipeline.roms = options_.roms;
    pipeline.profile = naming(options_.file, [&] { return timing_profile(options_.profile); });
    if (options_.target_ii_cycles)
      detail::fold_for_ii(pipeline, *options_.target_ii_cycles, detail::packing_wishes(pipeline, options_));
    depth_set_ = detail::apply_choices(pipeline, options_, findings_);
    if (findings_.empty()) detail::settle_packing(pipeline, options_, findings_);
    return pipeline;
  }

  // The first number of lanes that meets the target, where there is one.
  std::optional<Pipeline> for_target() {
    const std::vector<int> lanes = options_.choose_lanes ? legal_lanes(network_) : std::vector<int>{options_.lanes};
    int64_t best = INT64_MAX;
    for (int n : lanes) {
      std::optional<Pipeline> pipeline = folded(n);
      if (!findings_.empty()) return {};
      const int64_t ii = predict_ii(*pipeline);
      if (!options_.target_ii_cycles || ii <= *options_.target_ii_cycles) return pipeline;
      best = std::min(best, ii);
    }
    const std::string how =
        fmt::format("the best of {} {}{}", list_text(lanes), lanes.size() == 1 && lanes[0] == 1 ? "lane" : "lanes",
                    options_.choose_lanes ? "" : " (lanes: auto tries more)");
    if (options_.target_fps) {
      report("target_fps", fmt::format("{}", *options_.target_fps),
             fmt::format("at most {} at {} MHz, {}", std::floor(images_per_second(clock_mhz_, best)), clock_mhz_, how));
    } else {
      report("target_ii_cycles", std::to_string(*options_.target_ii_cycles), fmt::format("at least {}, {}", best, how));
    }
    return {};
  }

  void settle_depths(Pipeline& pipeline) const {
    std::vector<int> computed;
    for (size_t s = 0; s < pipeline.streams.size(); ++s) {
      Stream& stream = pipeline.streams[s];
      if (!stream.residual || depth_set_[s]) continue;
      if (options_.residual_fifo_depth) {
        stream.fifo_depth = *options_.residual_fifo_depth;
        continue;
      }
      if (computed.empty()) {
        computed = options_.minimal_residuals
                       ? detail::minimal_residual_depths(pipeline, depth_set_, options_.on_search)
                       : required_residual_depths(pipeline);
      }
      stream.fifo_depth = computed[s];
    }
  }

  const Network& network_;
  const StreamingOptions& options_;
  double clock_mhz_;
  std::vector<Finding> findings_;
  std::vector<bool> depth_set_;  // by stream
};

}  // namespace

StreamingPlan plan_streaming(const Network& network, const StreamingOptions& options, double clock_mhz) {
  return Planner(network, options, clock_mhz).run();
}

Pipeline build_streaming(const Network& network, const StreamingOptions& options, double clock_mhz) {
  StreamingPlan plan = plan_streaming(network, options, clock_mhz);
  throw_first(plan.findings, options.file);
  return std::move(*plan.pipeline);
}

}  // namespace psaflow
