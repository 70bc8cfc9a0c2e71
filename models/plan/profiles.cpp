// The known timing profiles. Every number is the count of registers that one way of building the stages has; where each
// comes from stands beside it, and models/streaming/README.md tells in which cycle each register takes what.
#include <algorithm>

#include "models/plan/stage.h"
#include "sw/base/error.h"

namespace psaflow {
namespace {

TimingProfile rtl_profile() {
  TimingProfile p;
  p.name = "rtl";
  p.linear_bubble_cycles = 0;            // two input banks: one is read by the multipliers while the other fills
  p.latency(StageKind::kAffine) = 5;     // operands, product, sum of a DSP slice; round and shift; bias and saturate
  p.latency(StageKind::kTable) = 2;      // ROM read; ROM output register (a block RAM's own)
  p.lerp_latency_cycles = 6;             // ROM read of both points; ROM output; operands, difference, product, sum
  p.latency(StageKind::kAdd) = 1;        // sum and saturate
  p.latency(StageKind::kFork) = 0;       // from the FIFO before straight into the two behind
  p.latency(StageKind::kTranspose) = 3;  // bank complete; memory read; memory output register with the lane rotation
  p.latency(StageKind::kPatches) = 3;    // strip complete; memory read; memory output register
  p.latency(StageKind::kPool) = 2;       // sum; round, shift and saturate
  p.latency(StageKind::kArgMax) = 2;     // highest of the beat; highest of the vector
  // Vector complete; weights' address; operands and weights; product; sum; round and shift; bias and saturate. The sum
  // goes down the cascades.
  p.latency(StageKind::kLinear) = 7;
  p.linear_cascades = true;
  return p;
}

// The paper's build reports II and not stage latencies. The bubble is measured (6240 = 96 * 65, 12352 = 64 * 193); the
// latencies are what Vitis HLS schedules for such loops at 5 ns: a FIFO read and a FIFO write register around ours.
TimingProfile vitis_profile() {
  TimingProfile p = rtl_profile();
  p.name = "vitis-hls-2023.1";
  p.linear_cascades = false;
  p.latency(StageKind::kLinear) = 6;  // bank complete; operands and weights; products; accumulator; as above
  p.linear_tree_cycles_per_level = 1;
  p.linear_bubble_cycles = 1;
  p.latency(StageKind::kAffine) = 3;  // product; as above
  p.lerp_latency_cycles = 5;          // ROM read; ROM output; difference; product; round, shift and add
  for (int& cycles : p.latency_cycles) cycles += 2;
  p.lerp_latency_cycles += 2;
  return p;
}

const std::vector<TimingProfile>& profiles() {
  static const std::vector<TimingProfile> all = {rtl_profile(), vitis_profile()};
  return all;
}

}  // namespace

const TimingProfile& timing_profile(const std::string& name) {
  const auto& all = profiles();
  const auto found = std::find_if(all.begin(), all.end(), [&](const TimingProfile& p) { return p.name == name; });
  if (found != all.end()) return *found;
  std::string known;
  for (const TimingProfile& p : all) known += (known.empty() ? "" : ", ") + p.name;
  throw UserError("", "profile", "'" + name + "'", known);
}

std::vector<std::string> timing_profile_names() {
  std::vector<std::string> names;
  for (const TimingProfile& p : profiles()) names.push_back(p.name);
  return names;
}

}  // namespace psaflow
