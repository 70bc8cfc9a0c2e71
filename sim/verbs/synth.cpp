// psaflow synth: what a scenario's accelerator takes of its device, by Yosys.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/planned_design.h"
#include "sim/rtl_plan.h"
#include "sim/say.h"
#include "sim/synth_report.h"
#include "sim/terminal.h"
#include "sim/verb.h"
#include "sw/base/file.h"

namespace psaflow {
namespace {

namespace po = boost::program_options;

int run(const Verb& verb, const std::vector<std::string>& args) {
  po::options_description options("Options");
  options.add_options()("scenario", po::value<std::string>()->required(),
                        "scenario file (scenarios/README.md describes the format)")(
      "json", po::value<std::string>(),
      "write lut, ff, dsp, bram36, uram, fits, used_percent, stages, units, ... here");
  po::variables_map values;
  if (!parse_options(verb, args, options, {"scenario"}, values)) return 0;
  const std::string json = output_option(values, "json");
  const Scenario scenario = load_scenario(values["scenario"].as<std::string>());
  distinct_files(values, {"scenario", "json"}, files_of(scenario));
  PlannedDesign plan = planned_design(scenario, load_scenario_model(scenario));

  say("{}\n", bold(scenario.name));
  print_rtl_plan(scenario, plan.ii_cycles, plan.latency_cycles);
  std::fflush(stdout);
  const Synthesis synthesis = synthesise_shown(std::move(plan.units), find_device(scenario.target.device).family);
  const SynthRun run{scenario, plan.ii_cycles, synthesis};
  print_synth_table(run);
  std::fflush(stdout);
  if (!json.empty()) write_file_atomic(json, synth_json(run));
  const std::vector<std::string> lacking = too_much_of(synthesis.total, find_device(scenario.target.device));
  if (lacking.empty()) return 0;
  complain("{} does not fit {}: too much of {}", scenario.name, scenario.target.device,
           fmt::format("{}", fmt::join(lacking, ", ")));
  return 1;
}

}  // namespace

const Verb kSynthVerb = {"synth", "tell what a scenario's accelerator takes of its device, by Yosys",
                         "psaflow synth scenarios/psa-h96-w1.yaml --json out/synth.json", run};

}  // namespace psaflow
