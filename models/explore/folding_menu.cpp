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
  std::map<std::vector<int>, size_t> known;
  std::set<int64_t> periods;
  int64_t least = 0;  // of the stages that are not folded
  for (const Stage& stage : pipeline.stages) {
    if (stage.kind != StageKind::kLinear) {
      least = std::max(least, stage_timing(stage, pipeline.profile).period_cycles);
      continue;
    }
    const LinearParams& p = *stage.linear();
    const std::vector<int> shape = {p.in,           p.out,           stage.in.vectors,
                                    stage.in.lanes, stage.out.lanes, stage.relu() ? 1 : 0};
    const size_t index = known.emplace(shape, shapes_.size()).first->second;
    if (index == shapes_.size()) shapes_.emplace_back();
    Stages& stages = shapes_[index];
    stages.names.push_back(stage.name);
    if (stages.names.size() > 1) continue;
    Stage folded = stage;
    for (const Folding& folding : legal_foldings(stage)) {
      folded.pe = folding.pe;
      folded.simd = folding.simd;
      folded.packed = folding.packed;
      stages.foldings.push_back({folding, stage_timing(folded, pipeline.profile).period_cycles,
                                 estimate_leaf(costs, stage_structure(pipeline, folded))});
      periods.insert(stages.foldings.back().period_cycles);
    }
    const auto key = [](const PricedFolding& f) {
      return std::make_tuple(f.price(), f.folding.pe * f.folding.simd, f.folding.pe, f.folding.packed);
    };
    std::sort(stages.foldings.begin(), stages.foldings.end(),
              [&](const PricedFolding& a, const PricedFolding& b) { return key(a) < key(b); });
  }
  // The fastest that every stage can do.
  for (const Stages& stages : shapes_) {
    int64_t fastest = INT64_MAX;
    for (const PricedFolding& f : stages.foldings) fastest = std::min(fastest, f.period_cycles);
    least = std::max(least, fastest);
  }
  periods.insert(least);
  periods_.assign(periods.lower_bound(least), periods.end());
}

std::optional<MenuChoice> FoldingMenu::choose(int64_t target_ii_cycles, bool packed) const {
  MenuChoice choice;
  for (const Stages& menu : shapes_) {
    const auto found = std::find_if(menu.foldings.begin(), menu.foldings.end(), [&](const PricedFolding& f) {
      return f.period_cycles <= target_ii_cycles && (packed || !f.folding.packed);
    });
    if (found == menu.foldings.end()) return std::nullopt;
    choice.push_back(static_cast<size_t>(found - menu.foldings.begin()));
  }
  return choice;
}

StageChoices FoldingMenu::stages(const MenuChoice& choice) const {
  StageChoices stages;
  for (size_t shape = 0; shape < shapes_.size(); ++shape) {
    const Folding& folding = shapes_[shape].foldings[choice[shape]].folding;
    for (const std::string& name : shapes_[shape].names) {
      StageChoice& stage = stages[name];
      stage.pe = folding.pe;
      stage.simd = folding.simd;
      stage.packed = folding.packed;
    }
  }
  return stages;
}

FpgaCost FoldingMenu::cost(const MenuChoice& choice) const {
  FpgaCost total;
  for (size_t shape = 0; shape < shapes_.size(); ++shape)
    total.add(shapes_[shape].foldings[choice[shape]].cost, static_cast<int64_t>(shapes_[shape].names.size()));
  return total;
}

std::string FoldingMenu::text(const MenuChoice& choice) const {
  std::string text;
  for (size_t shape = 0; shape < shapes_.size(); ++shape) {
    const Folding& f = shapes_[shape].foldings[choice[shape]].folding;
    text += ' ' + std::to_string(f.pe) + ':' + std::to_string(f.simd) + (f.packed ? "p" : "");
  }
  return text;
}

}  // namespace psaflow
