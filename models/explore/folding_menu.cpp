#include "models/explore/folding_menu.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "models/plan/cycles.h"
#include "models/plan/stage_timing.h"

namespace psaflow {

FpgaCost estimate_leaf(const CostModel& costs, const LeafInstance& leaf) {
  FpgaCost total = costs.estimate({leaf.leaf, leaf.parameters});
  for (const RomPort& rom : leaf.roms) total.add(costs.estimate(rom_unit(rom)), rom.count);
  return total;
}

FoldingMenu::FoldingMenu(const Pipeline& pipeline, const CostModel& costs) {
  std::set<int64_t> periods;
  int64_t least = 0;  // of the stages that are not folded
  for (const Stage& stage : pipeline.stages) {
    if (stage.kind != StageKind::kLinear) {
      least = std::max(least, stage_timing(stage, pipeline.profile).period_cycles);
      continue;
    }
    const LinearParams& p = *stage.linear();
    Stages& stages = shapes_[{p.in, p.out, stage.in.vectors, stage.in.lanes, stage.out.lanes, stage.relu() ? 1 : 0}];
    stages.names.push_back(stage.name);
    if (stages.names.size() > 1) continue;
    Stage folded = stage;
    for (const Folding& folding : legal_foldings(stage)) {
      folded.pe = folding.pe;
      folded.simd = folding.simd;
      folded.packed = folding.packed;
      const FpgaCost cost = estimate_leaf(costs, stage_structure(pipeline, folded));
      stages.foldings.push_back({folding, stage_timing(folded, pipeline.profile).period_cycles, cost.lut + cost.dsp});
      periods.insert(stages.foldings.back().period_cycles);
    }
    const auto key = [](const PricedFolding& f) {
      return std::make_tuple(f.price, f.folding.pe * f.folding.simd, f.folding.pe, f.folding.packed);
    };
    std::sort(stages.foldings.begin(), stages.foldings.end(),
              [&](const PricedFolding& a, const PricedFolding& b) { return key(a) < key(b); });
  }
  // The fastest that every stage can do.
  for (const auto& [shape, stages] : shapes_) {
    int64_t fastest = INT64_MAX;
    for (const PricedFolding& f : stages.foldings) fastest = std::min(fastest, f.period_cycles);
    least = std::max(least, fastest);
  }
  periods.insert(least);
  periods_.assign(periods.lower_bound(least), periods.end());
}

bool FoldingMenu::choose(int64_t target_ii_cycles, bool packed, std::map<std::string, StageChoice>& stages) const {
  for (const auto& [shape, menu] : shapes_) {
    const auto found = std::find_if(menu.foldings.begin(), menu.foldings.end(), [&](const PricedFolding& f) {
      return f.period_cycles <= target_ii_cycles && (packed || !f.folding.packed);
    });
    if (found == menu.foldings.end()) return false;
    for (const std::string& name : menu.names) {
      StageChoice& choice = stages[name];
      choice.pe = found->folding.pe;
      choice.simd = found->folding.simd;
      choice.packed = found->folding.packed;
    }
  }
  return true;
}

}  // namespace psaflow
