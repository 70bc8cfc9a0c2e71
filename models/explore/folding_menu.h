// What the linear stages of a network can be folded to, and what each folding costs: priced once, chosen from often.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/area/cost_model.h"
#include "models/plan/build.h"
#include "models/plan/legal.h"

namespace psaflow {

struct PricedFolding {
  Folding folding;
  int64_t period_cycles = 0;
  FpgaCost cost;  // of one stage, ROMs included, estimated
  int64_t price() const { return cost.lut + cost.dsp; }
};

// What every linear stage is folded to.
using StageChoices = std::map<std::string, StageChoice>;
// The same in short: by shape of linear stages, one of the foldings that the menu has for it.
using MenuChoice = std::vector<size_t>;

// Of a pipeline with given lanes.
class FoldingMenu {
 public:
  // May two outputs share a DSP where pe is even?
  FoldingMenu(const Pipeline& pipeline, const CostModel& costs);

  // Periods that some stage can have, ascending: nothing changes between two of them. Those below the least II that
  // the other stages allow are left out, but for that II itself.
  const std::vector<int64_t>& periods() const { return periods_; }

  // The cheapest folding of every linear stage whose period is at most target_ii_cycles; of equals the one of fewer
  // products a cycle. packed false: one output a DSP. Empty: a stage has none.
  std::optional<MenuChoice> choose(int64_t target_ii_cycles, bool packed) const;

  StageChoices stages(const MenuChoice& choice) const;
  // Of all linear stages together.
  FpgaCost cost(const MenuChoice& choice) const;
  // " 4:96 8:48p ...": pe, simd and packing, by shape.
  std::string text(const MenuChoice& choice) const;

 private:
  struct Stages {  // of one shape
    std::vector<std::string> names;
    std::vector<PricedFolding> foldings;  // cheapest first
  };
  std::vector<Stages> shapes_;
  std::vector<int64_t> periods_;
};

// LUT + DSP + ... of a leaf with its ROMs.
FpgaCost estimate_leaf(const CostModel& costs, const LeafInstance& leaf);

}  // namespace psaflow
