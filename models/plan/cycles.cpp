#include "models/plan/cycles.h"

#include <algorithm>

#include "models/plan/beat_times.h"
#include "models/plan/stage_timing.h"
#include "sw/base/error.h"

namespace psaflow {
namespace {

// A residual sub-layer holds at most two images and a little more, so the third image and all later ones find the same.
constexpr int kPacedImages = 5;

// The output is steady from the image on that finds every stage at work, which the second does; more are for safety.
constexpr size_t kFollowedImages = 12;

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
  options.on_progress = on_progress;
  options.stalls = stalls;
  options.images = static_cast<int>(stalls.any() ? images : std::min(images, kFollowedImages));
  const BeatTimesResult times = beat_times(pipeline, options);
  StreamPrediction p;
  p.deadlock = times.deadlock;
  if (p.deadlock) return p;
  const std::vector<int64_t>& done = times.image_done;
  const auto beyond = static_cast<int64_t>(images - done.size()), intervals = static_cast<int64_t>(images) - 1;
  p.latency_cycles = done.front();
  p.total_cycles = done.back() + (beyond > 0 ? beyond * (done.back() - done[done.size() - 2]) : 0);
  if (intervals > 0) p.ii_cycles = (p.total_cycles - p.latency_cycles + intervals / 2) / intervals;
  for (size_t i = 0; i < pipeline.stages.size(); ++i) {
    const int64_t last = times.last_out[i], second = times.second_last_out[i];
    p.stages.push_back({times.first_out[i], last, second >= 0 ? second - last : 0});
  }
  return p;
}

std::vector<int> required_residual_depths(const Pipeline& pipeline) {
  BeatTimesOptions options;
  options.images = kPacedImages;
  options.interval_cycles = predict_ii(pipeline);
  options.unbounded_residuals = true;
  const BeatTimesResult times = beat_times(pipeline, options);
  PSAFLOW_CHECK(!times.deadlock, "with deep residual FIFOs nothing can deadlock");
  std::vector<int> depths;
  for (int64_t peak : times.residual_peak) depths.push_back(static_cast<int>(peak));
  return depths;
}

int required_residual_depth(const Pipeline& pipeline, int stream) {
  PSAFLOW_CHECK(stream >= 0 && stream < static_cast<int>(pipeline.streams.size()) &&
                    pipeline.streams[static_cast<size_t>(stream)].residual,
                "the stream is a residual one");
  return required_residual_depths(pipeline)[static_cast<size_t>(stream)];
}

}  // namespace psaflow
