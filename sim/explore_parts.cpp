#include "sim/explore_parts.h"

#include <algorithm>
#include <set>

#include "models/clock/clock_model.h"
#include "models/plan/cycles.h"
#include "models/structure/simd.h"
#include "models/structure/structure.h"

namespace psaflow {
namespace {

using Json = nlohmann::ordered_json;

struct KindOfUnit {
  std::string name;
  FpgaCost cost;
  LogicLevels levels;
};

Json area_json(const DesignPoint& point, const std::vector<CountedUnit>& units) {
  const CostModel& costs = CostModel::builtin(find_device(point.device).family);
  const ClockModel& clock = ClockModel::builtin();
  std::vector<KindOfUnit> kinds;  // in the order of the units, which are sorted by kind
  for (const CountedUnit& counted : units) {
    const auto known = std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return k.name == counted.kind; });
    KindOfUnit& kind = known != kinds.end() ? *known : kinds.emplace_back(KindOfUnit{counted.kind, {}, {}});
    kind.cost.add(costs.estimate(counted.unit), counted.count);
    kind.levels = std::max(kind.levels, clock.levels(counted.unit));
  }
  Json list = Json::array();
  for (const KindOfUnit& k : kinds)
    list.push_back(
        {k.name, k.cost.lut, k.cost.ff, k.cost.dsp, k.cost.bram36(), k.cost.uram, k.levels.luts, k.levels.carries});
  return list;
}

// Names of stages recur from design to design: each is told once.
class StageNames {
 public:
  size_t index(const Stage& stage) {
    // A table's leaves are counted as "function", whatever their resolution.
    const std::pair<std::string, std::string> name = {
        stage.name, stage.kind == StageKind::kTable ? "function" : to_string(stage.kind)};
    const auto [known, is_new] = indices_.try_emplace(name, indices_.size());
    if (is_new) json_.push_back({name.first, name.second});
    return known->second;
  }
  const Json& json() const { return json_; }

 private:
  std::map<std::pair<std::string, std::string>, size_t> indices_;
  Json json_ = Json::array();
};

Json streaming_parts(const ExploreRun& run, const DesignPoint& point, StageNames& names) {
  const Network& network = run.exploration.models[point.model].model.network;
  const Pipeline pipeline =
      build_streaming(network, options_of(point, of_kind(run.scenario, AcceleratorKind::kStreaming)), point.clock_mhz);
  Json stages = Json::array();
  const CyclePrediction cycles = predict_cycles(pipeline);
  for (size_t i = 0; i < pipeline.stages.size(); ++i) {
    const StageCycles& s = cycles.stages[i];
    stages.push_back({names.index(pipeline.stages[i]), s.first_out_cycles, s.last_out_cycles, s.period_cycles});
  }
  return {{"area", area_json(point, count_units(pipeline, streaming_structure(pipeline)))}, {"stages", stages}};
}

}  // namespace

std::vector<size_t> points_with_parts(const ExploreRun& run, size_t most) {
  const std::vector<size_t> even = spread_front(run.exploration, std::max<size_t>(1, most * 4 / 5));
  std::set<size_t> points(even.begin(), even.end());
  for (const auto& [i, confirmation] : run.confirmed) {
    if (points.size() < most && run.exploration.points[i].pareto) points.insert(i);
  }
  return {points.begin(), points.end()};
}

Json parts_json(const ExploreRun& run, const std::vector<size_t>& points) {
  StageNames names;
  Json parts = Json::object();
  for (size_t i : points) {
    const DesignPoint& p = run.exploration.points[i];
    parts[std::to_string(i)] = p.tile > 0 ? Json{{"area", area_json(p, count_units(simd_structure(p.hardware)))}}
                                          : streaming_parts(run, p, names);
  }
  return {{"stage_names", names.json()}, {"parts", parts}};
}

}  // namespace psaflow
