// One run of the built accelerator: a program and images in, answers and the cycles of every pass out, compared with golden.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/bench/workload.h"
#include "models/simd/cycles.h"
#include "models/simd/registers.h"
#include "rtl_gen/cosim/build.h"

namespace psaflow {

struct SimdRtlOptions {
  SimdMemory memory;       // as the cycle plan takes it
  std::string trace_path;  // empty: none; the build traces in this format
  int64_t trace_from_cycle = 0, trace_to_cycle = 0;
  std::function<void(size_t)> on_progress;  // n more images are done
};

struct SimdRtlRun {
  size_t images = 0, mismatches = 0;
  std::vector<int8_t> logits;  // [images, classes]
  std::optional<size_t> first_mismatch;
  SimdTimes times;
  int64_t latency_cycles = 0, ii_cycles = 0, total_cycles = 0;
  SimdError error = SimdError::kNone;
  int error_pass = 0;
  bool hung = false;    // no interrupt came
  std::string problem;  // the first rule of AXI4 that it broke
  double wall_s = 0;

  bool failed() const { return mismatches != 0 || error != SimdError::kNone || hung || !problem.empty(); }
};

// Called by no scenario's name: whatever runs on the same hardware shares its build.
RtlBuild build_simd_rtl(const SimdHardware& hardware, const RtlBuildOptions& options);
SimdRtlRun run_simd_rtl(const Network& network, const SimdMapping& mapping, const RtlBuild& build,
                        const Workload& workload, const SimdRtlOptions& options);

}  // namespace psaflow
