// The space of a fixed-size accelerator: the tile, the least buffers that hold the network, and what stands around them.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "models/explore/explorer.h"
#include "models/plan/cycles.h"
#include "models/simd/cycles.h"
#include "sw/base/error.h"

namespace psaflow {

SimdOptions simd_options_of(int tile, const Scenario& scenario) {
  SimdOptions options = scenario.simd();
  options.profile = "rtl";
  if (tile == options.tile) return options;
  // What is counted in tiles, words and beats of another tile means nothing for this one.
  options.tile = tile;
  options.capacities.clear();
  const bool chosen = scenario.lines.count("bus_bytes") != 0 && options.bus_bytes && *options.bus_bytes >= tile;
  if (!chosen) options.bus_bytes = simd_default_bus_bytes(tile);
  options.burst_beats = std::min(options.burst_beats, kSimdPageBytes / *options.bus_bytes);
  return options;
}

Exploration explore_simd(const Scenario& scenario, std::vector<ExploredModel> models, const CostModels& costs,
                         const ExploreOptions& explore) {
  constexpr size_t kImages = 64;
  const auto start = std::chrono::steady_clock::now();
  const ExploreSpace& space = scenario.explore;
  const std::vector<int> tiles =
      space.tiles.empty() ? std::vector<int>(std::begin(kSimdTiles), std::end(kSimdTiles)) : space.tiles;
  const std::vector<std::string> devices =
      space.devices.empty() ? std::vector<std::string>{scenario.target.device} : space.devices;
  const std::vector<double> clocks =
      space.clocks_mhz.empty() ? std::vector<double>{scenario.target.clock_mhz} : space.clocks_mhz;
  Exploration result;
  result.models = std::move(models);
  std::vector<Finding> findings;
  size_t done = 0;
  for (size_t m = 0; m < result.models.size(); ++m) {
    for (const int tile : tiles) {
      const SimdPlan plan = plan_simd(result.models[m].model.network, simd_options_of(tile, scenario));
      if (explore.progress) explore.progress(++done, result.models.size() * tiles.size());
      if (!plan.mapping) {
        if (tile == scenario.simd().tile)
          build_scenario_mapping(scenario, result.models[m].model);  // says what is wrong
        findings = plan.findings;
        continue;
      }
      const SimdHardware& hardware = plan.mapping->hardware;
      const std::vector<CountedUnit> units = count_units(simd_structure(hardware));
      for (const std::string& device : devices) {
        const FpgaCost cost = estimate_area(costs(find_device(device).family), units);
        for (const double clock : clocks) {
          const SimdMemory memory = simd_memory(scenario.simd().memory, clock, hardware.bus_bytes);
          const SimdPrediction cycles = predict_simd(*plan.mapping, memory, "rtl", kImages);
          DesignPoint point;
          point.model = m;
          point.tile = tile;
          point.hardware = hardware;
          point.device = device;
          point.clock_mhz = clock;
          point.ii_cycles = cycles.ii_cycles;
          point.latency_cycles = cycles.latency_cycles;
          point.fps = images_per_second(clock, cycles.ii_cycles);
          point.cost = cost;
          point.fits = fits_device(cost, find_device(device));
          result.points.push_back(std::move(point));
        }
      }
    }
  }
  if (result.points.empty() && scenario.simd().tile > 0) throw_first(findings, scenario.file);
  mark_front(result);
  result.foldings = done;  // so few that each shard makes all of them
  result.timing_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace psaflow
