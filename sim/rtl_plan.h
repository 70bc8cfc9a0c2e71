// A scenario's accelerator as RTL: what export and synth have in common before they differ.
#pragma once
#include "models/plan/cycles.h"
#include "models/scenario/scenario.h"
#include "models/simd/cycles.h"

namespace psaflow {

// Cycles with the FIFOs as they are: too shallow ones cost throughput. UserError when they lock it up.
CyclePrediction checked_plan(const Scenario& scenario, const Pipeline& pipeline);

// Cycles of a fixed-size accelerator in the steady state, with the scenario's memory.
SimdPrediction rtl_plan(const Scenario& scenario, const SimdMapping& mapping);

// Cycles and images a second, a note where the scenario's profile was another, the device.
void print_rtl_plan(const Scenario& scenario, int64_t ii_cycles, int64_t latency_cycles);

}  // namespace psaflow
