// The topology of the unrolled accelerator: every layer of the network becomes a stage, every tensor between them a
// stream.
#include "models/plan/build.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/plan/choices.h"
#include "models/plan/cycles.h"
#include "models/plan/target.h"
#include "sw/base/error.h"

namespace psaflow {
namespace {

class Builder {
 public:
  Builder(const IntModel& model, const StreamingOptions& options) : model_(model), options_(options) {
    pipeline_.config = model.config;
    pipeline_.clock_mhz = options.clock_mhz;
  }

  Pipeline build() {
    const ModelConfig& c = model_.config;
    const StreamShape image{c.tokens(), c.features(), options_.lanes};
    int x = new_stream(-1, image, false);
    x = linear("embed", model_.embed, x);
    std::string tap = "embed";
    for (size_t i = 0; i < model_.blocks.size(); ++i) {
      x = token_mixing(fmt::format("blocks.{}.token", i), model_.blocks[i], x, tap);
      x = channel_mixing(fmt::format("blocks.{}.channel", i), model_.blocks[i], x, tap);
    }
    x = pool(x);
    x = linear("head", model_.head, x, std::gcd(options_.lanes, c.classes));
    name_streams(x);
    return std::move(pipeline_);
  }

 private:
  Stage& add_stage(const std::string& name, StageKind kind, const std::vector<int>& inputs) {
    Stage stage;
    stage.name = name;
    stage.kind = kind;
    stage.inputs = inputs;
    stage.in = stage.out = stream(inputs[0]).shape;
    stage.tap = name;
    for (int s : inputs) stream(s).consumer = static_cast<int>(pipeline_.stages.size());
    pipeline_.stages.push_back(stage);
    return pipeline_.stages.back();
  }

  int new_stream(int producer, const StreamShape& shape, bool residual) {
    Stream s;
    s.producer = producer;
    s.shape = shape;
    s.residual = residual;
    s.fifo_depth = options_.fifo_depth;
    pipeline_.streams.push_back(s);
    return static_cast<int>(pipeline_.streams.size()) - 1;
  }

  // The last stage added gets one more output.
  int output(bool residual = false) {
    const int index = static_cast<int>(pipeline_.stages.size()) - 1;
    const int s = new_stream(index, pipeline_.stages.back().out, residual);
    pipeline_.stages.back().outputs.push_back(s);
    return s;
  }

  int linear(const std::string& name, const LinearParams& params, int x, int lanes_out = 0, bool relu = false) {
    Stage& stage = add_stage(name, StageKind::kLinear, {x});
    stage.linear = &params;
    stage.relu = relu;
    stage.out = {stage.in.vectors, params.out, lanes_out == 0 ? options_.lanes : lanes_out};
    PSAFLOW_CHECK(stage.in.elements == params.in, "the stream fits the layer " + name);
    stage.simd = params.in;      // a fully unrolled dot product, as the paper's ...
    stage.pe = stage.out.lanes;  // ... for each lane
    return output();
  }

  int affine(const std::string& name, const AffineParams& params, int x, bool residual = false) {
    add_stage(name, StageKind::kAffine, {x}).affine = &params;
    return output(residual);
  }

  int table(const std::string& name, const TableParams& params, int x) {
    add_stage(name, StageKind::kTable, {x}).table = &params;
    return output();
  }

  int transpose(const std::string& name, int x, const std::string& tap, bool transposed) {
    Stage& stage = add_stage(name, StageKind::kTranspose, {x});
    stage.out = {stage.in.elements, stage.in.vectors, stage.in.lanes};
    stage.tap = tap;
    stage.tap_transposed = transposed;
    return output();
  }

  std::pair<int, int> fork(const std::string& name, int x, const std::string& tap) {
    add_stage(name, StageKind::kFork, {x}).tap = tap;
    const int longer = output();
    return {longer, output()};
  }

  int add(const std::string& name, int x, int residual) {
    add_stage(name, StageKind::kAdd, {x, residual});
    return output();
  }

  int token_mixing(const std::string& name, const BlockParams& block, int x, std::string& tap) {
    const auto [longer, shorter] = fork(name + ".fork", x, tap);
    const int r = affine(name + ".residual", block.token_residual, shorter, true);
    int z = affine(name + ".pre", block.token_pre, longer);
    z = transpose(name + ".transpose_in", z, name + ".pre", true);
    z = linear(name + ".mix", block.token_mix, z);
    pipeline_.stages.back().tap_transposed = true;
    z = transpose(name + ".transpose_out", z, name + ".mix", false);
    z = affine(name + ".post", block.token_post, z);
    tap = name + ".add";
    return add(tap, z, r);
  }

  int channel_mixing(const std::string& name, const BlockParams& block, int x, std::string& tap) {
    const auto [longer, shorter] = fork(name + ".fork", x, tap);
    const int r = affine(name + ".residual", block.channel_residual, shorter, true);
    int h = block.psa1 ? table(name + ".psa1", *block.psa1, longer) : longer;
    h = linear(name + ".fc1", block.fc1, h, 0, !model_.config.has_tables());
    if (block.psa2) h = table(name + ".psa2", *block.psa2, h);
    h = linear(name + ".fc2", block.fc2, h);
    tap = name + ".add";
    return add(tap, h, r);
  }

  int pool(int x) {
    Stage& stage = add_stage("pool", StageKind::kPool, {x});
    stage.out.vectors = 1;
    return output();
  }

  void name_streams(int last) {
    PSAFLOW_CHECK(last + 1 == static_cast<int>(pipeline_.streams.size()), "the logits are the last stream");
    const auto name = [&](int stage, const char* outside) {
      return stage < 0 ? std::string(outside) : pipeline_.stages[static_cast<size_t>(stage)].name;
    };
    for (Stream& s : pipeline_.streams) s.name = name(s.producer, "source") + "->" + name(s.consumer, "sink");
  }

  Stream& stream(int index) { return pipeline_.streams[static_cast<size_t>(index)]; }

  const IntModel& model_;
  const StreamingOptions& options_;
  Pipeline pipeline_;
};

}  // namespace

namespace {

// Counts of cycles, bits and words stay far from the ends of their types, and the plan's own lists within memory.
constexpr int64_t kMaxElements = int64_t{1} << 22, kMaxLayerWeights = int64_t{1} << 24;

void check_size(const IntModel& model, const StreamingOptions& options) {
  const ModelConfig& c = model.config;
  const int64_t elements = int64_t{c.tokens()} * std::max(c.embed, c.hidden) * c.blocks,
                weights = std::max({int64_t{c.tokens()} * c.tokens(), int64_t{c.embed} * c.hidden,
                                    int64_t{c.embed} * c.features(), int64_t{c.embed} * c.classes});
  if (elements > kMaxElements) {
    throw UserError(
        options.file, "model",
        fmt::format("{} tokens x {} channels x {} blocks", c.tokens(), std::max(c.embed, c.hidden), c.blocks),
        fmt::format("at most {} elements in all for an unrolled accelerator", kMaxElements));
  }
  if (weights > kMaxLayerWeights) {
    throw UserError(options.file, "model", fmt::format("a layer of {} weights", weights),
                    fmt::format("at most {} for an unrolled accelerator", kMaxLayerWeights));
  }
}

// The pipeline with options.lanes; FIFOs still without the depths that the plan computes.
Pipeline build_folded(const IntModel& model, const StreamingOptions& options, std::vector<bool>& depth_set) {
  detail::check_lanes(model, options);
  Pipeline pipeline = Builder(model, options).build();
  pipeline.profile = naming(options.file, [&] { return timing_profile(options.profile); });
  if (options.target_ii_cycles) {
    detail::fold_for_ii(pipeline, *options.target_ii_cycles, detail::packing_wishes(pipeline, options));
  }
  depth_set = detail::apply_choices(pipeline, options);
  detail::settle_packing(pipeline, options);
  return pipeline;
}

Pipeline build_for_target(const IntModel& model, const StreamingOptions& options, std::vector<bool>& depth_set) {
  StreamingOptions tried = options;
  int64_t best = INT64_MAX;
  const std::vector<int> lanes = options.choose_lanes ? detail::legal_lanes(model) : std::vector<int>{options.lanes};
  for (int n : lanes) {
    tried.lanes = n;
    Pipeline pipeline = build_folded(model, tried, depth_set);
    const int64_t ii = predict_ii(pipeline);
    if (!options.target_ii_cycles || ii <= *options.target_ii_cycles) return pipeline;
    best = std::min(best, ii);
  }
  const std::string how =
      fmt::format("the best of {} {}{}", fmt::join(lanes, ", "), lanes.size() == 1 && lanes[0] == 1 ? "lane" : "lanes",
                  options.choose_lanes ? "" : " (lanes: auto tries more)");
  if (options.target_fps) {
    throw UserError(options.file, "target_fps", fmt::format("{}", *options.target_fps),
                    fmt::format("at most {} at {} MHz, {}", std::floor(images_per_second(options.clock_mhz, best)),
                                options.clock_mhz, how));
  }
  throw UserError(options.file, "target_ii_cycles", std::to_string(*options.target_ii_cycles),
                  fmt::format("at least {}, {}", best, how));
}

}  // namespace

Pipeline build_streaming(const IntModel& model, const StreamingOptions& options) {
  check_size(model, options);
  if (!(options.clock_mhz > 0 && options.clock_mhz <= 10000)) {
    throw UserError(options.file, "clock_mhz", fmt::format("{}", options.clock_mhz), "above 0, at most 10000");
  }
  std::vector<bool> depth_set;
  Pipeline pipeline = build_for_target(model, options, depth_set);
  std::vector<int> computed;
  for (size_t s = 0; s < pipeline.streams.size(); ++s) {
    Stream& stream = pipeline.streams[s];
    if (!stream.residual || depth_set[s]) continue;
    if (options.residual_fifo_depth) {
      stream.fifo_depth = *options.residual_fifo_depth;
    } else {
      if (computed.empty()) {
        computed = options.minimal_residuals ? detail::minimal_residual_depths(pipeline, depth_set)
                                             : required_residual_depths(pipeline);
      }
      stream.fifo_depth = computed[s];
    }
  }
  return pipeline;
}

}  // namespace psaflow
