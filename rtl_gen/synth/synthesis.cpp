#include "rtl_gen/synth/synthesis.h"

#include <algorithm>

#include "sw/base/error.h"

namespace psaflow {

Synthesis synthesise(const Pipeline& pipeline, const SynthOptions& options) {
  PSAFLOW_CHECK(pipeline.profile.name == "rtl", "a pipeline timed as the RTL is");
  return synthesise(count_units(pipeline, streaming_structure(pipeline)), options);
}

Synthesis synthesise(std::vector<CountedUnit> counted_units, const SynthOptions& options) {
  Synthesis result;
  result.units = std::move(counted_units);
  std::vector<SynthUnit> units;
  for (const CountedUnit& counted : result.units) units.push_back(counted.unit);
  UnitCosts costs = unit_costs(units, options);
  result.unit_costs = std::move(costs.costs);
  result.unit_levels = std::move(costs.levels);
  result.yosys = costs.yosys;
  result.synthesised = costs.synthesised;
  for (size_t i = 0; i < result.units.size(); ++i) {
    const CountedUnit& counted = result.units[i];
    const bool roms = counted.unit.is_rom();
    if (result.rows.empty() || result.rows.back().kind != counted.kind || result.rows.back().roms != roms)
      result.rows.push_back({counted.kind, roms, 0, {}, {}});
    result.rows.back().count += counted.count;
    result.rows.back().cost.add(result.unit_costs[i], counted.count);
    result.total.add(result.unit_costs[i], counted.count);
    result.rows.back().levels = std::max(result.rows.back().levels, result.unit_levels[i]);
    result.levels = std::max(result.levels, result.unit_levels[i]);
  }
  return result;
}

}  // namespace psaflow
