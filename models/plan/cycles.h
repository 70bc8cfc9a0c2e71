// The analytic view: what II and latency the description promises, without simulating. SystemC and RTL are held against it.
#pragma once
#include <string>
#include <vector>

#include "models/plan/stage.h"

namespace psaflow {

struct StageCycles {
  std::string name;
  int64_t period_cycles = 0;        // cycles an image keeps the stage busy: vectors * (max(beats in, fold, beats out) + bubble)
  int64_t first_out_cycles = 0;     // from the image's first input beat into the accelerator to this stage's first output beat
  int64_t last_out_cycles = 0;      // ... and to its last
};

struct CyclePrediction {
  int64_t ii_cycles = 0;       // the slowest stage's period
  int64_t latency_cycles = 0;  // first input beat accepted to last logit delivered, one image in an empty accelerator
  int bottleneck = 0;          // stage index
  std::vector<StageCycles> stages;
};

CyclePrediction predict_cycles(const Pipeline& pipeline);

// Beats that the residual FIFO (a stream index) must hold so that it never stalls the fork: what the long way has in flight.
int required_residual_depth(const Pipeline& pipeline, int stream);

}  // namespace psaflow
