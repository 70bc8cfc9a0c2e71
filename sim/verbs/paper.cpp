// psaflow paper: the paper's table, made from our own networks, plans and syntheses.
#include <fmt/format.h>

#include <filesystem>
#include <vector>

#include "models/plan/cycles.h"
#include "models/simd/cycles.h"
#include "sim/paper_report.h"
#include "sim/planned_design.h"
#include "sim/say.h"
#include "sim/scenario_pipeline.h"
#include "sim/verb.h"
#include "sim/zoo_report.h"
#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/zoo_report/compare.h"
#include "sw/zoo_report/zoo.h"

namespace psaflow {
namespace {

namespace po = boost::program_options;
namespace fs = std::filesystem;

// The scenarios of one network: a stream of one element, a tile of 16 x 16, both timed as the paper's.
struct PaperScenarios {
  Scenario streaming, simd;
  IntModel model;
};

PaperScenarios load_scenarios(const std::string& folder, const std::string& name) {
  PaperScenarios s{load_scenario(fmt::format("{}/paper-{}.yaml", folder, name)),
                   load_scenario(fmt::format("{}/simd-paper-{}.yaml", folder, name)),
                   {}};
  if (s.streaming.is_simd() || !s.simd.is_simd())
    throw UserError(folder, name, "scenarios of other kinds", "paper-NAME.yaml streaming, simd-paper-NAME.yaml simd");
  s.model = load_scenario_model(s.streaming);
  return s;
}

PaperNetwork network_of(const std::string& name, const PaperScenarios& s) {
  PaperNetwork n;
  n.name = name;
  const ZooCard card = load_card((fs::path(s.streaming.model_path).parent_path() / "card.json").string(), name);
  n.int8_accuracy = card.test.int8_accuracy;
  n.float_accuracy = card.test.float_accuracy;
  n.images = card.test.images;
  n.epochs = card.epochs;
  n.macs = count_macs(s.model.network);
  n.paper_streaming_cycles = predict_cycles(build_shown(s.streaming, s.model)).ii_cycles;
  const SimdMapping mapping = build_scenario_mapping(s.simd, s.model);
  // The paper's accelerator takes one image after the other: its latency is what it gives.
  const SimdMemory memory = simd_memory(s.simd.simd().memory, s.simd.target.clock_mhz, mapping.hardware.bus_bytes);
  n.paper_simd_cycles = predict_simd(mapping, memory, s.simd.simd().profile, 1).latency_cycles;
  return n;
}

PaperGain longest_gain(const std::vector<Gain>& gains, int hidden, int base_hidden) {
  PaperGain longest;
  int epochs = -1;
  for (const Gain& g : gains) {
    if (!g.equal_budget || !g.int8_points || g.activation != "psa" || g.base_activation != "relu") continue;
    if (g.hidden != hidden || g.base_hidden != base_hidden || g.card->epochs <= epochs) continue;
    if (!has_paper_shape(*g.card)) continue;
    epochs = g.card->epochs;
    longest = {fmt::format("{}, {}", g.card->id, g.base->id), "both " + g.budget, g.int8_points};
  }
  return longest;
}

int run(const Verb& verb, const std::vector<std::string>& args) {
  po::options_description options("Options");
  options.add_options()("scenarios", po::value<std::string>()->default_value("scenarios"),
                        "folder of paper-NAME.yaml and simd-paper-NAME.yaml for psa-h96, relu-h192, relu-h96")(
      "markdown", "print the table as Markdown")(
      "readme", po::value<std::string>(),
      "put the Markdown table into this file, between its lines '<!-- psaflow paper -->' and '<!-- end -->'")(
      "json", po::value<std::string>(), "write every figure here, units in the key names");
  po::variables_map values;
  if (!parse_options(verb, args, options, {}, values)) return 0;
  const std::string readme = output_option(values, "readme"), json = output_option(values, "json");
  distinct_files(values, {"readme", "json"}, {});
  const auto folder = values["scenarios"].as<std::string>();
  std::string page;
  if (!readme.empty()) {
    const std::vector<char> bytes = read_file(readme, size_t{16} << 20);
    page.assign(bytes.begin(), bytes.end());
    with_tables(page, verb.name, "", readme);  // told now, rather than after the work
  }
  PaperTable table;
  std::vector<CountedUnit> units;  // of all six designs, synthesised together: they share leaves
  std::vector<size_t> ends;
  const auto add = [&](const PlannedDesign& design) {
    units.insert(units.end(), design.units.begin(), design.units.end());
    ends.push_back(units.size());
    return design.ii_cycles;
  };
  for (const char* name : {"psa-h96", "relu-h192", "relu-h96"}) {
    const PaperScenarios s = load_scenarios(folder, name);
    if (table.networks.empty()) {  // psa-h96: beside it the zoo
      const Zoo zoo = load_zoo((fs::path(s.streaming.model_path).parent_path() / "..").lexically_normal().string());
      const std::vector<Gain> gains = compare(zoo);
      table.over_wide = longest_gain(gains, 96, 192);
      table.over_narrow = longest_gain(gains, 96, 96);
    }
    PaperNetwork n = network_of(name, s);
    n.streaming_cycles = add(planned_design(s.streaming, s.model));
    n.simd_cycles = add(planned_design(s.simd, s.model));
    table.networks.push_back(n);
  }
  const Synthesis synthesis = synthesise_shown(units, FpgaFamily::kUltraScalePlus);
  table.yosys = synthesis.yosys;
  size_t unit = 0;
  for (size_t i = 0; i < ends.size(); ++i) {
    PaperNetwork& n = table.networks[i / 2];
    FpgaCost& cost = i % 2 == 0 ? n.streaming : n.simd;
    for (; unit < ends[i]; ++unit) cost.add(synthesis.unit_costs[unit], units[unit].count);
  }
  if (values.count("markdown") != 0) {
    say("{}", OurText{paper_markdown(table)});
  } else {
    say("{}  synthesis: {}, leaf by leaf, neither placed nor routed\n", paper_text(table), table.yosys);
  }
  if (!json.empty()) write_file_atomic(json, paper_json(table));
  if (!readme.empty()) write_file_atomic(readme, with_tables(page, verb.name, paper_markdown(table), readme));
  return 0;
}

}  // namespace

const Verb kPaperVerb = {"paper", "make the paper's table from our own networks, plans and syntheses",
                         "psaflow paper --json out/paper.json", run};

}  // namespace psaflow
