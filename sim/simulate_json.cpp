// The JSON of one simulation.
#include <nlohmann/json.hpp>

#include "sim/run_json.h"

namespace psaflow {

std::string simulate_json(const SimulateRun& run, const SimulationResult& result) {
  using Json = nlohmann::ordered_json;
  Json json =
      run_json(run, {result.images, result.mismatches, result.steady ? result.ii_cycles : 0, result.latency_cycles},
               run.has_accuracy && !result.deadlock);
  const bool stalls = run.stalls.any();
  const int64_t planned_ii = planned_ii_cycles(run);
  json["plan"] = {{"ii_cycles", known(planned_ii)},
                  {"ideal_ii_cycles", run.plan.ii_cycles},
                  {"latency_cycles", known(stalls ? run.stream.latency_cycles : run.plan.latency_cycles)},
                  {"fps", rate_json(run.scenario.target.clock_mhz, planned_ii)}};
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
    row["utilisation"] = result.steady ? Json(stats.utilisation) : Json(nullptr);
    row["stall_in_cycles"] = result.steady ? Json(stats.stall_in_cycles) : Json(nullptr);
    row["stall_out_cycles"] = result.steady ? Json(stats.stall_out_cycles) : Json(nullptr);
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
