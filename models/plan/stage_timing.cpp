#include "models/plan/stage_timing.h"

#include <algorithm>

#include "models/plan/cascade.h"
#include "sw/base/error.h"

namespace psaflow {
namespace {

StageTiming passing(const Stage& stage, int latency_cycles) {
  StageTiming t;
  t.latency_cycles = t.pipeline_cycles = latency_cycles;
  t.units = 1;
  t.beats_in = t.steps = stage.in.beats();
  t.results = stage.out.beats();
  t.period_cycles = t.beats_in;
  return t;
}

StageTiming linear_timing(const Stage& stage, const TimingProfile& profile) {
  StageTiming t;
  t.buffered = true;
  t.units = stage.in.vectors;
  t.beats_in = stage.in.beats_per_vector();
  t.steps = stage.fold();
  const int lanes = stage.out.lanes;
  t.beats_per_result = stage.pe > lanes ? stage.pe / lanes : 1;
  t.results = stage.out.beats_per_vector() / t.beats_per_result;
  t.bubble_cycles = profile.linear_bubble_cycles;
  int registers = profile.latency(StageKind::kLinear);
  if (profile.linear_cascades) {
    t.rigid = true;
    t.steps = t.results * std::max(t.steps_per_result(), int64_t{t.beats_per_result});  // so its end never holds it up
    const bool adds_slices = stage.simd < stage.linear()->in && !stage.packed;          // of a sum, in a register more
    registers += cascade_shape(stage).drain_cycles + (adds_slices ? 1 : 0);
  } else {
    registers += profile.linear_tree_cycles_per_level * tree_levels(stage.simd);
  }
  PSAFLOW_CHECK(registers >= 2, "a linear stage has a buffer and a product register");
  t.pipeline_cycles = registers - 1;  // the first step is issued the cycle after the buffer is full
  t.latency_cycles = registers + static_cast<int>(t.steps_per_result()) - 1 + (t.beats_per_result > 1 ? 1 : 0);
  t.period_cycles =
      t.units * (std::max({t.beats_in, t.steps, int64_t{stage.out.beats_per_vector()}}) + t.bubble_cycles);
  return t;
}

StageTiming transpose_timing(const Stage& stage, const TimingProfile& profile) {
  PSAFLOW_CHECK(profile.latency(StageKind::kTranspose) >= 2, "a transpose has a memory and a register");
  StageTiming t;
  t.buffered = true;
  t.units = 1;
  t.beats_in = t.steps = t.results = t.period_cycles = stage.in.beats();
  t.latency_cycles = profile.latency(StageKind::kTranspose);
  t.pipeline_cycles = t.latency_cycles - 1;
  return t;
}

// A strip of patches at a time; of colour planes the whole image, whose last plane the first patch needs.
StageTiming patches_timing(const Stage& stage, const TimingProfile& profile) {
  const op::Patches& p = *stage.patches();
  PSAFLOW_CHECK(profile.latency(StageKind::kPatches) >= 2, "a patch buffer has a memory and a register");
  StageTiming t;
  t.buffered = true;
  t.units = p.planar ? 1 : p.height / p.patch;
  t.beats_in = t.steps = t.results = stage.in.beats() / t.units;
  t.period_cycles = stage.in.beats();
  t.latency_cycles = profile.latency(StageKind::kPatches);
  t.pipeline_cycles = t.latency_cycles - 1;
  return t;
}

}  // namespace

int tree_levels(int n) {
  int levels = 0;
  while ((int64_t{1} << levels) < n) ++levels;
  return levels;
}

StageTiming stage_timing(const Stage& stage, const TimingProfile& profile) {
  if (stage.kind == StageKind::kLinear) return linear_timing(stage, profile);
  if (stage.kind == StageKind::kTranspose) return transpose_timing(stage, profile);
  if (stage.kind == StageKind::kPatches) return patches_timing(stage, profile);
  const bool lerp = stage.table() != nullptr && stage.table()->points != 256;
  return passing(stage, lerp ? profile.lerp_latency_cycles : profile.latency(stage.kind));
}

}  // namespace psaflow
