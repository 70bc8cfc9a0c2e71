#include "sim/run_json.h"

#include <nlohmann/json.hpp>

namespace psaflow {

using Json = nlohmann::ordered_json;

Json scenario_json(const Scenario& s) {
  return {{"scenario", s.name},
          {"file", s.file},
          {"version", PSAFLOW_VERSION},
          {"model", s.synthetic ? Json(nullptr) : Json(s.model_path)},
          {"device", s.target.device}};
}

void add_counts(Json& json, const Scenario& s, const RunCounts& counts) {
  json["images"] = counts.images;
  json["mismatches"] = counts.mismatches;
  json["ii_cycles"] = known(counts.ii_cycles);
  json["latency_cycles"] = known(counts.latency_cycles);
  json["clock_mhz"] = s.target.clock_mhz;
  json["fps"] = rate_json(s.target.clock_mhz, counts.ii_cycles);
}

Json claimed_json(const Scenario& s) {
  if (s.claim_source.empty()) return nullptr;
  return {{"ii_cycles", s.claimed_ii_cycles > 0 ? Json(s.claimed_ii_cycles) : Json(nullptr)},
          {"fps", s.claimed_fps > 0 ? Json(s.claimed_fps) : Json(nullptr)},
          {"source", s.claim_source}};
}

Json run_json(const SimulateRun& run, const RunCounts& counts, bool has_accuracy) {
  Json json = scenario_json(run.scenario);
  json["profile"] = run.pipeline.profile.name;
  json["lanes"] = lanes(run.pipeline);
  add_counts(json, run.scenario, counts);
  json["correct"] = has_accuracy ? Json(run.correct) : Json(nullptr);
  json["accuracy"] =
      has_accuracy ? Json(static_cast<double>(run.correct) / static_cast<double>(counts.images)) : Json(nullptr);
  json["claimed"] = claimed_json(run.scenario);
  return json;
}

Json stage_json(const Stage& stage) {
  return {{"name", stage.name}, {"kind", to_string(stage.kind)}, {"pe", stage.pe},
          {"simd", stage.simd}, {"packed", stage.packed},        {"multipliers", stage.multipliers()}};
}

Json stalls_json(const Stalls& stalls) {
  if (!stalls.any()) return nullptr;
  Json json = {{"pattern", to_string(stalls.pattern)}, {"seed", stalls.seed}};
  if (stalls.pattern == StallPattern::kRandom) {
    json["source_probability"] = 1 - stalls.input_valid_probability;
    json["sink_probability"] = 1 - stalls.output_ready_probability;
  }
  return json;
}

Json deadlock_json(const Deadlock& d) {
  Json json = {{"cycle", d.cycle},
               {"stage", d.stage.empty() ? Json(nullptr) : Json(d.stage)},
               {"fifo", d.fifo.empty() ? Json(nullptr) : Json(d.fifo)},
               {"depth_beats", d.depth},
               {"needed_depth_beats", d.needed_depth > 0 ? Json(d.needed_depth) : Json(nullptr)}};
  json["waits"] = Json::array();
  for (const Wait& wait : d.waits)
    json["waits"].push_back({{"stage", wait.stage},
                             {"for", wait.for_space ? "space" : "beat"},
                             {"fifo", wait.fifo},
                             {"beats", wait.beats},
                             {"depth_beats", wait.depth}});
  return json;
}

Json known(int64_t cycles) {
  return cycles > 0 ? Json(cycles) : Json(nullptr);
}

Json rate_json(double clock_mhz, int64_t ii_cycles) {
  return ii_cycles > 0 ? Json(images_per_second(clock_mhz, ii_cycles)) : Json(nullptr);
}

double wall_rate(size_t images, double seconds) {
  return seconds > 0 ? static_cast<double>(images) / seconds : 0;
}

std::string to_text(const Json& json) {
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace psaflow
