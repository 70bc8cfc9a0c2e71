// What is said of a run, in the same words by plan, SystemC model and RTL.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace psaflow {

// When a stage's output beats come, counted from the first image's first beat accepted by the accelerator.
struct StageTimes {
  int64_t first_out_cycles = 0, last_out_cycles = 0;  // of the first image
  int64_t interval_cycles = 0;  // from the first image's last output beat to the second's; 0: one image, or not seen
};

// A deliberate error, to show that checks see it: bit 0 of one output element of one stage is flipped in every image.
struct Fault {
  std::string stage;
  int token = 0, channel = 0;  // row and column of the stage's golden tensor
};

// The first value in dataflow order, of the first image that has one, that is not golden's.
struct Divergence {
  size_t image = 0;
  std::string stage;
  int token = 0, channel = 0;  // row and column of the stage's golden tensor
  int expected = 0, found = 0;
  int64_t cycle = -1;  // -1: the run does not know
};

}  // namespace psaflow
