#include "sim/cosim_report.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "sim/terminal.h"

namespace psaflow {
namespace {

// A cycle count of the RTL may be this far from the plan's or SystemC's.
constexpr double kTolerance = 0.01;

bool close_to(int64_t rtl, int64_t model) {
  return std::llabs(rtl - model) <= kTolerance * static_cast<double>(model);
}

double fps(const CosimRun& run, int64_t ii_cycles) {
  return ii_cycles > 0 ? run.systemc_run.scenario.streaming.clock_mhz * 1e6 / static_cast<double>(ii_cycles) : 0;
}

double rate(size_t images, double seconds) {
  return seconds > 0 ? static_cast<double>(images) / seconds : 0;
}

std::string or_dash(double value) {
  return value > 0 ? grouped(std::llround(value)) : "-";
}
std::string cycles_text(int64_t value) {
  return or_dash(static_cast<double>(value));
}

// How many stages' first and last output cycles and intervals are the same in plan, SystemC and RTL.
struct StageAgreement {
  size_t equal = 0;
  int64_t most_off = 0;  // cycles
  std::string where;
};

StageAgreement compare_stages(const CosimRun& run) {
  StageAgreement agreement;
  for (size_t i = 0; i < run.rtl.stages.size(); ++i) {
    const RtlStageCycles& rtl = run.rtl.stages[i];
    const StageCycles& plan = run.systemc_run.plan.stages[i];
    const StageStats& systemc = run.systemc.stages[i];
    int64_t off = std::max(std::llabs(rtl.first_out_cycles - systemc.first_out_cycles),
                           std::llabs(rtl.last_out_cycles - systemc.last_out_cycles));
    if (!run.random_stalls) {
      off = std::max<int64_t>({off, std::llabs(rtl.first_out_cycles - plan.first_out_cycles),
                               std::llabs(rtl.last_out_cycles - plan.last_out_cycles)});
    }
    if (off == 0) ++agreement.equal;
    if (off > agreement.most_off) {
      agreement.most_off = off;
      agreement.where = plan.name;
    }
  }
  return agreement;
}

void print_stages(const CosimRun& run) {
  size_t width = 5;
  for (const StageCycles& stage : run.systemc_run.plan.stages) width = std::max(width, stage.name.size());
  const auto three = [](int64_t plan, int64_t systemc, int64_t rtl) {
    return fmt::format("{:>9} {:>9} {:>9}", plan, systemc, rtl);
  };
  fmt::print("\n{}\n", bold(fmt::format("  {:<{}}  {:^29}  {:^29}  {:>9}", "first image, cycles", width,
                                        "first beat out", "last beat out", "to second")));
  fmt::print("{}\n", bold(fmt::format("  {:<{}}  {:>9} {:>9} {:>9}  {:>9} {:>9} {:>9}  {:>9}", "stage", width, "plan",
                                      "SystemC", "RTL", "plan", "SystemC", "RTL", "RTL")));
  for (size_t i = 0; i < run.rtl.stages.size(); ++i) {
    const RtlStageCycles& rtl = run.rtl.stages[i];
    const StageCycles& plan = run.systemc_run.plan.stages[i];
    const StageStats& systemc = run.systemc.stages[i];
    fmt::print("  {:<{}}  {}  {}  {:>9}\n", plan.name, width,
               three(plan.first_out_cycles, systemc.first_out_cycles, rtl.first_out_cycles),
               three(plan.last_out_cycles, systemc.last_out_cycles, rtl.last_out_cycles),
               cycles_text(rtl.interval_cycles));
  }
  const StageAgreement agreement = compare_stages(run);
  fmt::print("  {} of {} stages agree to the cycle{}\n", agreement.equal, run.rtl.stages.size(),
             agreement.most_off == 0
                 ? ""
                 : fmt::format("; the most off is {} by {} cycles", agreement.where, agreement.most_off));
}

}  // namespace

std::vector<std::string> cosim_failures(const CosimRun& run) {
  std::vector<std::string> failures;
  const auto add = [&](const std::string& text) { failures.push_back(text); };
  const CyclePrediction& plan = run.systemc_run.plan;
  if (run.systemc.deadlock) add(deadlock_line(*run.systemc.deadlock));
  if (run.rtl.deadlock_cycle)
    add(fmt::format("deadlock in RTL: nothing enters or leaves after cycle {}", *run.rtl.deadlock_cycle));
  if (run.rtl.mismatches != 0) {
    add(fmt::format("{} of {} images differ from golden in RTL, the first is image {}{}", run.rtl.mismatches,
                    run.rtl.images, *run.rtl.first_mismatch,
                    run.taps ? "" : "; run again with --taps to find stage, token, channel and cycle"));
  }
  if (const auto& d = run.rtl.divergence) {
    add(fmt::format(
        "the first difference in RTL: image {}, stage {}, token {}, channel {}, cycle {}: expected {}, found {}",
        d->image, run.systemc_run.pipeline.stages[static_cast<size_t>(d->stage)].name, d->token, d->channel, d->cycle,
        d->expected, d->found));
  }
  if (run.systemc.divergence)
    add("SystemC: " + divergence_line(*run.systemc.divergence, run.systemc.mismatches, run.systemc.images));
  if (run.systemc.deadlock || run.rtl.deadlock_cycle) return failures;
  if (run.systemc_differs != 0 && run.rtl.mismatches == 0)
    add(fmt::format("SystemC and RTL differ in the logits of {} images", run.systemc_differs));
  if (run.random_stalls) {
    if (!close_to(run.rtl.total_cycles, run.systemc.total_cycles)) {
      add(fmt::format("under the same stalls SystemC takes {} cycles and RTL {}", run.systemc.total_cycles,
                      run.rtl.total_cycles));
    }
    return failures;
  }
  if (run.rtl.images > 1 && (run.rtl.ii_cycles != run.systemc.ii_cycles || run.rtl.ii_cycles != plan.ii_cycles)) {
    add(fmt::format("the II differs: plan {}, SystemC {}, RTL {} cycles", plan.ii_cycles, run.systemc.ii_cycles,
                    run.rtl.ii_cycles));
  }
  if (!close_to(run.rtl.latency_cycles, run.systemc.latency_cycles) ||
      !close_to(run.rtl.latency_cycles, plan.latency_cycles)) {
    add(fmt::format("the latency differs: plan {}, SystemC {}, RTL {} cycles", plan.latency_cycles,
                    run.systemc.latency_cycles, run.rtl.latency_cycles));
  }
  return failures;
}

void print_cosim_tables(const CosimRun& run) {
  const Scenario& s = run.systemc_run.scenario;
  const SimulationResult& systemc = run.systemc;
  const RtlRun& rtl = run.rtl;
  if (run.systemc_run.has_accuracy && !rtl.deadlock_cycle) {
    fmt::print("\n  accuracy    {:.2f} %, {} of {} images right\n",
               100 * rate(run.systemc_run.correct, static_cast<double>(rtl.images)), run.systemc_run.correct,
               rtl.images);
  } else {
    fmt::print("\n");
  }
  fmt::print("  mismatches  {}\n",
             rtl.deadlock_cycle ? "unknown, it locks up"
             : rtl.mismatches == 0
                 ? fmt::format("0, every logit of {} images as in the golden model{}", rtl.images,
                               run.taps && !rtl.divergence
                                   ? fmt::format(", and every output of all {} stages", rtl.stages.size())
                                   : "")
                 : bold(fmt::format("{} of {} images", rtl.mismatches, rtl.images)));
  const auto line = [](const char* what, const std::string& plan, const std::string& model, const std::string& measured,
                       const std::string& claimed) {
    fmt::print("  {:<18} {:>11} {:>11} {:>11} {:>11}\n", what, plan, model, measured, claimed);
  };
  fmt::print("\n{}\n",
             bold(fmt::format("  {:<18} {:>11} {:>11} {:>11} {:>11}", "", "plan", "SystemC", "RTL", "claimed")));
  if (!run.random_stalls) {
    line("II, cycles", cycles_text(run.systemc_run.plan.ii_cycles), cycles_text(systemc.ii_cycles),
         cycles_text(rtl.ii_cycles), cycles_text(s.claimed_ii_cycles));
    line("latency, cycles", cycles_text(run.systemc_run.plan.latency_cycles), cycles_text(systemc.latency_cycles),
         cycles_text(rtl.latency_cycles), "-");
    line("images a second", or_dash(fps(run, run.systemc_run.plan.ii_cycles)), or_dash(fps(run, systemc.ii_cycles)),
         or_dash(fps(run, rtl.ii_cycles)), or_dash(s.claimed_fps));
  } else {
    line("mean II, cycles", "-", cycles_text(systemc.ii_cycles), cycles_text(rtl.ii_cycles), "-");
    line("latency, cycles", "-", cycles_text(systemc.latency_cycles), cycles_text(rtl.latency_cycles), "-");
  }
  line("all images, cycles", "-", cycles_text(systemc.total_cycles), cycles_text(rtl.total_cycles), "-");
  if (!s.claim_source.empty()) fmt::print("  claimed by {}\n", s.claim_source);
  if (run.taps && !rtl.stages.empty()) print_stages(run);
  const double systemc_rate = rate(systemc.images, run.systemc_run.wall_s), rtl_rate = rate(rtl.images, rtl.wall_s);
  fmt::print(
      "\n  simulated  SystemC {:.2f} s, {:.4g} images a second ({} stepped cycle by cycle); RTL {:.2f} s, {:.4g} "
      "images a second; {:.0f} times\n",
      run.systemc_run.wall_s, systemc_rate, systemc.stepped_images, rtl.wall_s, rtl_rate,
      rtl_rate > 0 ? systemc_rate / rtl_rate : 0);
  fmt::print("  build      {:.1f} s{}; {}\n", run.build.build_s,
             run.build.cached ? ", earlier: taken from the cache" : "", run.build.program);
}

std::string cosim_json(const CosimRun& run) {
  using Json = nlohmann::ordered_json;
  const Scenario& s = run.systemc_run.scenario;
  const RtlRun& rtl = run.rtl;
  Json json = {{"scenario", s.name},
               {"file", s.file},
               {"version", PSAFLOW_VERSION},
               {"model", s.synthetic ? Json(nullptr) : Json(s.model_path)},
               {"device", s.device},
               {"profile", s.streaming.profile},
               {"lanes", lanes(run.systemc_run.pipeline)},
               {"images", rtl.images},
               {"mismatches", rtl.mismatches},
               {"ii_cycles", rtl.ii_cycles},
               {"latency_cycles", rtl.latency_cycles},
               {"total_cycles", rtl.total_cycles},
               {"clock_mhz", s.streaming.clock_mhz},
               {"fps", fps(run, rtl.ii_cycles)}};
  json["correct"] = run.systemc_run.has_accuracy ? Json(run.systemc_run.correct) : Json(nullptr);
  json["accuracy"] = run.systemc_run.has_accuracy ? Json(rate(run.systemc_run.correct, static_cast<double>(rtl.images)))
                                                  : Json(nullptr);
  json["simulation_s"] = rtl.wall_s;
  json["images_per_s"] = rate(rtl.images, rtl.wall_s);
  json["build"] = {{"seconds", run.build.build_s},
                   {"cached", run.build.cached},
                   {"program", run.build.program},
                   {"key", run.build.key}};
  json["random_stalls"] = run.random_stalls;
  json["reset_at_cycle"] = run.reset_at_cycle >= 0 ? Json(run.reset_at_cycle) : Json(nullptr);
  const SimulationResult& c = run.systemc;
  json["systemc"] = {{"images", c.images},
                     {"stepped_images", c.stepped_images},
                     {"mismatches", c.mismatches},
                     {"ii_cycles", c.ii_cycles},
                     {"latency_cycles", c.latency_cycles},
                     {"total_cycles", c.total_cycles},
                     {"fps", fps(run, c.ii_cycles)},
                     {"simulation_s", run.systemc_run.wall_s},
                     {"images_per_s", rate(c.images, run.systemc_run.wall_s)}};
  const CyclePrediction& plan = run.systemc_run.plan;
  json["plan"] = {
      {"ii_cycles", plan.ii_cycles}, {"latency_cycles", plan.latency_cycles}, {"fps", fps(run, plan.ii_cycles)}};
  json["claimed"] = nullptr;
  if (!s.claim_source.empty())
    json["claimed"] = {{"ii_cycles", s.claimed_ii_cycles}, {"fps", s.claimed_fps}, {"source", s.claim_source}};
  json["stages"] = Json::array();
  for (size_t i = 0; i < plan.stages.size(); ++i) {
    const Stage& stage = run.systemc_run.pipeline.stages[i];
    Json row = {{"name", stage.name},
                {"kind", to_string(stage.kind)},
                {"pe", stage.pe},
                {"simd", stage.simd},
                {"packed", stage.packed},
                {"multipliers", stage.multipliers()},
                {"plan",
                 {{"period_cycles", plan.stages[i].period_cycles},
                  {"first_out_cycles", plan.stages[i].first_out_cycles},
                  {"last_out_cycles", plan.stages[i].last_out_cycles}}}};
    if (i < c.stages.size())
      row["systemc"] = {{"busy_cycles", c.stages[i].busy_cycles},
                        {"first_out_cycles", c.stages[i].first_out_cycles},
                        {"last_out_cycles", c.stages[i].last_out_cycles}};
    row["rtl"] = nullptr;
    if (i < rtl.stages.size())
      row["rtl"] = {{"first_out_cycles", rtl.stages[i].first_out_cycles},
                    {"last_out_cycles", rtl.stages[i].last_out_cycles},
                    {"interval_cycles", rtl.stages[i].interval_cycles}};
    json["stages"].push_back(row);
  }
  json["divergence"] = nullptr;
  if (const auto& d = rtl.divergence) {
    json["divergence"] = {
        {"image", d->image}, {"stage", run.systemc_run.pipeline.stages[static_cast<size_t>(d->stage)].name},
        {"token", d->token}, {"channel", d->channel},
        {"cycle", d->cycle}, {"expected", d->expected},
        {"found", d->found}};
  }
  json["deadlock"] = rtl.deadlock_cycle ? Json{{"cycle", *rtl.deadlock_cycle}} : Json(nullptr);
  json["failures"] = cosim_failures(run);
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace psaflow
