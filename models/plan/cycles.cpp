#include "models/plan/cycles.h"

#include <algorithm>

#include "models/plan/beat_times.h"
#include "models/plan/stage_timing.h"
#include "models/plan/steady.h"
#include "sw/base/error.h"

namespace psaflow {
namespace {

// A residual sub-layer holds at most two images and a little more, so the third image and all later ones find the same.
constexpr int kPacedImages = 5;

constexpr size_t kFollowedImages = 16;  // at first; twice as many each time until they repeat

// When image `wanted`, beyond those followed, is done: as long after the last of its kind as that one's period says.
int64_t done_beyond(const std::vector<int64_t>& done, const SteadyState& steady, size_t wanted) {
  const size_t last = done.size() - 1, period = steady.period_images;
  const size_t periods = (wanted - last + period - 1) / period;
  return done[wanted - periods * period] + static_cast<int64_t>(periods) * steady.period_cycles;
}

}  // namespace

int64_t predict_ii(const Pipeline& pipeline) {
  int64_t ii = pipeline.streams.front().shape.beats();  // the source and the sink move one beat a cycle as well
  for (const Stage& stage : pipeline.stages) ii = std::max(ii, stage_timing(stage, pipeline.profile).period_cycles);
  return ii;
}

CyclePrediction predict_cycles(const Pipeline& pipeline) {
  CyclePrediction p;
  p.ii_cycles = predict_ii(pipeline);
  BeatTimesResult times = beat_times(pipeline);
  if (times.deadlock) {
    BeatTimesOptions options;
    options.unbounded_residuals = true;
    times = beat_times(pipeline, options);
  }
  PSAFLOW_CHECK(!times.deadlock, "with deep residual FIFOs nothing can deadlock");
  p.latency_cycles = times.image_done[0];
  bool linear_found = false;
  int64_t most = -1;
  for (size_t i = 0; i < pipeline.stages.size(); ++i) {
    const Stage& stage = pipeline.stages[i];
    const int64_t period = stage_timing(stage, pipeline.profile).period_cycles;
    p.stages.push_back({{times.first_out[i], times.last_out[i], 0}, stage.name, period});
    // Among equals a linear stage is the one that folding can change.
    const bool linear = stage.kind == StageKind::kLinear;
    if (period > most || (period == most && linear && !linear_found)) {
      p.bottleneck = static_cast<int>(i);
      linear_found = linear;
      most = period;
    }
  }
  return p;
}

StreamPrediction predict_stream(const Pipeline& pipeline, size_t images, const Stalls& stalls,
                                const std::function<void(size_t)>& on_progress) {
  BeatTimesOptions options;
  options.stalls = stalls;
  options.image_shapes = !stalls.any();
  if (stalls.any()) options.on_progress = on_progress;
  options.images = static_cast<int>(stalls.any() ? images : std::min(images, kFollowedImages));
  BeatTimesResult times = beat_times(pipeline, options);
  std::optional<SteadyState> steady;
  while (!times.deadlock && times.image_done.size() < images &&
         !(steady = find_steady_state(pipeline, times, images))) {
    options.images = static_cast<int>(std::min(images, 2 * times.image_done.size()));
    times = beat_times(pipeline, options);
  }
  StreamPrediction p;
  p.deadlock = times.deadlock;
  if (p.deadlock) return p;
  const std::vector<int64_t>& done = times.image_done;
  p.latency_cycles = done.front();
  p.total_cycles = steady ? done_beyond(done, *steady, images - 1) : done.back();
  const size_t intervals = stalls.any() ? mean_intervals(stalls, pipeline, images) : images - 1;
  if (intervals > 0) {
    const int64_t cycles = (stalls.any() ? done[intervals] : p.total_cycles) - p.latency_cycles;
    p.ii_cycles = (cycles + static_cast<int64_t>(intervals) / 2) / static_cast<int64_t>(intervals);
  }
  for (size_t i = 0; i < pipeline.stages.size(); ++i) {
    const int64_t last = times.last_out[i], second = times.second_last_out[i];
    p.stages.push_back({times.first_out[i], last, second >= 0 ? second - last : 0});
  }
  return p;
}

// The first image's latency is that of an empty accelerator: nothing is ahead of it, and nothing behind it holds it up.
ResidualPlan plan_residuals(const Pipeline& pipeline) {
  ResidualPlan plan;
  plan.ii_cycles = predict_ii(pipeline);
  BeatTimesOptions options;
  options.images = kPacedImages;
  options.interval_cycles = plan.ii_cycles;
  options.unbounded_residuals = true;
  const BeatTimesResult times = beat_times(pipeline, options);
  PSAFLOW_CHECK(!times.deadlock, "with deep residual FIFOs nothing can deadlock");
  plan.latency_cycles = times.image_done[0];
  for (int64_t peak : times.residual_peak) plan.depths.push_back(static_cast<int>(peak));
  return plan;
}

std::vector<int> required_residual_depths(const Pipeline& pipeline) {
  return plan_residuals(pipeline).depths;
}

int required_residual_depth(const Pipeline& pipeline, int stream) {
  PSAFLOW_CHECK(stream >= 0 && stream < static_cast<int>(pipeline.streams.size()) &&
                    pipeline.streams[static_cast<size_t>(stream)].residual,
                "the stream is a residual one");
  return required_residual_depths(pipeline)[static_cast<size_t>(stream)];
}

}  // namespace psaflow
