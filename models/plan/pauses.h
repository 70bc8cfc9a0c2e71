// The test bench's hesitation, drawn a beat at a time from a seed: the SystemC model and the RTL meet the same bubbles
// and the same backpressure.
#pragma once
#include <cstdint>

#include "sw/base/error.h"
#include "sw/base/rng.h"

namespace psaflow {

// Cycles to wait before each beat: none, or geometric, so that a waiting end goes on with `probability` in every cycle.
class Pauses {
 public:
  Pauses(double probability, Rng rng) : probability_(probability), rng_(rng) {
    PSAFLOW_CHECK(probability > 0, "an end that never goes on would wait for ever");
  }
  int64_t next() {
    if (probability_ >= 1) return 0;
    int64_t cycles = 0;
    while (rng_.uniform() >= probability_) ++cycles;
    return cycles;
  }

 private:
  double probability_;
  Rng rng_;
};

inline Pauses source_pauses(double input_valid_probability, uint64_t seed) {
  return {input_valid_probability, Rng::stream(seed, 0)};
}
inline Pauses sink_pauses(double output_ready_probability, uint64_t seed) {
  return {output_ready_probability, Rng::stream(seed, 1)};
}

}  // namespace psaflow
