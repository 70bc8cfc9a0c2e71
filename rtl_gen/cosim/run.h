// One run of a built design: images in, logits and the cycle of every image out, compared with golden.
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
#include "rtl_gen/cosim/build.h"

namespace psaflow {

struct RtlRunOptions {
  Stalls stalls;  // of source and sink, the same as in the SystemC model; its seed also decides what registers and
                  // memories hold before the reset
  size_t first_image = 0;  // the images are part of a longer stream, which this many precede: their pauses are left out
  int64_t reset_at_cycle = -1;  // resets once in the middle of the stream, then begins with the first image again
  bool compare_taps = false;    // every stage's output in every image; the design has taps
  std::string trace_path;       // empty: none; the build traces in this format
  int64_t trace_from_cycle = 0, trace_to_cycle = 0;
  // A deliberate error, to show that the checks see it: the lowest bit of the first word of the ROM image with this
  // name is flipped.
  std::string corrupt_rom;
  std::function<void(size_t)> on_progress;  // n more images are done
};

struct RtlAssertion {  // one of the leaves' own checks failed, and ended the run
  int64_t cycle = 0;
  std::string text;  // "stream_fifo.sv:112: Assertion failed in ..."
};

struct RtlRun {
  size_t images = 0, mismatches = 0;
  std::vector<int8_t> logits;  // [images, classes]
  int64_t ii_cycles = 0;       // as in SimulationResult; whether it is one of the steady state is_steady() tells
  int64_t latency_cycles = 0, total_cycles = 0;  // as in SimulationResult
  std::vector<StageTimes> stages;                // with taps only
  std::optional<Divergence> divergence;          // with taps only
  std::optional<size_t> first_mismatch;          // image
  std::optional<Deadlock> deadlock;              // with taps it tells who waits for whom
  std::optional<RtlAssertion> assertion;
  double wall_s = 0;

  bool failed() const { return mismatches != 0 || divergence || deadlock || assertion; }
};

// Expected outputs of every stage lie in a file beside the run, so the images that taps can compare are bounded.
size_t most_tapped_images(const Pipeline& pipeline);

RtlRun run_rtl(const Pipeline& pipeline, const Design& design, const RtlBuild& build, const Workload& workload,
               const RtlRunOptions& options = {});

}  // namespace psaflow
