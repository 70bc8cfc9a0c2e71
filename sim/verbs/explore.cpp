// psaflow explore: every design that a scenario's space holds, the front of those that fit, and as many of it as one
// likes measured.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <filesystem>
#include <set>

#include "models/area/validation.h"
#include "models/clock/clock_model.h"
#include "models/explore/table_resolution.h"
#include "sim/explore_files.h"
#include "sim/explore_measure.h"
#include "sim/say.h"
#include "sim/terminal.h"
#include "sim/text_table.h"
#include "sim/verb.h"
#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/base/progress.h"
#include "sw/golden/evaluator.h"
#include "sw/golden/reference.h"
#include "sw/io/sha256.h"

namespace psaflow {
namespace {

namespace po = boost::program_options;
namespace fs = std::filesystem;

constexpr size_t kShownRows = 20;
constexpr double kAskedRates[] = {1000, 10000, 30000};  // images a second
constexpr double kAllowedLoss = 0.005;

double accuracy_of(const IntModel& model, const ImageSet& data) {
  const auto classes = static_cast<size_t>(model.config.classes);
  std::vector<int8_t> logits(data.count * classes);
  Progress progress("accuracy", data.count, "images");
  Evaluator(model).logits(data.images.data(), data.count, logits.data(), [&](size_t n) { progress.advance(n); });
  size_t correct = 0;
  for (size_t i = 0; i < data.count; ++i)
    correct += argmax(logits.data() + i * classes, model.config.classes) == data.labels[i] ? 1 : 0;
  return static_cast<double>(correct) / static_cast<double>(data.count);
}

std::optional<double> number_of(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(text->c_str(), &end);
  return end != text->c_str() && *end == 0 ? std::optional<double>(value) : std::nullopt;
}

// Each of a space's models at each wanted resolution, judged on all images of the scenario's source. Of another shard's one nothing is
// known yet: `missing` counts them.
std::vector<ExploredModel> explored_models(const Scenario& scenario, ResultStore& store, Shard shard, size_t& missing) {
  ImageSource source = scenario.data;
  source.limit = 0;
  std::vector<ExploredModel> list;
  const bool only_simd = scenario.explore.kinds == std::vector<AcceleratorKind>{AcceleratorKind::kSimd};
  const auto add = [&](const std::string& path, const IntModel& model) {
    const ImageSet data = load_images(source, model.config, model.config.classes);
    const bool judged =
        !path.empty() && !data.labels.empty() && (!source.is_cifar10() || model.config.classes == kCifarClasses);
    const std::vector<int> legal = table_resolutions(model);
    std::vector<int> wanted = legal.empty() ? std::vector<int>{0} : legal;
    if (only_simd && !legal.empty()) wanted = {legal.front()};  // fewer points save nothing: the compiler expands them
    if (!legal.empty() && !scenario.explore.table_points.empty()) {
      wanted = scenario.explore.table_points;
      for (int points : wanted) {
        if (points > legal.front()) {
          throw UserError(scenario.file, "explore.table_points", std::to_string(points),
                          fmt::format("at most the {} points of {}", legal.front(), path.empty() ? "the model" : path));
        }
      }
    }
    for (int points : wanted) {
      ExploredModel explored{path,
                             points,
                             legal.empty() || points == legal.front(),
                             points == 0 ? model : with_table_points(model, points),
                             {},
                             {},
                             0};
      explored.model = with_ports(explored.bare, scenario.ports);
      if (judged) {
        const std::string key = fmt::format("accuracy {} {}", list.size(), points);
        std::optional<double> known = number_of(store.find(key));
        if (!known && shard.has(list.size())) {
          known = accuracy_of(explored.bare, data);
          store.add(key, fmt::format("{}", *known));
        }
        missing += known ? 0 : 1;
        explored.accuracy = known;
        explored.images = data.count;
      }
      list.push_back(std::move(explored));
    }
  };
  Scenario bare = scenario;
  bare.ports = {};
  add(scenario.model_path, load_scenario_model(bare));
  for (const std::string& path : scenario.explore.models) {
    if (path != scenario.model_path) add(path, load_int_model(path));
  }
  return list;
}

std::vector<TextColumn> design_columns(bool device) {
  std::vector<TextColumn> columns = {{"", "design", false}};
  if (device) columns.push_back({"", "device", true});
  for (const char* title : {"points", "lanes or tile", "II", "images/s", "LUT", "FF", "DSP", "BRAM36", "accuracy"})
    columns.push_back({"", title});
  return columns;
}

std::vector<std::string> design_cells(const Exploration& e, size_t i, bool device) {
  const DesignPoint& p = e.points[i];
  const ExploredModel& m = e.models[p.model];
  std::vector<std::string> cells = {std::to_string(i)};
  if (device) cells.push_back(p.device);
  for (std::string& cell : std::vector<std::string>{
           or_dash(m.table_points), p.tile > 0 ? fmt::format("tile {}", p.tile) : std::to_string(p.lanes),
           grouped(p.ii_cycles), grouped(static_cast<int64_t>(p.fps)), grouped(p.cost.lut), grouped(p.cost.ff),
           grouped(p.cost.dsp), fmt::format("{:g}", p.cost.bram36()),
           m.accuracy ? fmt::format("{:.2f} %", 100 * *m.accuracy) : "-"})
    cells.push_back(std::move(cell));
  return cells;
}

void print_front(const ExploreRun& run) {
  const Exploration& e = run.exploration;
  const bool devices = run.scenario.explore.devices.size() > 1;
  TextTable table;
  table.columns = design_columns(devices);
  for (size_t i : spread_front(e, kShownRows)) table.rows.push_back(design_cells(e, i, devices));
  say("\n{}", table.terminal());
}

// What a user with a rate in mind asks for.
void print_cheapest(const ExploreRun& run) {
  for (const double fps : kAskedRates) {
    TextTable table;
    table.columns = design_columns(true);
    for (size_t i : cheapest_by_device(run.exploration, fps, kAllowedLoss))
      table.rows.push_back(design_cells(run.exploration, i, true));
    if (table.rows.empty()) continue;
    say("\n  least LUT + DSP above {} images a second, accuracy at most {:g} points below the best\n{}",
        grouped(static_cast<int64_t>(fps)), 100 * kAllowedLoss, table.terminal());
  }
}

// "1,234 foldings timed in 5.1 s (12 were known); designs priced at 230,000 a second"
std::string effort_text(const Exploration& e) {
  const std::string known =
      e.known_before > 0 ? fmt::format(" ({} were known)", grouped(static_cast<int64_t>(e.known_before))) : "";
  std::string text = fmt::format("{} foldings timed in {:.1f} s{}", grouped(static_cast<int64_t>(e.foldings)),
                                 e.timing_seconds, known);
  if (e.point_seconds > 0)
    text += fmt::format("; designs priced at {} a second",
                        grouped(static_cast<int64_t>(static_cast<double>(e.points.size()) / e.point_seconds)));
  return text;
}

// "361", or "361 (xcup) and 309 (xc7)" where devices are of both families.
std::string measured_leaves(const Exploration& exploration) {
  std::set<FpgaFamily> families;
  for (const DesignPoint& p : exploration.points) families.insert(find_device(p.device).family);
  std::vector<std::string> texts;
  for (const FpgaFamily family : families) {
    const std::string count = grouped(static_cast<int64_t>(CostModel::builtin(family).measured_units()));
    texts.push_back(families.size() == 1 ? count : fmt::format("{} ({})", count, to_string(family)));
  }
  return texts.empty() ? "no" : fmt::format("{}", fmt::join(texts, " and "));
}

// Designs whose measured cycles or values are not what was told of them.
size_t contradicted(const ExploreRun& run) {
  size_t count = 0;
  for (const auto& [i, c] : run.confirmed) {
    const DesignPoint& p = run.exploration.points[i];
    const bool systemc = !c.systemc_ii_cycles || (c.systemc_mismatches == 0 && *c.systemc_ii_cycles == p.ii_cycles &&
                                                  *c.systemc_latency_cycles == p.latency_cycles);
    const bool rtl = !c.rtl_ii_cycles || (c.rtl_mismatches == 0 && *c.rtl_ii_cycles == p.ii_cycles &&
                                          *c.rtl_latency_cycles == p.latency_cycles);
    count += systemc && rtl ? 0 : 1;
  }
  return count;
}

void write_scenarios(const ExploreRun& run, const fs::path& out) {
  make_folder((out / "scenarios").string());
  std::map<size_t, std::string> models;
  for (size_t i = 0; i < run.exploration.points.size(); ++i) {
    if (!run.exploration.points[i].pareto) continue;
    const size_t m = run.exploration.points[i].model;
    const ExploredModel& model = run.exploration.models[m];
    if (models.count(m) == 0 && !model.path.empty()) {  // a synthetic one stands in the scenario itself
      models[m] = fs::absolute(model.path).lexically_normal().string();
      if (!model.as_given) {
        const std::string name = fmt::format("model-{}-{}-points.safetensors", m, model.table_points);
        save_int_model(model.bare, (out / "scenarios" / name).string());
        models[m] = name;
      }
    }
    write_file_atomic((out / "scenarios" / scenario_name(i)).string(), scenario_yaml(run, i, models[m]));
  }
}

// What results depend on: this program, the scenario as it is read, and every file that it names.
std::string work_of(const Scenario& scenario) {
  std::vector<std::string> files = files_of(scenario);
  files.insert(files.end(), scenario.explore.models.begin(), scenario.explore.models.end());
  files.insert(files.end(), {scenario.file, "/proc/self/exe"});
  std::string work = "explore";
  for (const std::string& file : files) {
    std::error_code none;
    if (fs::is_regular_file(file, none)) work += " " + sha256_hex(read_file(file));
  }
  return work;
}

[[noreturn]] void throw_missing(const std::string& folder, size_t missing, const char* what) {
  throw UserError(
      folder, "--merge", fmt::format("{} {} missing", missing, what),
      "all that every --shard I/N leaves there (run those that failed again; --simulate and --confirm as here)");
}

int run(const Verb& verb, const std::vector<std::string>& args) {
  po::options_description options("Options");
  options.add_options()("scenario", po::value<std::string>()->required(),
                        "scenario file (scenarios/README.md describes the format)")(
      "out", po::value<std::string>()->required(),
      "folder for points.json, points.csv, report.html and the front's scenarios")(
      "data", po::value<std::string>(),
      "folder of the CIFAR-10 .bin files on which accuracy is measured, instead of the scenario's")(
      "simulate", po::value<std::string>()->default_value("10"),
      "designs of the front to run in SystemC, evenly spread; 0: none")(
      "confirm", po::value<std::string>()->default_value("0"),
      "designs of the front to build as RTL, run under Verilator and synthesise with Yosys (minutes each)")(
      "shard", po::value<std::string>(),
      "I/N: do the I-th of N shares of the work and keep it in DIR/evaluated-I-of-N.txt, for --merge")(
      "merge", "take all that shards left in DIR; an error where something is missing");
  po::variables_map values;
  if (!parse_options(verb, args, options, {"scenario"}, values)) return 0;
  const auto simulated = static_cast<size_t>(int_option(values, "simulate", 0, 100000));
  const auto confirmed = static_cast<size_t>(int_option(values, "confirm", 0, 1000));
  Scenario scenario = load_scenario(values["scenario"].as<std::string>());
  if (values.count("data") != 0) {
    scenario.data.dir = values["data"].as<std::string>();
    scenario.data.images_path.clear();
  }
  const bool merge = values.count("merge") != 0, sharded = values.count("shard") != 0;
  if (merge && sharded) throw UserError("", "--merge", "beside --shard", "one of them");
  const Shard shard = merge ? Shard{1, 1} : shard_option(values, "shard");  // {1, 1}: has nothing
  const fs::path out = values["out"].as<std::string>();
  make_folder(out.string());
  const std::string part = sharded ? fmt::format("{}-of-{}", shard.index + 1, shard.count) : "";
  ResultStore store(out.string(), "evaluated", part, work_of(scenario));

  say("{}\n", bold(scenario.name));
  size_t missing = 0;
  std::vector<ExploredModel> models = explored_models(scenario, store, shard, missing);
  ExploreOptions work;
  work.store = &store;
  work.shard = shard;
  std::optional<Progress> progress;
  size_t shown = 0;
  work.progress = [&](size_t done, size_t all) {
    if (!progress || done <= shown) {  // the first, or another kind's first
      progress.emplace("explore", all, "designs");
      shown = 0;
    }
    progress->advance(done - shown);
    shown = done;
  };
  const Exploration exploration = explore(scenario, std::move(models), &CostModel::builtin, work);
  progress.reset();
  missing += exploration.unknown;
  if (missing > 0 && merge) throw_missing(out.string(), missing, "results of models and foldings");
  if (missing > 0) {
    say("  share {} of {} is done: {} foldings timed; {} results are still to come from others\n", shard.index + 1,
        shard.count,
        grouped(static_cast<int64_t>(exploration.foldings - exploration.unknown - exploration.known_before)), missing);
    return 0;
  }
  ExploreRun report{scenario, exploration, {}};
  size_t front = 0, fit = 0;
  for (const DesignPoint& p : exploration.points) {
    front += p.pareto ? 1 : 0;
    fit += p.fits ? 1 : 0;
  }
  say("  designs  {}, {} fit, {} on the front; {}\n", grouped(static_cast<int64_t>(exploration.points.size())),
      grouped(static_cast<int64_t>(fit)), grouped(static_cast<int64_t>(front)), effort_text(exploration));
  say("  area     estimated from {} measured leaves; cycles are exact\n", measured_leaves(exploration));
  say("           {}\n", to_text(estimate_errors(validated_designs())));
  say("  clock    levels of logic, told in the report: {}\n", to_text(placed_leaves()));
  std::fflush(stdout);
  DesignMeasurer measurer(report, store, shard);
  if (simulated > 0) measurer.simulate(spread_front(exploration, simulated));
  if (confirmed > 0) measurer.build(spread_front(exploration, confirmed));
  if (measurer.missing() > 0 && merge) throw_missing(out.string(), measurer.missing(), "measured designs");
  if (sharded) {
    say("  share {} of {} is done; {} measured designs are still to come from others\n", shard.index + 1, shard.count,
        measurer.missing());
    return 0;
  }
  print_front(report);
  print_cheapest(report);
  write_scenarios(report, out);
  write_file_atomic((out / "points.json").string(), points_json(report));
  write_file_atomic((out / "points.csv").string(), points_csv(report));
  write_file_atomic((out / "report.html").string(), report_html(report));
  say("\n  {}\n", (out / "report.html").string());
  const size_t wrong = contradicted(report);
  if (wrong > 0)
    complain("{} of {} measured designs are not what was planned (see points.json)", wrong, report.confirmed.size());
  return wrong > 0 ? 1 : 0;
}

}  // namespace

const Verb kExploreVerb = {"explore", "sweep a scenario's designs: cycles, area, accuracy, and the exact front of them",
                           "psaflow explore scenarios/psa-h96-w1.yaml --out out/explore", run};

}  // namespace psaflow
