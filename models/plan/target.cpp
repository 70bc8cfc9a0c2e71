#include "models/plan/target.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "models/plan/beat_times.h"
#include "models/plan/cascade.h"
#include "models/plan/cycles.h"
#include "models/plan/legal.h"
#include "models/plan/stage_timing.h"

namespace psaflow::detail {
namespace {

// Long enough for a FIFO that is too shallow to have slowed the source down: the pipeline holds about two images a
// transpose, or a patch buffer of colour planes.
int settling_images(const Pipeline& pipeline) {
  const auto buffers = std::count_if(pipeline.stages.begin(), pipeline.stages.end(), [](const Stage& s) {
    return s.kind == StageKind::kTranspose || s.kind == StageKind::kPatches;
  });
  return static_cast<int>(2 * buffers) + 6;
}

// Images as fast as they are taken: are the last ones one II apart?
bool keeps_ii(const Pipeline& pipeline, int64_t ii) {
  BeatTimesOptions options;
  options.images = settling_images(pipeline);
  const BeatTimesResult times = beat_times(pipeline, options);
  if (times.deadlock) return false;
  constexpr size_t kWindow = 4;  // II may alternate between images
  const size_t n = times.image_done.size();
  return times.image_done[n - 1] - times.image_done[n - 1 - kWindow] == static_cast<int64_t>(kWindow) * ii;
}

void set_folding(Stage& stage, const Folding& folding) {
  stage.pe = folding.pe;
  stage.simd = folding.simd;
  stage.packed = folding.packed;
}

}  // namespace

void fold_for_ii(Pipeline& pipeline, int64_t target_ii_cycles, const std::vector<PackingWish>& wishes) {
  for (size_t s = 0; s < pipeline.stages.size(); ++s) {
    Stage& stage = pipeline.stages[s];
    const std::optional<bool>& wish = wishes[s].packed;
    if (stage.kind != StageKind::kLinear) continue;
    struct Choice {
      bool late = true, refused = true;  // refused: cannot be packed, but shall be
      int64_t period_if_late = INT64_MAX, dsps = INT64_MAX;
      int products = INT32_MAX;
      Folding folding;
      bool operator<(const Choice& o) const {
        return std::tie(refused, late, period_if_late, dsps, products, folding.pe) <
               std::tie(o.refused, o.late, o.period_if_late, o.dsps, o.products, o.folding.pe);
      }
    };
    Choice best;
    for (const Folding& folding : legal_foldings(stage)) {
      if (folding.packed != (wish.value_or(true) && can_pack(stage, folding.pe))) continue;
      set_folding(stage, folding);
      const int64_t period = stage_timing(stage, pipeline.profile).period_cycles;
      const bool late = period > target_ii_cycles;
      best = std::min(best, Choice{late, wish.value_or(false) && !folding.packed, late ? period : 0, dsps(stage),
                                   folding.pe * folding.simd, folding});
    }
    set_folding(stage, best.folding);
  }
}

std::vector<int> minimal_residual_depths(Pipeline pipeline, const std::vector<bool>& fixed,
                                         const std::function<void(int done, int all)>& on_step) {
  const int64_t ii = predict_ii(pipeline);
  const std::vector<int> required = required_residual_depths(pipeline);
  std::map<int, std::vector<size_t>> copies;  // streams by required depth
  for (size_t s = 0; s < pipeline.streams.size(); ++s) {
    if (!pipeline.streams[s].residual || fixed[s]) continue;
    pipeline.streams[s].fifo_depth = required[s];
    copies[required[s]].push_back(s);
  }
  const auto set = [&](const std::vector<size_t>& streams, int depth) {
    for (size_t s : streams) pipeline.streams[s].fifo_depth = depth;
  };
  int done = 0, all = 0;
  for (const auto& [depth, streams] : copies) {
    for (int left = depth; left > 1; left -= left / 2) ++all;
  }
  // The least depth of these streams, all alike, that keeps the II, or their present depth.
  const auto search = [&](const std::vector<size_t>& streams, int enough) {
    int low = 0;  // too shallow
    while (enough - low > 1) {
      const int middle = low + (enough - low) / 2;
      set(streams, middle);
      (keeps_ii(pipeline, ii) ? enough : low) = middle;
      if (on_step) on_step(++done, std::max(done, all));
    }
    set(streams, enough);
  };
  for (const auto& [depth, streams] : copies) search(streams, depth);
  std::vector<int> depths(pipeline.streams.size(), 0);
  for (size_t s = 0; s < pipeline.streams.size(); ++s)
    depths[s] = pipeline.streams[s].residual ? pipeline.streams[s].fifo_depth : 0;
  return depths;
}

}  // namespace psaflow::detail
