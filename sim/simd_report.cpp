#include "sim/simd_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "models/plan/cycles.h"
#include "models/scenario/devices.h"
#include "sim/run_json.h"
#include "sim/say.h"
#include "sim/terminal.h"
#include "sim/text_table.h"

namespace psaflow {
namespace {

// Layers of the same name in every block in one row: their sum.
struct Row {
  SimdLayerCycles layer;
  int count = 0;
};

std::vector<Row> fold_layers(const std::vector<SimdLayerCycles>& layers) {
  std::vector<Row> rows;
  for (const SimdLayerCycles& layer : layers) {
    const std::string name = folded(layer.name);
    auto row = std::find_if(rows.begin(), rows.end(),
                            [&](const Row& r) { return r.layer.name == name && r.layer.core == layer.core; });
    if (row == rows.end()) {
      rows.push_back({layer, 1});
      rows.back().layer.name = name;
      continue;
    }
    ++row->count;
    row->layer.load_beats += layer.load_beats;
    row->layer.compute += layer.compute;
    row->layer.idle += layer.idle;
    row->layer.drain += layer.drain;
    row->layer.stall += layer.stall;
  }
  return rows;
}

std::string share(int64_t part, int64_t whole) {
  return whole > 0 ? fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole)) : "-";
}

void print_layers(const SimdRun& run, const SimdSimulation& result) {
  TextTable table;
  table.columns = {
      {"", "layer", true},          {"", "x", false},          {"", "kind", true},         {"", "beats loaded", false},
      {"cycles", "compute", false}, {"cycles", "idle", false}, {"cycles", "drain", false}, {"cycles", "stall", false}};
  SimdLayerCycles sum;
  const auto cell = [](int64_t v) { return grouped(v); };
  for (const Row& row : fold_layers(result.layers)) {
    const SimdLayerCycles& l = row.layer;
    table.rows.push_back({l.name, std::to_string(row.count), to_string(l.core), cell(l.load_beats), cell(l.compute),
                          cell(l.idle), cell(l.drain), cell(l.stall)});
    sum.load_beats += l.load_beats;
    sum.compute += l.compute;
    sum.idle += l.idle;
    sum.drain += l.drain;
    sum.stall += l.stall;
  }
  table.rows.push_back(
      {"all", "", "", cell(sum.load_beats), cell(sum.compute), cell(sum.idle), cell(sum.drain), cell(sum.stall)});
  say("\n{}", table.terminal());
  if (run.plan.fixed_cycles > 0)
    say("  and {} cycles an image that are no layer's (calibrated)\n", grouped(run.plan.fixed_cycles));
  if (result.ii_cycles > 0) {
    say("  the tile takes operands in {} of the cycles; {} is what the linear layers' MACs alone would fill\n",
        share(sum.compute, result.ii_cycles), share(run.mapping.useful_cycles(run.model.network), result.ii_cycles));
  }
}

}  // namespace

void print_simd_header(const SimdRun& run) {
  const Scenario& s = run.scenario;
  const SimdHardware& hw = run.mapping.hardware;
  say("{}{}\n", bold(s.name), s.description.empty() ? "" : ": " + s.description);
  say("  model    {}, {} parameters, {} MACs an image\n",
      s.synthetic ? fmt::format("random weights, seed {}", s.synthetic->seed) : s.model_path,
      grouped(count_parameters(run.model.network)), grouped(count_macs(run.model.network)));
  say("  device   {}\n", device_text(find_device(s.target.device)));
  say("  clock    {} MHz, profile {}\n", s.target.clock_mhz, s.simd().profile);
  say("  tile     {} x {} MACs{}; {} passes, {} bytes of program and parameters\n", hw.tile, hw.tile,
      run.mapping.tables ? " with table units" : "", run.mapping.program.passes.size(),
      grouped(static_cast<int64_t>(run.mapping.image.size())));
  say("  memory   {}: {} bytes a beat, bursts of {} beats, {} reads at a time, {} cycles of latency\n", s.simd().memory,
      hw.bus_bytes, hw.burst_beats, hw.outstanding_reads, run.memory.read_latency_cycles);
  say("  buffers ");
  const char* comma = "";
  for (const SimdBuffer& buffer : simd_buffers()) {
    say("{} {} {} {}", comma, buffer.what, grouped(hw.capacities.*buffer.capacity), buffer.unit);
    comma = ",";
  }
  say("\n  images   {} of {}\n", grouped(static_cast<int64_t>(run.images)), s.data.text());
  std::fflush(stdout);
}

void print_simd_tables(const SimdRun& run, const SimdSimulation& result) {
  const Scenario& s = run.scenario;
  say("\n  accuracy    {}\n",
      run.has_accuracy  ? fmt::format("{:.2f} %, {} of {} images right",
                                      100.0 * static_cast<double>(run.correct) / static_cast<double>(run.images),
                                      run.correct, run.images)
      : s.synthetic     ? "none: the weights are random"
      : s.data.is_own() ? "none: no labels are given"
                        : "none: the model's classes are not those of the labels");
  say("  mismatches  {}\n", result.mismatches == 0
                                ? OurText{"0, every logit as in the golden model"}
                                : bold(fmt::format("{} of {} images", result.mismatches, result.images)));
  const auto line = [](const char* what, const std::string& plan, const std::string& systemc,
                       const std::string& claimed) {
    say("  {:<16} {:>10} {:>10} {:>10}\n", what, plan, systemc, claimed);
  };
  const auto cycles = [](int64_t value) { return or_dash(static_cast<double>(value)); };
  const auto fps = [&](int64_t ii) { return or_dash(images_per_second(s.target.clock_mhz, ii)); };
  say("\n{}\n", bold(fmt::format("  {:<16} {:>10} {:>10} {:>10}", "", "plan", "SystemC", "claimed")));
  line("II, cycles", cycles(run.plan.ii_cycles), cycles(result.ii_cycles), cycles(s.claimed_ii_cycles));
  line("latency, cycles", cycles(run.plan.latency_cycles), cycles(result.latency_cycles), "-");
  line("images a second", fps(run.plan.ii_cycles), fps(result.ii_cycles), or_dash(s.claimed_fps));
  if (result.ii_cycles == 0)
    say("  note: fewer than {} images never reach the steady state: no II, and no rate\n", kSimdSteadyImages);
  if (!s.claim_source.empty()) {
    say("  claimed by {}", s.claim_source);
    if (s.claimed_ii_cycles > 0 && result.ii_cycles > 0)
      say(": {:+.2f} %", 100.0 * static_cast<double>(result.ii_cycles - s.claimed_ii_cycles) /
                             static_cast<double>(s.claimed_ii_cycles));
    say("\n");
  }
  print_layers(run, result);
  say("\n  simulated {} images in {:.2f} s, {} images a second\n", result.images, run.wall_s,
      or_dash(wall_rate(result.images, run.wall_s)));
}

std::string simd_json(const SimdRun& run, const SimdSimulation& result) {
  using Json = nlohmann::ordered_json;
  const Scenario& s = run.scenario;
  const SimdHardware& hw = run.mapping.hardware;
  Json json = scenario_json(s);
  json["profile"] = s.simd().profile;
  json["tile"] = hw.tile;
  json["memory"] = s.simd().memory;
  add_counts(json, s, {result.images, result.mismatches, result.ii_cycles, result.latency_cycles});
  json["correct"] = run.has_accuracy ? Json(run.correct) : Json(nullptr);
  json["accuracy"] =
      run.has_accuracy ? Json(static_cast<double>(run.correct) / static_cast<double>(run.images)) : Json(nullptr);
  json["claimed"] = claimed_json(s);
  json["plan"] = {{"ii_cycles", known(run.plan.ii_cycles)},
                  {"latency_cycles", known(run.plan.latency_cycles)},
                  {"fps", rate_json(s.target.clock_mhz, run.plan.ii_cycles)}};
  json["fault"] = run.fault.empty() ? Json(nullptr) : Json(run.fault);
  json["total_cycles"] = result.total_cycles;
  json["fixed_cycles"] = run.plan.fixed_cycles;
  json["useful_cycles"] = run.mapping.useful_cycles(run.model.network);
  json["simulation_s"] = run.wall_s;
  json["simulated_images_per_s"] = wall_rate(result.images, run.wall_s);
  json["layers"] = Json::array();
  for (const SimdLayerCycles& l : result.layers)
    json["layers"].push_back({{"name", l.name},
                              {"kind", to_string(l.core)},
                              {"load_beats", l.load_beats},
                              {"compute_cycles", l.compute},
                              {"idle_cycles", l.idle},
                              {"drain_cycles", l.drain},
                              {"stall_cycles", l.stall}});
  json["buffers"] = Json::object();
  for (const SimdBuffer& buffer : simd_buffers()) json["buffers"][buffer.key] = hw.capacities.*buffer.capacity;
  json["divergence"] = nullptr;
  if (const auto& d = result.divergence)
    json["divergence"] = {{"image", d->image},       {"stage", d->stage}, {"token", d->token}, {"channel", d->channel},
                          {"expected", d->expected}, {"found", d->found}, {"cycle", d->cycle}};
  return to_text(json);
}

}  // namespace psaflow
