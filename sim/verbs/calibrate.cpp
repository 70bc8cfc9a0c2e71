// psaflow calibrate: measures the leaves from which areas are estimated, and tells how far off the estimates of whole
// designs are.
#include <fmt/format.h>

#include <algorithm>

#include "models/area/validation.h"
#include "models/clock/clock_model.h"
#include "models/explore/explorer.h"
#include "rtl_gen/synth/calibration.h"
#include "rtl_gen/synth/ice40.h"
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

struct MeasuredLeaves {
  std::vector<SynthUnit> units;
  UnitCosts costs;
};

// The leaves of a share, which are kept in the cache, where a measurement of all finds them.
MeasuredLeaves measure(FpgaFamily family, Shard shard) {
  MeasuredLeaves leaves;
  std::vector<SynthUnit>& units = leaves.units;
  size_t shared_out = 0;
  for (SynthUnit& unit : calibration_units(family)) {
    if (shard.has(shared_out++)) units.push_back(std::move(unit));
  }
  // A few at a time: what a run of Yosys gives is kept when it ends, so that a run that is killed goes on from there.
  constexpr size_t kUnits = 8;
  SynthOptions options;
  options.family = family;
  UnitCosts& costs = leaves.costs;
  {
    Progress progress("yosys", units.size(), "leaves");
    for (size_t first = 0; first < units.size(); first += kUnits) {
      const std::vector<SynthUnit> some(
          units.begin() + static_cast<std::ptrdiff_t>(first),
          units.begin() + static_cast<std::ptrdiff_t>(std::min(units.size(), first + kUnits)));
      UnitCosts known = unit_costs(some, options);
      costs.costs.insert(costs.costs.end(), known.costs.begin(), known.costs.end());
      costs.levels.insert(costs.levels.end(), known.levels.begin(), known.levels.end());
      costs.yosys = known.yosys;
      costs.synthesised += known.synthesised;
      progress.advance(some.size());
    }
  }
  say("{} leaves{} measured, {} of them now\n", units.size(),
      shard.count > 1 ? fmt::format(" of share {} of {}", shard.index + 1, shard.count) : "", costs.synthesised);
  return leaves;
}

void write_costs(const MeasuredLeaves& leaves, FpgaFamily family, const std::string& out) {
  std::string text = fmt::format(
      "# What leaves cost by {}, cells of {}: psaflow calibrate --out FILE{}\n", leaves.costs.yosys, to_string(family),
      family == FpgaFamily::kUltraScalePlus ? "" : fmt::format(" --family {}", to_string(family)));
  for (size_t i = 0; i < leaves.units.size(); ++i) text += measured_line(leaves.units[i], leaves.costs.costs[i]);
  write_file_atomic(out, text);
}

void write_levels(const MeasuredLeaves& leaves, const std::string& out) {
  std::string text =
      fmt::format("# LUTs and carries between registers by {}: psaflow calibrate --levels FILE\n", leaves.costs.yosys);
  for (size_t i = 0; i < leaves.units.size(); ++i) text += levels_line(leaves.units[i], leaves.costs.levels[i]);
  write_file_atomic(out, text);
}

// How far levels of logic go with the clock that place and route reaches, where there is one.
void place(const MeasuredLeaves& measured, const std::string& out) {
  std::vector<PlacedLeaf> leaves = leaves_to_place(measured.units, measured.costs.costs, measured.costs.levels);
  const size_t chosen = leaves.size();
  {
    Progress progress("nextpnr", leaves.size(), "leaves");
    place_on_ice40(leaves, [&] { progress.advance(1); });
  }
  say("{} leaves placed and routed, {} did not fit\n", leaves.size(), chosen - leaves.size());
  std::sort(leaves.begin(), leaves.end(), [](const PlacedLeaf& a, const PlacedLeaf& b) { return a.mhz > b.mhz; });
  std::string text =
      "# LUTs and carries between registers, and MHz placed and routed on an iCE40 HX8K: psaflow calibrate --ice40 "
      "FILE\n";
  TextTable table;
  table.columns = {{"", "leaf", true}, {"levels", "LUT"}, {"levels", "carry"}, {"iCE40", "MHz"}};
  for (const PlacedLeaf& leaf : leaves) {
    text += placed_line(leaf);
    table.rows.push_back({leaf.unit.text(), std::to_string(leaf.levels.luts), std::to_string(leaf.levels.carries),
                          fmt::format("{:.1f}", leaf.mhz)});
  }
  write_file_atomic(out, text);
  say("{}\n  {}\n", table.terminal(), to_text(leaves));
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
  std::vector<LogicLevels> levels, estimated;
  for (const Candidate& candidate : candidates) {
    std::optional<Progress> progress;
    size_t done = 0;
    const Synthesis synthesis = synthesise(candidate.units, shown(candidate.family, progress, done));
    designs.push_back({candidate.name, synthesis.total, estimate_area(model_of(candidate.family), candidate.units)});
    levels.push_back(synthesis.levels);
    estimated.push_back(deepest_unit(ClockModel::builtin(), candidate.units).levels);
  }
  TextTable table;
  table.columns = {{"", "design", true}, {"LUT", "Yosys"},  {"LUT", "estimate"}, {"LUT", "off"},
                   {"FF", "Yosys"},      {"FF", "off"},     {"DSP", "Yosys"},    {"DSP", "off"},
                   {"BRAM36", "Yosys"},  {"BRAM36", "off"}, {"levels", "Yosys"}, {"levels", "estimate"}};
  size_t same_levels = 0;
  for (size_t i = 0; i < designs.size(); ++i) {
    const ValidatedDesign& d = designs[i];
    const FpgaCost &y = d.measured, &e = d.estimated;
    same_levels += levels[i].luts == estimated[i].luts ? 1 : 0;
    table.rows.push_back({d.name, grouped(y.lut), grouped(e.lut), error_text(double(e.lut), double(y.lut)),
                          grouped(y.ff), error_text(double(e.ff), double(y.ff)), grouped(y.dsp),
                          error_text(double(e.dsp), double(y.dsp)), fmt::format("{:g}", y.bram36()),
                          error_text(e.bram36(), y.bram36()), std::to_string(levels[i].luts),
                          std::to_string(estimated[i].luts)});
  }
  say("{}\n  {}; levels of LUTs exact in {}\n", table.terminal(), to_text(estimate_errors(designs)), same_levels);
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
      "share); afterwards --out writes them down")("levels", po::value<std::string>(),
                                                   "write the levels of logic of these leaves here, as xcup")(
      "ice40", po::value<std::string>(),
      "place and route small ones of these leaves on an iCE40 (nextpnr-ice40), write the clocks that they reach here, "
      "and say whether levels rank them alike")(
      "validation", po::value<std::string>(),
      "beside --validate: keep here how far off these estimates are, for what every exploration says of them")(
      "validate", po::value<std::vector<std::string>>()->composing(),
      "a scenario whose estimate is held against its synthesis; may be given again and again");
  po::variables_map values;
  if (!parse_options(verb, args, options, {}, values)) return 0;
  const std::string out = output_option(values, "out"), validation = output_option(values, "validation");
  const bool validating = values.count("validate") != 0;
  const FpgaFamily family = family_option(values["family"].as<std::string>());
  const std::string levels = output_option(values, "levels"), ice40 = output_option(values, "ice40");
  const bool sharded = values.count("shard") != 0, measuring = !out.empty() || !levels.empty() || !ice40.empty();
  if (!measuring && !validating && !sharded)
    throw UserError("", "calibrate", "nothing to do", "--out, --levels, --ice40, --validate, or some of them");
  if (sharded && (measuring || validating))
    throw UserError("", "--shard",
                    validating     ? "beside --validate"
                    : !out.empty() ? "beside --out"
                                   : "beside --levels or --ice40",
                    "--shard alone; the other when all shares are done");
  if (family != FpgaFamily::kUltraScalePlus && (!levels.empty() || !ice40.empty()))
    throw UserError("", "--family", to_string(family),
                    "xcup beside --levels and --ice40: both families' LUTs and carries are alike");
  if (sharded) {
    measure(family, shard_option(values, "shard"));
    return 0;
  }
  if (!validation.empty() && !validating)
    throw UserError("", "--validation", "without --validate",
                    "the scenarios that are to be held against their synthesis");
  // Of a file that cannot be read nothing is measured first.
  std::vector<Candidate> scenarios;
  if (validating) scenarios = scenarios_of(values["validate"].as<std::vector<std::string>>());
  std::optional<CostModel> measured;
  if (!ice40.empty()) check_nextpnr();
  if (measuring) {
    const MeasuredLeaves leaves = measure(family, {});
    if (!levels.empty()) write_levels(leaves, levels);
    if (!out.empty()) {
      write_costs(leaves, family, out);
      const std::vector<char> text = read_file(out);
      measured.emplace(std::string(text.begin(), text.end()), out);
    }
    if (!ice40.empty()) place(leaves, ice40);
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
