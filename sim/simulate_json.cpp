// The JSON of one simulation.
#include <nlohmann/json.hpp>

#include "sim/run_json.h"

namespace psaflow {

std::string simulate_json(const SimulateRun& run, const SimulationResult& result) {
  using Json = nlohmann::ordered_json;
  Json json = run_json(run, {result.images, result.mismatches, result.ii_cycles, result.latency_cycles},
                       run.has_accuracy && !result.deadlock);
  const bool stalls = run.stalls.any();
  const int64_t planned_ii = stalls ? run.stalled.ii_cycles : run.plan.ii_cycles;
  json["plan"] = {{"ii_cycles", planned_ii},
                  {"latency_cycles", stalls ? run.stalled.latency_cycles : run.plan.latency_cycles},
                  {"fps", images_per_second(run.scenario.target.clock_mhz, planned_ii)}};
  json["stalls"] = stalls_json(run.stalls);
  json["fault"] = run.fault.empty() ? Json(nullptr) : Json(run.fault);
  json["total_cycles"] = result.total_cycles;
  json["stepped_images"] = result.stepped_images;
  json["simulation_s"] = run.wall_s;
  json["simulated_images_per_s"] = wall_rate(result.images, run.wall_s);
  json["bottleneck"] =
      result.stages.empty() ? Json(nullptr) : Json(result.stages[static_cast<size_t>(result.bottleneck)].name);
  json["stages"] = Json::array();
  for (size_t i = 0; i < result.stages.size(); ++i) {
    const StageStats& stats = result.stages[i];
    Json row = stage_json(run.pipeline.stages[i]);
    row["plan_period_cycles"] = run.plan.stages[i].period_cycles;
    row["busy_cycles"] = stats.busy_cycles;
    row["utilisation"] = stats.utilisation;
    row["stall_in_cycles"] = stats.stall_in_cycles;
    row["stall_out_cycles"] = stats.stall_out_cycles;
    json["stages"].push_back(row);
  }
  json["fifos"] = Json::array();
  for (const FifoStats& fifo : result.fifos)
    json["fifos"].push_back({{"name", fifo.name}, {"depth_beats", fifo.depth}, {"peak_beats", fifo.peak}});
  json["divergence"] = nullptr;
  if (const auto& d = result.divergence) {
    json["divergence"] = {{"image", d->image},     {"stage", d->stage},       {"token", d->token},
                          {"channel", d->channel}, {"expected", d->expected}, {"found", d->found}};
  }
  json["deadlock"] = result.deadlock ? deadlock_json(*result.deadlock) : Json(nullptr);
  return to_text(json);
}

}  // namespace psaflow
