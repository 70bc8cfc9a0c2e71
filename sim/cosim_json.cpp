// The JSON of one co-simulation.
#include <nlohmann/json.hpp>

#include "sim/cosim_report.h"
#include "sim/run_json.h"

namespace psaflow {
namespace {

using Json = nlohmann::ordered_json;

Json percent_json(const CycleCounts& counts) {
  const auto off = percent_off(counts);
  return off ? Json(*off) : Json(nullptr);
}

Json stages_json(const CosimSession& session) {
  const SimulateRun& run = session.systemc_run();
  Json json = Json::array();
  const auto cycles = [](int64_t first, int64_t last, int64_t interval) {
    return Json{{"first_out_cycles", first},
                {"last_out_cycles", last},
                {"interval_cycles", interval > 0 ? Json(interval) : Json(nullptr)}};
  };
  for (size_t i = 0; i < run.plan.stages.size(); ++i) {
    Json row = stage_json(run.pipeline.stages[i]);
    for (const char* key : {"plan", "systemc", "rtl", "rtl_off_cycles"}) row[key] = nullptr;
    const bool planned = i < session.plan().stages.size();
    if (planned) {
      const StageTimes& p = session.plan().stages[i];
      row["plan"] = cycles(p.first_out_cycles, p.last_out_cycles, p.interval_cycles);
      row["plan"]["period_cycles"] = run.plan.stages[i].period_cycles;
    }
    if (i < session.systemc().stages.size() && !session.systemc().deadlock) {
      const StageStats& c = session.systemc().stages[i];
      row["systemc"] = cycles(c.first_out_cycles, c.last_out_cycles, c.interval_cycles);
      row["systemc"]["busy_cycles"] = c.busy_cycles;
    }
    if (i < session.rtl().stages.size()) {
      const StageTimes& r = session.rtl().stages[i];
      row["rtl"] = cycles(r.first_out_cycles, r.last_out_cycles, r.interval_cycles);
      if (planned) row["rtl_off_cycles"] = stage_cycles_off(session, i);
    }
    json.push_back(row);
  }
  return json;
}

Json wave_json(const Waveform& wave) {
  if (wave.path.empty()) return nullptr;
  return {{"file", wave.path},
          {"from_cycle", wave.from_cycle},
          {"to_cycle", wave.to_cycle},
          {"first_image", wave.first_image}};
}

}  // namespace

std::string cosim_json(const CosimSession& session) {
  const SimulateRun& run = session.systemc_run();
  const Scenario& s = run.scenario;
  const RtlRun& rtl = session.rtl();
  Json json = run_json(run, {rtl.images, rtl.mismatches, ii_counts(session).rtl, rtl.latency_cycles},
                       run.has_accuracy && rtl.images > 0);
  json["total_cycles"] = known(rtl.total_cycles);
  json["simulation_s"] = rtl.wall_s;
  json["images_per_s"] = wall_rate(rtl.images, rtl.wall_s);
  json["build"] = {{"seconds", session.build().build_s},
                   {"cached", session.build().cached},
                   {"program", session.build().program},
                   {"key", session.build().key}};
  json["stalls"] = stalls_json(session.choices().stalls);
  json["reset_at_cycle"] =
      session.choices().reset_at_cycle >= 0 ? Json(session.choices().reset_at_cycle) : Json(nullptr);
  const SimulationResult& c = session.systemc();
  json["systemc"] = {{"images", c.images},
                     {"stepped_images", c.stepped_images},
                     {"mismatches", c.mismatches},
                     {"ii_cycles", known(ii_counts(session).systemc)},
                     {"latency_cycles", known(c.latency_cycles)},
                     {"total_cycles", known(c.total_cycles)},
                     {"fps", rate_json(s.target.clock_mhz, ii_counts(session).systemc)},
                     {"simulation_s", run.wall_s},
                     {"images_per_s", wall_rate(c.images, run.wall_s)}};
  json["plan"] = {{"ii_cycles", known(ii_counts(session).plan)},
                  {"ideal_ii_cycles", run.plan.ii_cycles},
                  {"latency_cycles", known(session.plan().latency_cycles)},
                  {"total_cycles", known(session.plan().total_cycles)},
                  {"fps", rate_json(s.target.clock_mhz, ii_counts(session).plan)}};
  json["rtl_off_percent"] = {{"ii", percent_json(ii_counts(session))},
                             {"latency", percent_json(latency_counts(session))},
                             {"total", percent_json(total_counts(session))}};
  json["stages"] = stages_json(session);
  json["divergence"] = nullptr;
  if (const auto d = session.divergence()) {
    json["divergence"] = {
        {"image", d->image}, {"stage", d->stage},       {"token", d->token}, {"channel", d->channel},
        {"cycle", d->cycle}, {"expected", d->expected}, {"found", d->found}, {"first_image", d->first_image}};
  }
  json["deadlock"] = nullptr;
  if (const auto d = session.deadlock()) {
    json["deadlock"] = deadlock_json(*d);
    json["deadlock"]["first_image"] = d->first_image;
  }
  json["assertion"] = nullptr;
  if (const auto a = session.assertion())
    json["assertion"] = {{"cycle", a->cycle}, {"first_image", a->first_image}, {"text", a->text}};
  json["wave"] = wave_json(session.wave());
  json["failures"] = cosim_failures(session);
  return to_text(json);
}

}  // namespace psaflow
