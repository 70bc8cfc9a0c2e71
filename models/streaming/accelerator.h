// The unrolled streaming accelerator in SystemC: builds the modules that a Pipeline describes, drives images through
// them, and compares what comes out, stage by stage, with the golden model.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/plan/cycles.h"
#include "models/plan/deadlock.h"
#include "models/plan/pauses.h"
#include "models/plan/stage.h"
#include "sw/golden/reference.h"

namespace psaflow {

// A deliberate error, to show that checks see it: bit 0 of one output element of one stage is flipped in every image.
struct Fault {
  std::string stage;
  int token = 0, channel = 0;  // row and column of the stage's golden tap
};

struct SimulationOptions {
  std::optional<Fault> fault;
  std::string vcd_path;       // empty: none. valid, ready and data of every stream, for the first vcd_images images
  std::string timeline_path;  // empty: none. Chrome trace-event JSON (Perfetto): one track a stage, one slice an image
  int trace_images = 3;
  bool step_all = false;                    // step every image cycle by cycle, even once the pipeline is found periodic
  Stalls stalls;                            // of source and sink: with any, every image is stepped
  std::function<void(size_t)> on_progress;  // n more images are done
};

struct StageStats {
  std::string name;
  int64_t busy_cycles = 0;       // an image: what its slowest part (reading, computing or emitting) has to do
  double utilisation = 0;        // busy cycles / II, in the steady state
  int64_t stall_in_cycles = 0;   // an image: waiting for input
  int64_t stall_out_cycles = 0;  // an image: waiting for space in an output FIFO
  int64_t first_out_cycles =
      0;  // of the first image: from its first input beat into the accelerator to this stage's first ...
  int64_t last_out_cycles = 0;  // ... and last output beat
  int64_t interval_cycles = 0;  // from the first image's last output beat to the second's; 0: not seen
};

struct FifoStats {
  std::string name;
  int depth = 0;  // beats
  int peak = 0;   // the depth that the run made use of: one beat less would have stalled the producer at least once
};

// The first one in dataflow order. Looked for in the first image and in every image whose logits are wrong, until
// found.
struct Divergence {
  size_t image = 0;
  std::string stage;
  int token = 0, channel = 0;
  int expected = 0, found = 0;
};

struct SimulationResult {
  size_t images = 0;  // complete; fewer than given only after a deadlock
  size_t stepped_images =
      0;  // of these, cycle by cycle; the others by function alone, once the pipeline was found periodic
  size_t mismatches = 0;       // images whose logits differ from golden
  std::vector<int8_t> logits;  // [images, classes]
  int64_t ii_cycles = 0;       // between the last logits of the last two images, under stalls the mean over
                               // mean_intervals() (models/plan/steady.h); 0: too few images
  bool steady = false;         // that is the II of the steady state; else it is none, nor is what is counted by image
  int64_t latency_cycles = 0;  // of the first image: from its first beat accepted to its last logit taken
  int64_t total_cycles = 0;    // from the first beat accepted to the last logit of the last image taken
  std::vector<StageStats> stages;
  std::vector<FifoStats> fifos;
  int bottleneck = 0;
  std::optional<Divergence> divergence;
  std::optional<Deadlock> deadlock;
};

// images: count * C*H*W bytes in planes, count >= 1. golden: the expected logits [count, classes], from the Evaluator.
// Timing does not depend on data: once the timing state at an image boundary equals that at an earlier one, the rest is
// evaluated by function alone and its cycles follow exactly. One simulation at a time in a process (SystemC), any
// number in turn.
SimulationResult simulate_streaming(const IntModel& model, const Pipeline& pipeline, const uint8_t* images,
                                    size_t count, const int8_t* golden, const SimulationOptions& options = {});

}  // namespace psaflow
