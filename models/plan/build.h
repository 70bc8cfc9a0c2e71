// From a network and a few choices to the pipeline of the unrolled streaming accelerator; legality is decided here,
// early.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "models/plan/stage.h"
#include "sw/base/finding.h"

namespace psaflow {

// Whether linear stages compute two outputs a multiplier: where pe is even, everywhere, nowhere.
enum class DspPacking { kAuto, kOn, kOff };

constexpr int kMaxFifoBeats = 1 << 24;  // beyond any device; keeps a typing error from eating the memory

struct StageChoice {                        // what a scenario may set for one stage; unset: the plan decides
  std::optional<int> pe, simd, fifo_depth;  // fifo_depth: of the stage's input FIFO(s) that are not residual
  std::optional<int> residual_fifo_depth;   // kAdd stages only
  std::optional<bool> packed;               // linear stages only: over dsp_packing
};

struct StreamingOptions {
  std::string profile = "rtl";
  int lanes = 1;              // W, elements a beat; must divide F, T, D and H. The head's output uses gcd(W, classes)
  bool choose_lanes = false;  // the fewest lanes that meet target_ii_cycles, instead of `lanes`
  // The II wanted: linear stages are folded as far as it allows (the fewest DSPs), unless `stages` says otherwise.
  // Unset: no folding.
  std::optional<int64_t> target_ii_cycles;
  std::optional<double> target_fps;  // where target_ii_cycles comes from, for errors: images a second
  DspPacking dsp_packing = DspPacking::kAuto;
  RomPlacement roms;
  int fifo_depth = 2;  // beats, of every FIFO that is not residual
  bool minimal_residuals =
      false;  // unless residual_fifo_depth is set: search the least depths that keep the II (seconds)
  std::optional<int>
      residual_fifo_depth;  // beats; unset: the depth that the plan computes (see required_residual_depth)
  std::map<std::string, StageChoice>
      stages;  // key: a stage name, or a pattern with '*' that stands for anything but nothing else
  std::function<void(int done, int all)> on_search;  // told of that search's steps
  std::string file = "streaming options";            // for errors: the scenario that these came from
};

// A pipeline, or what stands against it: choices that the network does not allow (with the legal values: divisors for
// lanes, pe and simd), what verify() has against the network, a target below the least II that it can reach, or a network far beyond any device, whose plan
// alone would take the machine's memory. Paths are the keys of a scenario's accelerator section; "model" is the
// network.
struct StreamingPlan {
  std::optional<Pipeline> pipeline;
  std::vector<Finding> findings;  // empty where there is a pipeline
};

// Default folding: simd = K (fully unrolled dot product, as the paper), pe = lanes. The network must
// outlive the pipeline, which points into it.
StreamingPlan plan_streaming(const Network& network, const StreamingOptions& options, double clock_mhz = 200);

// The same where a finding is an error: the first one is thrown as a UserError of options.file.
Pipeline build_streaming(const Network& network, const StreamingOptions& options, double clock_mhz = 200);
Pipeline build_streaming(Network&&, const StreamingOptions&, double = 200) = delete;

}  // namespace psaflow
