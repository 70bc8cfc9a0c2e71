#include "sim/verbs/cosim_simd.h"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "models/plan/cycles.h"
#include "rtl_gen/cosim/simd_run.h"
#include "sim/run_json.h"
#include "sim/say.h"
#include "sim/simd_report.h"
#include "sim/simulate_report.h"
#include "sim/terminal.h"
#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/base/progress.h"
#include "sw/golden/ports.h"

namespace psaflow {
namespace {

struct Result {
  SimdSimulation systemc;
  SimdRtlRun rtl;
  RtlBuild build;
  std::string stalls = "none";
  size_t passes_that_differ = 0;  // from the plan in some cycle: passes of the RTL, and of SystemC
  size_t systemc_passes_that_differ = 0;
  size_t systemc_differs = 0;  // images
};

size_t differing_passes(const SimdTimes& plan, const SimdTimes& found) {
  size_t differ = 0;
  for (size_t p = 0; p < found.passes.size() && p < plan.passes.size(); ++p)
    differ += plan.passes[p] == found.passes[p] ? 0 : 1;
  return differ;
}

void print_tables(const SimdRun& run, const Result& r) {
  say("\n  accuracy    {}\n",
      run.has_accuracy ? fmt::format("{:.2f} %, {} of {} images right",
                                     100.0 * static_cast<double>(run.correct) / static_cast<double>(run.images),
                                     run.correct, run.images)
                       : "none");
  say("  mismatches  RTL {}, SystemC {}; they differ in {} images\n", r.rtl.mismatches, r.systemc.mismatches,
      r.systemc_differs);
  const auto line = [](const char* what, const std::string& plan, const std::string& systemc, const std::string& rtl,
                       const std::string& claimed) {
    say("  {:<16} {:>10} {:>10} {:>10} {:>10}\n", what, plan, systemc, rtl, claimed);
  };
  const auto cycles = [](int64_t value) { return or_dash(static_cast<double>(value)); };
  const auto fps = [&](int64_t ii) { return or_dash(images_per_second(run.scenario.target.clock_mhz, ii)); };
  say("\n{}\n", bold(fmt::format("  {:<16} {:>10} {:>10} {:>10} {:>10}", "", "plan", "SystemC", "RTL", "claimed")));
  line("II, cycles", cycles(run.plan.ii_cycles), cycles(r.systemc.ii_cycles), cycles(r.rtl.ii_cycles),
       cycles(run.scenario.claimed_ii_cycles));
  line("latency, cycles", cycles(run.plan.latency_cycles), cycles(r.systemc.latency_cycles),
       cycles(r.rtl.latency_cycles), "-");
  line("images a second", fps(run.plan.ii_cycles), fps(r.systemc.ii_cycles), fps(r.rtl.ii_cycles),
       or_dash(run.scenario.claimed_fps));
  say("  of the {} passes {} of the RTL and {} of SystemC are in other cycles than the plan's\n",
      r.rtl.times.passes.size(), r.passes_that_differ, r.systemc_passes_that_differ);
  say("\n  simulated {} images: SystemC in {:.2f} s, {} images a second; RTL in {:.2f} s, {} a second ({:.0f} times)\n",
      r.rtl.images, run.wall_s, or_dash(wall_rate(r.systemc.images, run.wall_s)), r.rtl.wall_s,
      fmt::format("{:.1f}", wall_rate(r.rtl.images, r.rtl.wall_s)), run.wall_s > 0 ? r.rtl.wall_s / run.wall_s : 0);
  say("  RTL {} in {:.1f} s\n", r.build.cached ? "built before," : "built", r.build.build_s);
}

std::vector<std::string> failures(const Result& r) {
  std::vector<std::string> lines;
  if (r.rtl.hung) lines.push_back("the RTL never raised its interrupt");
  if (!r.rtl.problem.empty()) lines.push_back("the RTL broke a rule of AXI4: " + r.rtl.problem);
  if (r.rtl.error != SimdError::kNone)
    lines.push_back(fmt::format("the RTL stopped in pass {}: {}", r.rtl.error_pass, to_string(r.rtl.error)));
  if (r.rtl.mismatches != 0)
    lines.push_back(fmt::format("{} of {} images of the RTL differ from golden, the first is {}", r.rtl.mismatches,
                                r.rtl.images, *r.rtl.first_mismatch));
  if (r.systemc.divergence)
    lines.push_back("SystemC: " + divergence_line(*r.systemc.divergence, r.systemc.mismatches, r.systemc.images));
  if (r.passes_that_differ != 0)
    lines.push_back(fmt::format("{} passes of the RTL are in other cycles than the plan's", r.passes_that_differ));
  if (r.systemc_passes_that_differ != 0)
    lines.push_back(
        fmt::format("{} passes of SystemC are in other cycles than the plan's", r.systemc_passes_that_differ));
  return lines;
}

std::string json_of(const SimdRun& run, const Result& r) {
  using Json = nlohmann::ordered_json;
  const Scenario& s = run.scenario;
  Json json = scenario_json(s);
  json["profile"] = "rtl";
  json["tile"] = run.mapping.hardware.tile;
  json["memory"] = s.simd().memory;
  json["stalls"] = r.stalls;
  add_counts(json, s, {r.rtl.images, r.rtl.mismatches, r.rtl.ii_cycles, r.rtl.latency_cycles});
  json["correct"] = run.has_accuracy ? Json(run.correct) : Json(nullptr);
  json["claimed"] = claimed_json(s);
  const auto of = [&](int64_t ii, int64_t latency) {
    return Json{
        {"ii_cycles", known(ii)}, {"latency_cycles", known(latency)}, {"fps", rate_json(s.target.clock_mhz, ii)}};
  };
  json["plan"] = of(run.plan.ii_cycles, run.plan.latency_cycles);
  json["systemc"] = of(r.systemc.ii_cycles, r.systemc.latency_cycles);
  json["systemc"]["mismatches"] = r.systemc.mismatches;
  json["systemc"]["images_per_s"] = wall_rate(r.systemc.images, run.wall_s);
  json["systemc"]["differs_from_rtl"] = r.systemc_differs;
  json["passes_that_differ"] = r.passes_that_differ;
  json["systemc_passes_that_differ"] = r.systemc_passes_that_differ;
  json["total_cycles"] = r.rtl.total_cycles;
  json["rtl_images_per_s"] = wall_rate(r.rtl.images, r.rtl.wall_s);
  json["layers"] = Json::array();
  for (const SimdLayerCycles& l : r.rtl.images > 0 ? simd_layer_cycles(run.mapping, r.rtl.times) : r.systemc.layers)
    json["layers"].push_back({{"name", l.name},
                              {"compute_cycles", l.compute},
                              {"idle_cycles", l.idle},
                              {"drain_cycles", l.drain},
                              {"stall_cycles", l.stall}});
  json["failures"] = failures(r);
  return to_text(json);
}

}  // namespace

int cosim_simd_scenario(const boost::program_options::variables_map& values, const Scenario& scenario,
                        const CosimChoices& choices, const StallOptions& stall_choices, const std::string& json_path) {
  for (const char* option : {"reset-at", "corrupt"})
    if (values.count(option) != 0)
      throw UserError("", std::string("--") + option, "a scenario of a simd accelerator", "a streaming one");
  if (choices.taps) throw UserError("", "--taps", "a scenario of a simd accelerator", "a streaming one");
  const IntModel model = load_scenario_model(scenario);
  const SimdMapping mapping = build_scenario_mapping(scenario, model);
  const SimdStalls stalls = simd_stalls(stall_choices);
  record_stalls(stall_choices, stalls);
  SimdMemory memory = simd_memory(scenario.simd().memory, scenario.target.clock_mhz, mapping.hardware.bus_bytes);
  memory.pauses = stalls.pauses;
  const ImageSet data = load_scenario_images(scenario, model);
  const SimdPrediction plan = predict_simd(mapping, memory, "rtl", std::max<size_t>(data.count, 64));
  SimdRun run{scenario, model, mapping, memory, plan, data.count, 0, has_accuracy(scenario, data, model), 0};
  print_simd_header(run);
  if (scenario.simd().profile != "rtl")
    say("  note     the RTL is our build, not that of the scenario's profile {}\n", scenario.simd().profile);
  Result r;
  r.stalls = stalls.text;
  if (stalls.pauses) say("  stalls   {}\n", stalls.text);
  std::fflush(stdout);
  RtlBuildOptions build;
  build.trace = choices.wave_path.empty()                                          ? RtlBuildOptions::Trace::kNone
                : choices.wave_path.substr(choices.wave_path.size() - 4) == ".vcd" ? RtlBuildOptions::Trace::kVcd
                                                                                   : RtlBuildOptions::Trace::kFst;
  r.build = build_simd_rtl(mapping.hardware, build);
  Workload workload;
  {
    Progress progress("golden", data.count, "images");
    workload = make_workload(model.config, model.network, data.images.data(), data.count,
                             [&](size_t n) { progress.advance(n); });
  }
  {
    Progress progress("SystemC", data.count, "images");
    SimdSimulationOptions options;
    options.memory = memory;
    options.clock_mhz = scenario.target.clock_mhz;
    options.on_progress = [&](size_t n) { progress.advance(n); };
    const auto start = std::chrono::steady_clock::now();
    r.systemc = simulate_simd(model.network, mapping, workload, options);
    run.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  {
    Progress progress("RTL", data.count, "images");
    SimdRtlOptions options;
    options.memory = memory;
    options.trace_path = choices.wave_path;
    options.trace_from_cycle = std::max<int64_t>(0, choices.wave_from_cycle);
    constexpr int64_t kStartCycles = 20000;
    options.trace_to_cycle = choices.wave_to_cycle >= 0 ? choices.wave_to_cycle : kStartCycles;
    options.on_progress = [&](size_t n) { progress.advance(n); };
    r.rtl = run_simd_rtl(model.network, mapping, r.build, workload, options);
  }
  const auto classes = static_cast<size_t>(model.network.logits().size());
  for (size_t i = 0; i < r.rtl.images; ++i) {
    const int8_t* logits = r.rtl.logits.data() + i * classes;
    if (run.has_accuracy) run.correct += named_class(model.network, logits) == data.labels[i] ? 1 : 0;
    if (i < r.systemc.images && !std::equal(logits, logits + classes, r.systemc.logits.data() + i * classes))
      ++r.systemc_differs;
  }
  r.passes_that_differ = differing_passes(plan.times, r.rtl.times);
  r.systemc_passes_that_differ = differing_passes(plan.times, r.systemc.times);
  print_tables(run, r);
  std::fflush(stdout);
  if (!json_path.empty()) write_file_atomic(json_path, json_of(run, r));
  const std::vector<std::string> wrong = failures(r);
  for (const std::string& line : wrong) complain("{}", line);
  return wrong.empty() ? 0 : 1;
}

}  // namespace psaflow
