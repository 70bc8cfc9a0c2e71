// psaflow explore: every design that a scenario's space holds, the front of those that fit, and as many of it as one
// likes measured.
#include <fmt/format.h>

#include <chrono>
#include <filesystem>

#include "models/explore/table_resolution.h"
#include "models/simd_model/simulation.h"
#include "models/streaming/accelerator.h"
#include "rtl_gen/cosim/run.h"
#include "rtl_gen/cosim/simd_run.h"
#include "rtl_gen/generate/design.h"
#include "rtl_gen/synth/synthesis.h"
#include "sim/explore_files.h"
#include "sim/say.h"
#include "sim/terminal.h"
#include "sim/text_table.h"
#include "sim/verb.h"
#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/base/progress.h"
#include "sw/golden/evaluator.h"
#include "sw/golden/reference.h"

namespace psaflow {
namespace {

namespace po = boost::program_options;
namespace fs = std::filesystem;

constexpr size_t kMeasuredImages = 4;  // enough to see the steady state of a pipeline that fills with three
constexpr size_t kShownRows = 20;

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

// The models of the space at each wanted resolution, judged on all images of the scenario's source.
std::vector<ExploredModel> explored_models(const Scenario& scenario) {
  ImageSource source = scenario.data;
  source.limit = 0;
  std::vector<ExploredModel> list;
  const auto add = [&](const std::string& path, const IntModel& model) {
    const ImageSet data = load_images(source, model.config, model.config.classes);
    const bool judged =
        !path.empty() && !data.labels.empty() && (!source.is_cifar10() || model.config.classes == kCifarClasses);
    const std::vector<int> legal = table_resolutions(model);
    std::vector<int> wanted = legal.empty() ? std::vector<int>{0} : legal;
    if (scenario.is_simd() && !legal.empty())
      wanted = {legal.front()};  // fewer points save nothing: the compiler expands them
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
        explored.accuracy = accuracy_of(explored.bare, data);
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

// `count` of the front's points, from the slowest to the fastest, evenly; 0: all.
std::vector<size_t> spread(const Exploration& exploration, size_t count) {
  std::vector<size_t> front, chosen;
  for (size_t i = 0; i < exploration.points.size(); ++i) {
    if (exploration.points[i].pareto) front.push_back(i);
  }
  std::stable_sort(front.begin(), front.end(),
                   [&](size_t a, size_t b) { return exploration.points[a].fps < exploration.points[b].fps; });
  if (count == 0 || count >= front.size()) return front;
  for (size_t k = 0; k < count; ++k) chosen.push_back(front[count == 1 ? 0 : k * (front.size() - 1) / (count - 1)]);
  return chosen;
}

class Measurer {
 public:
  Measurer(const Scenario& scenario, ExploreRun& run) : scenario_(scenario), run_(run) {}

  void simulate(const std::vector<size_t>& points) {
    Progress progress("SystemC", points.size(), "designs");
    for (size_t i : points) {
      Confirmation& c = run_.confirmed[i];
      if (scenario_.is_simd()) {
        simulate_simd_point(i, c);
        progress.advance(1);
        continue;
      }
      const Pipeline pipeline = pipeline_of(i);
      const SimulationResult result = simulate_streaming(pipeline, workload(i));
      c.images = kMeasuredImages;
      c.systemc_mismatches = result.mismatches;
      c.systemc_ii_cycles = result.ii_cycles;
      c.systemc_latency_cycles = result.latency_cycles;
      progress.advance(1);
    }
  }

  void build(const std::vector<size_t>& points) {
    Progress progress("RTL, Yosys", 2 * points.size(), "steps");
    for (size_t i : points) {
      if (scenario_.is_simd()) {
        build_simd_point(i, run_.confirmed[i]);
        progress.advance(2);
        continue;
      }
      const Pipeline pipeline = pipeline_of(i);
      const DesignPoint& p = run_.exploration.points[i];
      DesignOptions options;
      options.scenario = fmt::format("{}-{:05}", scenario_.name.substr(0, 100), i);
      options.model = run_.exploration.models[p.model].model.config;
      const Design design = generate_design(pipeline, predict_cycles(pipeline), options);
      const RtlRun rtl = run_rtl(pipeline, design, build_rtl(design, {}), workload(i));
      Confirmation& c = run_.confirmed[i];
      c.images = kMeasuredImages;
      c.rtl_mismatches = rtl.mismatches;
      c.rtl_ii_cycles = rtl.ii_cycles;
      c.rtl_latency_cycles = rtl.latency_cycles;
      progress.advance(1);
      c.synthesised = synthesise(pipeline).total;
      progress.advance(1);
    }
  }

 private:
  const Network& network(size_t point) const {
    return run_.exploration.models[run_.exploration.points[point].model].model.network;
  }
  SimdMapping mapping_of(size_t point) const {
    return *plan_simd(network(point), simd_options_of(run_.exploration.points[point].tile, scenario_)).mapping;
  }
  SimdMemory memory_of(size_t point) const {
    const DesignPoint& p = run_.exploration.points[point];
    return simd_memory(scenario_.simd().memory, p.clock_mhz, p.hardware.bus_bytes);
  }

  void simulate_simd_point(size_t point, Confirmation& c) {
    SimdSimulationOptions options;
    options.memory = memory_of(point);
    options.clock_mhz = run_.exploration.points[point].clock_mhz;
    const Workload& images = workload(point);
    const SimdSimulation result = simulate_simd(network(point), mapping_of(point), images, options);
    c.images = images.count;
    c.systemc_mismatches = result.mismatches;
    c.systemc_ii_cycles = result.ii_cycles;
    c.systemc_latency_cycles = result.latency_cycles;
  }

  void build_simd_point(size_t point, Confirmation& c) {
    const SimdMapping mapping = mapping_of(point);
    SimdRtlOptions options;
    options.memory = memory_of(point);
    const Workload& images = workload(point);
    const SimdRtlRun rtl =
        run_simd_rtl(network(point), mapping, build_simd_rtl(mapping.hardware, {}), images, options);
    c.images = images.count;
    c.rtl_mismatches = rtl.mismatches + (rtl.failed() && rtl.mismatches == 0 ? 1 : 0);
    c.rtl_ii_cycles = rtl.ii_cycles;
    c.rtl_latency_cycles = rtl.latency_cycles;
    c.synthesised = synthesise(count_units(simd_structure(mapping.hardware))).total;
  }

  Pipeline pipeline_of(size_t point) const {
    const DesignPoint& p = run_.exploration.points[point];
    return build_streaming(run_.exploration.models[p.model].model.network, options_of(p, scenario_), p.clock_mhz);
  }

  const Workload& workload(size_t point) {
    const size_t m = run_.exploration.points[point].model;
    if (const auto known = workloads_.find(m); known != workloads_.end()) return known->second;
    const IntModel& model = run_.exploration.models[m].model;
    ImageSource source = scenario_.data;
    // The fixed-size accelerator loads images ahead: more of them show its steady state.
    source.limit = scenario_.is_simd() ? kSimdSteadyImages : kMeasuredImages;
    const ImageSet data = load_images(source, model.config, model.config.classes);
    return workloads_.emplace(m, make_workload(model.config, model.network, data.images.data(), data.count))
        .first->second;
  }

  const Scenario& scenario_;
  ExploreRun& run_;
  std::map<size_t, Workload> workloads_;
};

void print_front(const ExploreRun& run) {
  const Exploration& e = run.exploration;
  std::vector<size_t> front = spread(e, kShownRows);
  TextTable table;
  table.columns = {{"", "design", false},
                   {"", "points"},
                   {"", run.scenario.is_simd() ? "tile" : "lanes"},
                   {"", "II"},
                   {"", "images/s"},
                   {"", "LUT"},
                   {"", "FF"},
                   {"", "DSP"},
                   {"", "BRAM36"},
                   {"", "accuracy"}};
  for (size_t i : front) {
    const DesignPoint& p = e.points[i];
    const ExploredModel& m = e.models[p.model];
    table.rows.push_back({std::to_string(i), or_dash(m.table_points), std::to_string(p.tile > 0 ? p.tile : p.lanes),
                          grouped(p.ii_cycles), grouped(static_cast<int64_t>(p.fps)), grouped(p.cost.lut),
                          grouped(p.cost.ff), grouped(p.cost.dsp), fmt::format("{:g}", p.cost.bram36()),
                          m.accuracy ? fmt::format("{:.2f} %", 100 * *m.accuracy) : "-"});
  }
  say("\n{}", table.terminal());
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
      "designs of the front to build as RTL, run under Verilator and synthesise with Yosys (minutes each)");
  po::variables_map values;
  if (!parse_options(verb, args, options, {"scenario"}, values)) return 0;
  const auto simulated = static_cast<size_t>(int_option(values, "simulate", 0, 100000));
  const auto confirmed = static_cast<size_t>(int_option(values, "confirm", 0, 1000));
  Scenario scenario = load_scenario(values["scenario"].as<std::string>());
  if (values.count("data") != 0) {
    scenario.data.dir = values["data"].as<std::string>();
    scenario.data.images_path.clear();
  }
  const fs::path out = values["out"].as<std::string>();
  make_folder(out.string());

  say("{}\n", bold(scenario.name));
  std::vector<ExploredModel> models = explored_models(scenario);
  ExploreOptions explore;
  std::optional<Progress> progress;
  size_t shown = 0;
  explore.progress = [&](size_t done, size_t all) {
    if (!progress) progress.emplace("explore", all, "designs");
    progress->advance(done - shown);
    shown = done;
  };
  const auto explored = scenario.is_simd() ? explore_simd : explore_streaming;
  const Exploration exploration = explored(scenario, std::move(models), CostModel::builtin(), explore);
  progress.reset();
  ExploreRun report{scenario, exploration, {}};
  size_t front = 0, fit = 0;
  for (const DesignPoint& p : exploration.points) {
    front += p.pareto ? 1 : 0;
    fit += p.fits ? 1 : 0;
  }
  say("  designs  {}, {} fit, {} on the front; {:.1f} s, {} a second\n",
      grouped(static_cast<int64_t>(exploration.points.size())), grouped(static_cast<int64_t>(fit)),
      grouped(static_cast<int64_t>(front)), exploration.seconds,
      or_dash(static_cast<double>(exploration.points.size()) / std::max(1e-9, exploration.seconds)));
  say("  area     estimated from {} measured leaves; cycles are exact\n",
      grouped(static_cast<int64_t>(CostModel::builtin().measured_units())));
  std::fflush(stdout);
  Measurer measurer(scenario, report);
  if (simulated > 0) measurer.simulate(spread(exploration, simulated));
  if (confirmed > 0) measurer.build(spread(exploration, confirmed));
  print_front(report);
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
