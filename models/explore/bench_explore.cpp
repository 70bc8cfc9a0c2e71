// What an exploration spends its time on: timing a folding beat by beat, and pricing a design whose folding is timed.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <string>

#include "models/explore/explorer.h"
#include "models/explore/table_resolution.h"
#include "sw/golden/random_model.h"

namespace psaflow {
namespace {

// The flagship's shape, at every resolution of its tables.
std::vector<ExploredModel> explored() {
  ModelConfig config;
  config.activation = Activation::kPsa;
  const IntModel model = random_model(config, 256, 1);
  std::vector<ExploredModel> list;
  for (const int points : table_resolutions(model)) {
    const IntModel at = with_table_points(model, points);
    list.push_back({"", points, points == 256, at, at, {}, 0});
  }
  return list;
}

// range(0): lanes. One core.
void time_foldings(benchmark::State& state) {
  Scenario scenario;
  scenario.explore.lanes = {static_cast<int>(state.range(0))};
  std::vector<ExploredModel> models = explored();
  models.resize(1);
  ExploreOptions options;
  options.threads = 1;
  size_t foldings = 0;
  for (auto _ : state) foldings += explore_streaming(scenario, models, &CostModel::builtin, options).foldings;
  state.counters["foldings"] = benchmark::Counter(static_cast<double>(foldings), benchmark::Counter::kIsRate);
}
BENCHMARK(time_foldings)->Arg(1)->Arg(2)->Arg(4)->Arg(8)->Unit(benchmark::kMillisecond);

// The times of all foldings known: range(0) devices.
void price_designs(benchmark::State& state) {
  Scenario scenario;
  for (const std::string& device : device_names()) {
    if (static_cast<int64_t>(scenario.explore.devices.size()) < state.range(0))
      scenario.explore.devices.push_back(device);
  }
  const std::vector<ExploredModel> models = explored();
  const std::string folder = (std::filesystem::temp_directory_path() / "psaflow-bench-explore").string();
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  ResultStore store(folder, "evaluated", "", "bench");
  ExploreOptions options;
  options.threads = 1;
  options.store = &store;
  explore_streaming(scenario, models, &CostModel::builtin, options);
  size_t points = 0;
  for (auto _ : state) points += explore_streaming(scenario, models, &CostModel::builtin, options).points.size();
  state.counters["designs"] = benchmark::Counter(static_cast<double>(points), benchmark::Counter::kIsRate);
  std::filesystem::remove_all(folder);
}
BENCHMARK(price_designs)->Arg(1)->Arg(9)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace psaflow

BENCHMARK_MAIN();
