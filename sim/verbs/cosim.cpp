// psaflow cosim: a scenario's accelerator as RTL under Verilator, against golden, against the SystemC model and against
// the plan.
#include <fmt/format.h>

#include <charconv>
#include <chrono>

#include "rtl_gen/generate/names.h"
#include "sim/cosim_report.h"
#include "sim/verb.h"
#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/base/progress.h"
#include "sw/data/cifar10.h"
#include "sw/golden/evaluator.h"
#include "sw/golden/reference.h"

namespace psaflow {
namespace {

namespace po = boost::program_options;

// Expected values of every stage are kept in a file beside the run, so they are bounded.
constexpr int64_t kMaxTapBytes = int64_t{2} << 30;

struct Wave {
  std::string path;
  RtlBuildOptions::Trace format = RtlBuildOptions::Trace::kNone;
  int64_t from = -1, to = -1;  // cycles; -1: around the first divergence, else the start
};

Wave wave_options(const po::variables_map& values) {
  Wave wave;
  wave.path = output_option(values, "wave");
  if (wave.path.empty()) {
    if (values.count("wave-cycles") != 0) throw UserError("", "--wave-cycles", "no --wave", "--wave FILE beside it");
    return wave;
  }
  const auto ends_with = [&](const std::string& end) {
    return wave.path.size() > end.size() && wave.path.substr(wave.path.size() - end.size()) == end;
  };
  if (!ends_with(".vcd") && !ends_with(".fst"))
    throw UserError("", "--wave", fmt::format("'{}'", wave.path), "a name that ends in .vcd or .fst");
  wave.format = ends_with(".fst") ? RtlBuildOptions::Trace::kFst : RtlBuildOptions::Trace::kVcd;
  if (values.count("wave-cycles") != 0) {
    const auto text = values["wave-cycles"].as<std::string>();
    const char* end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, wave.from);
    const bool colon = first.ec == std::errc() && first.ptr != end && *first.ptr == ':';
    const auto second = colon ? std::from_chars(first.ptr + 1, end, wave.to) : first;
    if (!colon || second.ec != std::errc() || second.ptr != end || wave.from < 0 || wave.to < wave.from) {
      throw UserError("", "--wave-cycles", fmt::format("'{}'", text), "FROM:TO, such as 0:2000");
    }
  }
  return wave;
}

// The first ROM image of the stage with that name.
std::string stage_rom(const std::string& stage, const Design& design) {
  const std::string prefix = design.top + "_" + rtl::identifier(stage) + "_";
  std::string with_constants;
  for (const TextFile& rom : design.roms) {
    if (rom.name.compare(0, prefix.size(), prefix) == 0) return rom.name;
  }
  throw UserError("", "--corrupt", fmt::format("'{}'", stage),
                  "a linear, affine or table stage, such as embed or blocks.0.token.mix");
}

int run(const Verb& verb, const std::vector<std::string>& args) {
  po::options_description options("Options");
  const auto text = [] { return po::value<std::string>(); };
  options.add_options()("scenario", text()->required(), "scenario file (scenarios/README.md describes the format)")(
      "json", text(),
      "write images, mismatches, ii_cycles, latency_cycles, clock_mhz, fps, systemc, plan, stages, ... here")(
      "images", text(), "only the first N images of the split, instead of the scenario's number")(
      "data", text(), "folder of the .bin files, instead of the scenario's")(
      "taps", po::bool_switch(),
      "also compare what every stage puts out, and measure its cycles; with the leaves' assertions")(
      "stalls", text()->default_value("0"), "probability that source and sink stall in a cycle, 0..0.95")(
      "seed", text()->default_value("1"), "of the random stalls, and of what registers hold before the reset")(
      "reset-at", text(), "reset in this cycle, amid the images, then begin again with the first one")(
      "wave", text(),
      "write a waveform of all signals here, .vcd or .fst (GTKWave): around the first difference, else of the start")(
      "wave-cycles", text(), "FROM:TO, the cycles of the waveform")(
      "corrupt", text(), "STAGE: flip a bit in that stage's ROM, to see the checks catch it");
  po::variables_map values;
  if (!parse_options(verb, args, options, {"scenario"}, values)) return 0;
  const double go_on = 1 - stalls_option(values);
  const auto seed = static_cast<uint64_t>(int_option(values, "seed", 0, INT64_MAX));
  const bool taps = values["taps"].as<bool>();
  RtlRunOptions rtl_options;
  rtl_options.input_valid_probability = rtl_options.output_ready_probability = go_on;
  rtl_options.seed = seed;
  rtl_options.compare_taps = taps;
  if (values.count("reset-at") != 0) rtl_options.reset_at_cycle = int_option(values, "reset-at", 1, INT64_MAX / 2);
  const Wave wave = wave_options(values);
  const std::string json_path = output_option(values, "json");

  Scenario scenario = load_scenario(values["scenario"].as<std::string>());
  if (values.count("images") != 0) scenario.images = static_cast<size_t>(int_option(values, "images", 1, 1000000));
  if (values.count("data") != 0) scenario.data_dir = values["data"].as<std::string>();
  const std::string given_profile = scenario.streaming.profile;
  scenario.streaming.profile = "rtl";
  const IntModel model = load_scenario_model(scenario);
  const Pipeline pipeline = build_scenario_pipeline(scenario, model);
  const CyclePrediction plan = predict_cycles(pipeline);
  DesignOptions design_options;
  design_options.scenario = scenario.name;
  design_options.taps = taps;
  const Design design = generate_design(pipeline, plan, design_options);
  if (values.count("corrupt") != 0) rtl_options.corrupt_rom = stage_rom(values["corrupt"].as<std::string>(), design);
  const Dataset data =
      load_cifar10(scenario.data_dir, scenario.test_split ? Split::kTest : Split::kTrain, scenario.images);
  const size_t count = data.count(), classes = static_cast<size_t>(model.config.classes);
  if (taps) {
    int64_t image_bytes = 0;
    for (const Stage& stage : pipeline.stages) image_bytes += int64_t{stage.out.vectors} * stage.out.elements;
    if (image_bytes * static_cast<int64_t>(count) > kMaxTapBytes) {
      throw UserError("", "--taps", fmt::format("{} images", count),
                      fmt::format("at most {} images of this network; use --images", kMaxTapBytes / image_bytes));
    }
  }

  SimulateRun report{scenario,
                     model,
                     pipeline,
                     plan,
                     scenario.data_dir,
                     count,
                     0,
                     !scenario.synthetic && model.config.classes == kCifarClasses,
                     0};
  print_simulate_header(report);
  if (given_profile != "rtl")
    fmt::print("  note     the RTL is our build, not that of the scenario's profile {}\n", given_profile);
  std::fflush(stdout);

  RtlBuildOptions build_options;
  build_options.taps = build_options.assertions = taps;
  build_options.trace = wave.format;
  RtlBuild build;
  {
    Progress progress("verilator and its compiler", 0, "s");
    const auto start = std::chrono::steady_clock::now();
    int64_t shown = 0;
    build_options.tick = [&] {
      const auto now =
          std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start).count();
      progress.advance(static_cast<uint64_t>(now - shown));
      shown = now;
    };
    build = build_rtl(design, build_options);
  }
  std::vector<int8_t> golden(count * classes);
  {
    Progress progress("golden", count, "images");
    Evaluator(model).logits(data.images.data(), count, golden.data(), [&](size_t n) { progress.advance(n); });
  }
  SimulationResult systemc;
  {
    Progress progress("SystemC", count, "images");
    SimulationOptions simulation;
    simulation.input_valid_probability = simulation.output_ready_probability = go_on;
    simulation.seed = seed;
    simulation.on_progress = [&](size_t n) { progress.advance(n); };
    const auto start = std::chrono::steady_clock::now();
    systemc = simulate_streaming(model, pipeline, data.images.data(), count, golden.data(), simulation);
    report.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  const std::vector<int8_t> patches = image_patches(model.config, data.images.data(), count);
  const auto simulate_rtl = [&] {
    Progress progress("RTL", count, "images");
    rtl_options.on_progress = [&](size_t n) { progress.advance(n); };
    return run_rtl(pipeline, design, build, patches, golden, rtl_options);
  };
  const bool wave_known = wave.from >= 0;  // else the first run tells where to look
  const auto aim_wave = [&](int64_t from, int64_t to) {
    rtl_options.trace_path = wave.path;
    rtl_options.trace_from_cycle = from;
    rtl_options.trace_to_cycle = to;
  };
  if (!wave.path.empty() && wave_known) aim_wave(wave.from, wave.to);
  RtlRun rtl = simulate_rtl();
  if (!wave.path.empty() && !wave_known) {
    const int64_t centre = rtl.divergence ? rtl.divergence->cycle : rtl.deadlock_cycle ? *rtl.deadlock_cycle : 2000;
    aim_wave(std::max<int64_t>(0, centre - 2000), centre + 100);
    rtl = simulate_rtl();
  }

  CosimRun cosim{report, systemc, rtl, design, build, taps, go_on < 1, rtl_options.reset_at_cycle, 0};
  for (size_t i = 0; i < rtl.images; ++i) {
    const int8_t* logits = rtl.logits.data() + i * classes;
    if (i < systemc.images && !std::equal(logits, logits + classes, systemc.logits.data() + i * classes))
      ++cosim.systemc_differs;
    if (report.has_accuracy) report.correct += argmax(logits, model.config.classes) == data.labels[i] ? 1 : 0;
  }
  print_cosim_tables(cosim);
  std::fflush(stdout);
  if (!json_path.empty()) write_file_atomic(json_path, cosim_json(cosim));
  const std::vector<std::string> failures = cosim_failures(cosim);
  for (const std::string& failure : failures) fmt::print(stderr, "psaflow: {}\n", failure);
  return failures.empty() ? 0 : 1;
}

}  // namespace

const Verb kCosimVerb = {
    "cosim",
    "generate a scenario's RTL, run it under Verilator, and compare values and cycles with golden, SystemC and plan",
    "psaflow cosim scenarios/psa-h96-w1.yaml --images 16", run};

}  // namespace psaflow
