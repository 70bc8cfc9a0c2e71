// When a pipeline has settled: from which image on all the others come as regularly as those before, found rather than
// assumed, and whether what a run measured is such a figure.
#pragma once
#include <functional>
#include <optional>

#include "models/plan/beat_times.h"
#include "models/plan/pauses.h"
#include "models/plan/stage.h"

namespace psaflow {

// Images that come without a gap, as fast as they are taken. done(i + period_images) is period_cycles after done(i) for
// every image i >= from.
struct SteadyState {
  size_t from = 0, period_images = 1;
  int64_t period_cycles = 0;
  int64_t ii_cycles() const {  // the mean over a period, to the nearest cycle
    const auto images = static_cast<int64_t>(period_images);
    return (period_cycles + images / 2) / images;
  }
};

// The steady state in `times`, which has image_shapes. Proof, no guess: whatever an image waits for lies no further
// back than its FIFOs and banks reach, and so many images in a row are the same as those a period before. Empty: not
// yet. images: how many will come; a FIFO that they cannot fill holds nobody up.
std::optional<SteadyState> find_steady_state(const Pipeline& pipeline, const BeatTimesResult& times, size_t images);

// Follows images until they repeat. Where a FIFO takes thousands of images to fill, that of the first ones, once the
// slowest stage is never idle any more: nothing can be faster. Empty: it locks up, or does not settle within reason.
std::optional<SteadyState> predict_steady_state(const Pipeline& pipeline);

// Intervals between images, from the first image's end on, over which the mean II of a run of `images` under stalls is
// taken: all, of a sink that blocks again and again only whole rounds. 0: too few for any.
size_t mean_intervals(const Stalls& stalls, const Pipeline& pipeline, size_t images);

// What a run measured: `ii_cycles` between the last two images without stalls, else the mean over the first
// mean_intervals() ones.
struct MeasuredRun {
  size_t images = 0;
  int64_t ii_cycles = 0, latency_cycles = 0;  // latency: of the first image
};
// Whether that II (and what is a share of it) is one of the steady state. Under stalls the run must have lasted twice
// as long as what the pipeline held at first took to come out, or for a whole round of a sink that blocks, and no mean
// is shorter than the slowest stage's period.
bool is_steady(const Pipeline& pipeline, const std::optional<SteadyState>& steady, const Stalls& stalls,
               const MeasuredRun& run);

}  // namespace psaflow
