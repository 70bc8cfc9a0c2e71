// The analytic view: what II and latency the description promises, without simulating. SystemC and RTL are held against
// it.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "models/bench/results.h"
#include "models/bench/stalls.h"
#include "models/plan/stage.h"

namespace psaflow {

struct StageCycles : StageTimes {  // the times of one image in an empty accelerator
  std::string name;
  int64_t period_cycles =
      0;  // cycles an image keeps the stage busy: units * (max(beats in, steps, beats out) + bubble)
};

struct CyclePrediction {
  int64_t ii_cycles = 0;       // the slowest stage's period
  int64_t latency_cycles = 0;  // first input beat accepted to last logit delivered, one image in an empty accelerator
  int bottleneck = 0;          // stage index
  std::vector<StageCycles> stages;
};

// Exact, not an estimate: the simulation gives the same figures (II: as long as no FIFO is too shallow to keep it). A
// pipeline whose residual FIFOs are so shallow that it deadlocks is predicted as if they were deep enough.
CyclePrediction predict_cycles(const Pipeline& pipeline);

// Images that leave a pipelined accelerator each second, one every ii_cycles; 0 where the II is not known (0).
inline double images_per_second(double clock_mhz, int64_t ii_cycles) {
  return ii_cycles > 0 ? clock_mhz * 1e6 / static_cast<double>(ii_cycles) : 0;
}

// The slowest stage's period, without the latencies: microseconds instead of milliseconds.
int64_t predict_ii(const Pipeline& pipeline);

// What images one after the other, without a gap, take: as the SystemC model and the RTL count it, stalls included.
struct StreamPrediction {
  bool deadlock = false;       // then the rest is 0 or empty
  int64_t latency_cycles = 0;  // of the first image
  int64_t total_cycles = 0;    // from the first beat accepted to the last logit of the last image taken
  int64_t ii_cycles = 0;  // mean, from the first image's last logit to the last image's; 0: one image. Under stalls
                          // over mean_intervals() (steady.h)
  std::vector<StageTimes> stages;
};
// Exact. Under stalls every image is followed (milliseconds each); without, as many as it takes until they provably
// repeat.
StreamPrediction predict_stream(const Pipeline& pipeline, size_t images, const Stalls& stalls = {},
                                const std::function<void(size_t)>& on_progress = {});

// What predict_cycles and required_residual_depths give, of one pass over the beats.
struct ResidualPlan {
  int64_t ii_cycles = 0, latency_cycles = 0;  // with FIFOs of these depths
  std::vector<int> depths;                    // as of required_residual_depths
};
ResidualPlan plan_residuals(const Pipeline& pipeline);

// Beats that the residual FIFO (a stream index) must hold so that it never stalls the fork: what the long way has in
// flight when images enter one II apart. A deeper FIFO gains nothing.
int required_residual_depth(const Pipeline& pipeline, int stream);
// The same for all residual FIFOs at once, indexed by stream; 0 for the others.
std::vector<int> required_residual_depths(const Pipeline& pipeline);

}  // namespace psaflow
