// Images through the SystemC model of the fixed-size accelerator, by way of a host that writes memory and registers, and
// what came of it against golden.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/bench/results.h"
#include "models/bench/workload.h"
#include "models/simd/cycles.h"
#include "models/simd/registers.h"

namespace psaflow {

struct SimdSimulationOptions {
  std::string profile = "rtl";
  SimdMemory memory;
  double clock_mhz = 200;
  std::optional<Fault> fault;  // stage: a tensor that a pass leaves in a buffer or sends out (simd_taps())
  std::string timeline_path;   // Chrome trace-event JSON (Perfetto): loads, passes, results; empty: none
  int timeline_images = 3;
  std::optional<uint64_t> fail_address;     // the memory answers with errors from this byte of its own on
  std::function<void(size_t)> on_progress;  // n more images are done
};

struct SimdSimulation {
  size_t images = 0, mismatches = 0;
  std::vector<int8_t> logits;                                   // [images, classes]
  int64_t latency_cycles = 0, ii_cycles = 0, total_cycles = 0;  // as of SimdPrediction
  SimdTimes times;
  std::vector<SimdLayerCycles> layers;   // profile rtl: as simulated, in the last image
  int64_t most_outstanding = 0;          // reads at a time
  std::optional<Divergence> divergence;  // looked for in the first image, else in the first wrong one
  SimdError error = SimdError::kNone;    // why it stopped, if not done
  int error_pass = 0;
};

// The tensors that can be seen: what passes leave among activations or residuals, or send out, by name.
std::vector<std::string> simd_taps(const Network& network, const SimdMapping& mapping);

// One simulation at a time in a process, any number in turn. program: in place of the mapping's memory image, to show
// what the hardware makes of it.
SimdSimulation simulate_simd(const Network& network, const SimdMapping& mapping, const Workload& workload,
                             const SimdSimulationOptions& options, const std::vector<uint8_t>* program = nullptr);

}  // namespace psaflow
