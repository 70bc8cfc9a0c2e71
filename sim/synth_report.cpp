#include "sim/synth_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "models/clock/clock_model.h"
#include "models/explore/explorer.h"
#include "models/plan/cycles.h"
#include "sim/run_json.h"
#include "sim/say.h"
#include "sim/terminal.h"
#include "sim/text_table.h"

namespace psaflow {
namespace {

using Json = nlohmann::ordered_json;

// A resource of the device, and how much of it is taken.
struct Use {
  const char* name;  // on a terminal
  const char* key;   // in JSON
  double taken = 0;
  int has = 0;
};

std::vector<Use> uses(const FpgaCost& cost, const Device& device) {
  return {{"LUT", "lut", static_cast<double>(cost.lut), device.lut},
          {"FF", "ff", static_cast<double>(cost.ff), device.ff},
          {"DSP", "dsp", static_cast<double>(cost.dsp), device.dsp},
          {"BRAM36", "bram36", cost.bram36(), device.bram36},
          {"URAM", "uram", static_cast<double>(cost.uram), device.uram}};
}

std::string halves(double value) {
  const auto whole = static_cast<int64_t>(value);
  return grouped(whole) + (value > static_cast<double>(whole) ? ".5" : "");
}

std::string row_name(const SynthRow& row) {
  return row.kind + (row.roms ? ", ROMs" : "");
}

std::vector<std::string> cost_cells(const std::string& name, const std::string& count, const FpgaCost& cost) {
  return {name,
          count,
          grouped(cost.lut),
          grouped(cost.paired_lut),
          grouped(cost.ff),
          grouped(cost.dsp),
          halves(cost.bram36()),
          grouped(cost.uram)};
}

Json levels_json(const LogicLevels& levels) {
  return {{"luts", levels.luts}, {"carries", levels.carries}};
}

Json cost_json(const FpgaCost& cost) {
  return {{"lut", cost.lut}, {"paired_lut", cost.paired_lut}, {"ff", cost.ff},
          {"dsp", cost.dsp}, {"bram36", cost.bram36()},       {"uram", cost.uram}};
}

// "LUT 26,878 (-0.7 %), FF 8,578 (-0.5 %), DSP 1,184, BRAM36 88 (+4)"
std::string estimate_text(const FpgaCost& estimate, const FpgaCost& measured) {
  const auto percent = [](const char* name, int64_t e, int64_t m) {
    return fmt::format("{} {} ({:+.1f} %)", name, grouped(e),
                       m > 0 ? 100 * (static_cast<double>(e) / static_cast<double>(m) - 1) : 0.0);
  };
  const auto count = [](const char* name, double e, double m) {
    return fmt::format("{} {:g}{}", name, e, e == m ? "" : fmt::format(" ({:+g})", e - m));
  };
  return fmt::format("{}, {}, {}, {}", percent("LUT", estimate.lut, measured.lut),
                     percent("FF", estimate.ff, measured.ff),
                     count("DSP", static_cast<double>(estimate.dsp), static_cast<double>(measured.dsp)),
                     count("BRAM36", estimate.bram36(), measured.bram36()));
}

}  // namespace

std::vector<std::string> too_much_of(const FpgaCost& cost, const Device& device) {
  std::vector<std::string> names;
  for (const Use& use : uses(cost, device)) {
    if (use.taken > use.has) names.emplace_back(use.name);
  }
  return names;
}

void print_synth_table(const SynthRun& run) {
  const Synthesis& s = run.synthesis;
  const Device& device = find_device(run.scenario.target.device);
  TextTable table;
  table.columns = {{"", run.scenario.is_simd() ? "part" : "kind of stage", true},
                   {"", "x"},
                   {"", "LUT"},
                   {"", "paired"},
                   {"", "FF"},
                   {"", "DSP"},
                   {"", "BRAM36"},
                   {"", "URAM"},
                   {"levels", "LUT"},
                   {"", "carry"}};
  const auto add = [&table](std::vector<std::string> cells, const LogicLevels& levels) {
    cells.push_back(std::to_string(levels.luts));
    cells.push_back(std::to_string(levels.carries));
    table.rows.push_back(std::move(cells));
  };
  for (const SynthRow& row : s.rows) add(cost_cells(row_name(row), grouped(row.count), row.cost), row.levels);
  add(cost_cells("total, or the deepest", "", s.total), s.levels);
  std::vector<std::string> has = {device.name + " has", ""}, used = {"used", ""};
  for (const Use& use : uses(s.total, device)) {
    has.push_back(grouped(use.has));
    used.push_back(use.has > 0 ? fmt::format("{:.1f} %", 100 * use.taken / use.has) : use.taken > 0 ? "none" : "-");
    if (std::string(use.name) != "LUT") continue;  // the estimate beside it is no resource of its own
    has.emplace_back();
    used.emplace_back();
  }
  for (auto* cells : {&has, &used}) cells->insert(cells->end(), 2, "");
  table.rows.push_back(has);
  table.rows.push_back(used);
  say("\n{}", table.terminal());
  const std::vector<std::string> lacking = too_much_of(s.total, device);
  say("  fits: {}\n", lacking.empty() ? "yes" : fmt::format("no, too much of {}", fmt::join(lacking, ", ")));
  say("  estimated without Yosys: {}; {}\n",
      estimate_text(estimate_area(CostModel::builtin(device.family), s.units), s.total),
      to_text(deepest_unit(ClockModel::builtin(), s.units)));
  say("  by {}, leaf by leaf: neither placed nor routed, {}\n", s.yosys,
      s.synthesised > 0 ? fmt::format("{} distinct leaves synthesised now", s.synthesised)
                        : "every leaf known from before");
}

std::string synth_json(const SynthRun& run) {
  const Synthesis& s = run.synthesis;
  const CostModel& costs = CostModel::builtin(find_device(run.scenario.target.device).family);
  const Device& device = find_device(run.scenario.target.device);
  const std::vector<std::string> lacking = too_much_of(s.total, device);
  Json json = {{"scenario", run.scenario.name},
               {"file", run.scenario.file},
               {"version", PSAFLOW_VERSION},
               {"yosys", s.yosys},
               {"model", run.scenario.synthetic ? Json(nullptr) : Json(run.scenario.model_path)},
               {"device", device.name},
               {"clock_mhz", run.scenario.target.clock_mhz},
               {"ii_cycles", run.ii_cycles},
               {"fps", images_per_second(run.scenario.target.clock_mhz, run.ii_cycles)}};
  json.update(cost_json(s.total));
  json["estimated"] = cost_json(estimate_area(costs, s.units));
  json["estimated"]["logic_levels"] = levels_json(deepest_unit(ClockModel::builtin(), s.units).levels);
  json["logic_levels"] = levels_json(s.levels);
  json["fits"] = lacking.empty();
  json["too_much_of"] = Json::array();
  json["device_has"] = json["used_percent"] = Json::object();
  for (const Use& use : uses(s.total, device)) {
    if (use.taken > use.has) json["too_much_of"].push_back(use.key);
    json["device_has"][use.key] = use.has;
    json["used_percent"][use.key] = use.has > 0 ? Json(100 * use.taken / use.has) : Json(nullptr);
  }
  json["stages"] = Json::array();
  for (const SynthRow& row : s.rows) {
    Json entry = {{"kind", row.kind}, {"roms", row.roms}, {"count", row.count}};
    entry.update(cost_json(row.cost));
    entry["logic_levels"] = levels_json(row.levels);
    json["stages"].push_back(entry);
  }
  json["units"] = Json::array();
  for (size_t i = 0; i < s.units.size(); ++i) {
    const CountedUnit& counted = s.units[i];
    Json entry = {{"kind", counted.kind}, {"module", counted.unit.module}, {"count", counted.count}};
    for (const Parameter& p : counted.unit.parameters) entry["parameters"][p.name] = p.value;
    entry["each"] = cost_json(s.unit_costs[i]);
    entry["each_estimated"] = cost_json(costs.estimate(counted.unit));
    entry["logic_levels"] = levels_json(s.unit_levels[i]);
    json["units"].push_back(entry);
  }
  return to_text(json);
}

}  // namespace psaflow
