#include "models/plan/steady.h"

#include <algorithm>

#include "models/plan/cycles.h"

namespace psaflow {
namespace {

constexpr int kFirstLook = 16, kLastLook = 256;  // images that are followed, twice as many each time
constexpr size_t kUnchanged = 64;                // images one slowest period apart that are taken for settled

// Images that one may have to wait for: both banks of a buffered stage, or as many as a FIFO holds.
size_t reach(const Pipeline& pipeline, size_t images) {
  int64_t most = 2;
  for (const Stream& s : pipeline.streams) {
    const int64_t beats = s.shape.beats(), held = (s.fifo_depth + beats - 1) / beats;
    if (held < static_cast<int64_t>(images)) most = std::max(most, held);
  }
  return static_cast<size_t>(most) + 1;
}

// The first image from which on the ends of all that are known are as regular as the last ones.
SteadyState backwards(const std::vector<int64_t>& done, size_t period) {
  SteadyState s;
  s.period_images = period;
  s.period_cycles = done.back() - done[done.size() - 1 - period];
  s.from = done.size() - 1 - period;
  while (s.from > 0 && done[s.from - 1 + period] - done[s.from - 1] == s.period_cycles) --s.from;
  return s;
}

}  // namespace

std::optional<SteadyState> find_steady_state(const Pipeline& pipeline, const BeatTimesResult& times, size_t images) {
  const std::vector<int64_t>& done = times.image_done;
  const size_t n = done.size(), span = reach(pipeline, images);
  for (size_t period = 1; period + span < n; ++period) {
    const int64_t cycles = done[n - 1] - done[n - 1 - period];
    const auto repeats = [&](size_t i) {
      return times.image_shape[i] == times.image_shape[i - period] && done[i] - done[i - period] == cycles;
    };
    size_t same = 0;
    while (same < span && repeats(n - 1 - same)) ++same;
    if (same == span) return backwards(done, period);
  }
  return {};
}

std::optional<SteadyState> predict_steady_state(const Pipeline& pipeline) {
  BeatTimesOptions options;
  options.image_shapes = true;
  for (options.images = kFirstLook;; options.images *= 2) {
    const BeatTimesResult times = beat_times(pipeline, options);
    if (times.deadlock) return {};
    if (auto steady = find_steady_state(pipeline, times, SIZE_MAX)) return steady;
    if (options.images < kLastLook) continue;
    SteadyState steady = backwards(times.image_done, 1);
    const bool fastest = steady.period_cycles == predict_ii(pipeline);
    if (fastest && times.image_done.size() - steady.from > kUnchanged) return steady;
    return {};
  }
}

size_t mean_intervals(const Stalls& stalls, const Pipeline& pipeline, size_t images) {
  const size_t all = images < 1 ? 0 : images - 1;
  if (stalls.pattern != StallPattern::kSinkBlocks) return all;
  const auto round = static_cast<size_t>(images_until_full(pipeline));
  return all / round * round;
}

bool is_steady(const Pipeline& pipeline, const std::optional<SteadyState>& steady, const Stalls& stalls,
               const MeasuredRun& run) {
  if (run.images < 2 || run.ii_cycles <= 0) return false;
  if (!stalls.any()) return steady && steady->period_images == 1 && run.images >= steady->from + 2;
  const size_t intervals = mean_intervals(stalls, pipeline, run.images);
  if (intervals == 0 || run.ii_cycles < predict_ii(pipeline)) return false;
  return stalls.pattern == StallPattern::kSinkBlocks ||
         static_cast<int64_t>(intervals) * run.ii_cycles >= 2 * run.latency_cycles;
}

}  // namespace psaflow
