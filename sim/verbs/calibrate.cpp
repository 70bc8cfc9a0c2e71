// psaflow calibrate: measures the leaves from which areas are estimated, and tells how far off the estimates of whole
// designs are.
#include <fmt/format.h>

#include "models/area/validation.h"
#include "models/explore/explorer.h"
#include "rtl_gen/synth/calibration.h"
#include "rtl_gen/synth/synthesis.h"
#include "sim/say.h"
#include "sim/terminal.h"
#include "sim/text_table.h"
#include "sim/verb.h"
#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/base/progress.h"

namespace psaflow {
namespace {

namespace po = boost::program_options;

SynthOptions shown(FpgaFamily family, std::optional<Progress>& progress, size_t& done_before) {
  SynthOptions options;
  options.family = family;
  options.progress = [&](size_t done, size_t all) {
    if (!progress) progress.emplace("yosys", all, "leaves");
    progress->advance(done - done_before);
    done_before = done;
  };
  return options;
}

// A share: its leaves alone, which are kept in the cache, where --out of all finds them.
void measure(FpgaFamily family, Shard shard, const std::string& out) {
  std::vector<SynthUnit> units;
  size_t shared_out = 0;
  for (SynthUnit& unit : calibration_units(family)) {
    if (shard.has(shared_out++)) units.push_back(std::move(unit));
  }
  // A few at a time: what a run of Yosys gives is kept when it ends, so that a run that is killed goes on from there.
  constexpr size_t kUnits = 8;
  SynthOptions options;
  options.family = family;
  UnitCosts costs;
  {
    Progress progress("yosys", units.size(), "leaves");
    for (size_t first = 0; first < units.size(); first += kUnits) {
      const std::vector<SynthUnit> some(
          units.begin() + static_cast<std::ptrdiff_t>(first),
          units.begin() + static_cast<std::ptrdiff_t>(std::min(units.size(), first + kUnits)));
      UnitCosts known = unit_costs(some, options);
      costs.costs.insert(costs.costs.end(), known.costs.begin(), known.costs.end());
      costs.yosys = known.yosys;
      costs.synthesised += known.synthesised;
      progress.advance(some.size());
    }
  }
  if (shard.count > 1) {
    say("{} leaves of share {} of {} measured, {} of them now\n", units.size(), shard.index + 1, shard.count,
        costs.synthesised);
    return;
  }
  std::string text = fmt::format(
      "# What leaves cost by {}, cells of {}: psaflow calibrate --out FILE{}\n", costs.yosys, to_string(family),
      family == FpgaFamily::kUltraScalePlus ? "" : fmt::format(" --family {}", to_string(family)));
  for (size_t i = 0; i < units.size(); ++i) text += measured_line(units[i], costs.costs[i]);
  write_file_atomic(out, text);
  say("{} leaves measured, {} of them now\n", units.size(), costs.synthesised);
}

std::string error_text(double estimated, double measured) {
  if (measured == 0) return estimated == 0 ? "0" : fmt::format("{:+g}", estimated);
  return fmt::format("{:+.1f} %", 100 * (estimated / measured - 1));
}

std::vector<CountedUnit> units_of(const Scenario& scenario, const IntModel& model) {
  if (scenario.is_simd()) return count_units(simd_structure(build_scenario_mapping(scenario, model).hardware));
  const Pipeline pipeline = build_scenario_pipeline(scenario, model, Timing::kRtl);
  return count_units(pipeline, streaming_structure(pipeline));
}

struct Candidate {
  std::string name;
  FpgaFamily family;
  std::vector<CountedUnit> units;
};

// Estimates of whole designs against their synthesis.
std::vector<ValidatedDesign> validate(const std::vector<Candidate>& candidates,
                                      const std::function<const CostModel&(FpgaFamily)>& model_of) {
  std::vector<ValidatedDesign> designs;
  for (const Candidate& candidate : candidates) {
    std::optional<Progress> progress;
    size_t done = 0;
    designs.push_back({candidate.name, synthesise(candidate.units, shown(candidate.family, progress, done)).total,
                       estimate_area(model_of(candidate.family), candidate.units)});
  }
  TextTable table;
  table.columns = {{"", "design", true}, {"LUT", "Yosys"}, {"LUT", "estimate"}, {"LUT", "off"},      {"FF", "Yosys"},
                   {"FF", "off"},        {"DSP", "Yosys"}, {"DSP", "off"},      {"BRAM36", "Yosys"}, {"BRAM36", "off"}};
  for (const ValidatedDesign& d : designs) {
    const FpgaCost &y = d.measured, &e = d.estimated;
    table.rows.push_back({d.name, grouped(y.lut), grouped(e.lut), error_text(double(e.lut), double(y.lut)),
                          grouped(y.ff), error_text(double(e.ff), double(y.ff)), grouped(y.dsp),
                          error_text(double(e.dsp), double(y.dsp)), fmt::format("{:g}", y.bram36()),
                          error_text(e.bram36(), y.bram36())});
  }
  say("{}\n  {}\n", table.terminal(), to_text(estimate_errors(designs)));
  return designs;
}

std::vector<Candidate> scenarios_of(const std::vector<std::string>& paths) {
  std::vector<Candidate> candidates;
  for (const std::string& path : paths) {
    const Scenario scenario = load_scenario(path);
    candidates.push_back(
        {scenario.name, find_device(scenario.target.device).family, units_of(scenario, load_scenario_model(scenario))});
  }
  return candidates;
}

FpgaFamily family_option(const std::string& text) {
  for (const FpgaFamily family : kFpgaFamilies) {
    if (text == to_string(family)) return family;
  }
  throw UserError("", "--family", "'" + text + "'", "xcup or xc7");
}

int run(const Verb& verb, const std::vector<std::string>& args) {
  po::options_description options("Options");
  options.add_options()("out", po::value<std::string>(),
                        "measure the leaves of the calibration's grid and write them here")(
      "family", po::value<std::string>()->default_value("xcup"),
      "beside --out: whose cells, xcup (UltraScale+) or xc7 (7 series)")(
      "shard", po::value<std::string>(),
      "I/N: measure the I-th of N shares of the leaves into the cache (PSAFLOW_CACHE, a folder that all machines "
      "share); afterwards --out writes them down")(
      "validation", po::value<std::string>(),
      "beside --validate: keep here how far off these estimates are, for what every exploration says of them")(
      "validate", po::value<std::vector<std::string>>()->composing(),
      "a scenario whose estimate is held against its synthesis; may be given again and again");
  po::variables_map values;
  if (!parse_options(verb, args, options, {}, values)) return 0;
  const std::string out = output_option(values, "out"), validation = output_option(values, "validation");
  const bool validating = values.count("validate") != 0;
  const FpgaFamily family = family_option(values["family"].as<std::string>());
  const bool sharded = values.count("shard") != 0;
  if (out.empty() && !validating && !sharded)
    throw UserError("", "calibrate", "neither --out nor --validate", "one of them, or both");
  if (sharded && (!out.empty() || validating))
    throw UserError("", "--shard", out.empty() ? "beside --validate" : "beside --out",
                    "--shard alone; the other when all shares are done");
  if (sharded) {
    measure(family, shard_option(values, "shard"), "");
    return 0;
  }
  if (!validation.empty() && !validating)
    throw UserError("", "--validation", "without --validate",
                    "the scenarios that are to be held against their synthesis");
  // Of a file that cannot be read nothing is measured first.
  std::vector<Candidate> scenarios;
  if (validating) scenarios = scenarios_of(values["validate"].as<std::vector<std::string>>());
  std::optional<CostModel> measured;
  if (!out.empty()) {
    measure(family, {}, out);
    const std::vector<char> text = read_file(out);
    measured.emplace(std::string(text.begin(), text.end()), out);
  }
  if (!validating) return 0;
  std::string kept =
      "# Whole designs, by Yosys and as estimated: psaflow calibrate --validate SCENARIO ... --validation FILE\n";
  const auto model_of = [&](FpgaFamily wanted) -> const CostModel& {
    return measured && wanted == family ? *measured : CostModel::builtin(wanted);
  };
  for (const ValidatedDesign& design : validate(scenarios, model_of)) kept += validation_line(design);
  if (!validation.empty()) write_file_atomic(validation, kept);
  return 0;
}

}  // namespace

const Verb kCalibrateVerb = {"calibrate",
                             "measure with Yosys what area estimates are made from, and how far off they are",
                             "psaflow calibrate --validate scenarios/psa-h96-w1.yaml", run};

}  // namespace psaflow
