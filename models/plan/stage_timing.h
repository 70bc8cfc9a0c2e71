// The cycle-level shape of one stage, worked out once from its description and the profile: the analytic view, the
// SystemC modules and the RTL parameters all read these numbers (models/streaming/README.md holds the contract).
#pragma once
#include <cstdint>

#include "models/plan/stage.h"

namespace psaflow {

struct StageTiming {
  // A buffered stage (linear, transpose, patches) collects a unit of beats, then computes it step by step while it collects the
  // next one. A passing stage (all others) handles beat by beat.
  bool buffered = false;
  bool rigid = false;  // buffered: nothing is collected while the pipeline stands still
  int latency_cycles =
      0;  // from the beat that completes an input to the first result, all steps of that result included
  int pipeline_cycles = 0;   // registers: buffered: from a result's last step to its push; passing: from pop to push
  int units = 0;             // units an image
  int64_t beats_in = 0;      // of a unit
  int64_t steps = 0;         // of a unit, one a cycle; rigid: a result has as many as it has beats, or idle ones before
  int64_t results = 0;       // of a unit: each is done every steps/results steps
  int beats_per_result = 1;  // above 1: wide results are cut into beats, one a cycle, by a gearbox after the pipeline
  int bubble_cycles = 0;     // idle cycles after each unit, of the collecting, the computing and the emitting part
  int64_t period_cycles = 0;  // an image, when nothing stalls

  int64_t steps_per_result() const { return steps / results; }
};

StageTiming stage_timing(const Stage& stage, const TimingProfile& profile);

// Registers of an adder tree over n products, one a level.
int tree_levels(int n);

}  // namespace psaflow
