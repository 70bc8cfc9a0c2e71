// The unrolled streaming accelerator in SystemC: builds the modules that a Pipeline describes, drives images through
// them, and compares what comes out, stage by stage, with the golden model.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/bench/results.h"
#include "models/bench/workload.h"
#include "models/plan/cycles.h"
#include "models/plan/deadlock.h"
#include "models/plan/pauses.h"
#include "models/plan/stage.h"

namespace psaflow {

struct SimulationOptions {
  std::optional<Fault> fault;
  std::string vcd_path;       // empty: none. valid, ready and data of every stream, for the first vcd_images images
  std::string timeline_path;  // empty: none. Chrome trace-event JSON (Perfetto): one track a stage, one slice an image
  int trace_images = 3;
  bool step_all = false;                    // step every image cycle by cycle, even once the pipeline is found periodic
  Stalls stalls;                            // of source and sink: with any, every image is stepped
  std::function<void(size_t)> on_progress;  // n more images are done
};

struct StageStats : StageTimes {
  std::string name;
  int64_t busy_cycles = 0;       // an image: what its slowest part (reading, computing or emitting) has to do
  double utilisation = 0;        // busy cycles / II, in the steady state
  int64_t stall_in_cycles = 0;   // an image: waiting for input
  int64_t stall_out_cycles = 0;  // an image: waiting for space in an output FIFO
};

struct FifoStats {
  std::string name;
  int depth = 0;  // beats
  int peak = 0;   // the depth that the run made use of: one beat less would have stalled the producer at least once
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
  std::optional<Divergence> divergence;  // looked for in the first image and in every wrong one, until found
  std::optional<Deadlock> deadlock;
};

// Timing does not depend on data: once the timing state at an image boundary equals that at an earlier one, the rest is
// evaluated by function alone and its cycles follow exactly. One simulation at a time in a process (SystemC), any
// number in turn.
SimulationResult simulate_streaming(const Pipeline& pipeline, const Workload& workload,
                                    const SimulationOptions& options = {});

}  // namespace psaflow
