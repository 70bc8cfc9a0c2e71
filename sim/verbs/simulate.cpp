// psaflow simulate: a scenario's images through the SystemC model of its accelerator, against golden and against the
// plan.
#include <fmt/format.h>

#include <chrono>

#include "sim/fault_option.h"
#include "sim/say.h"
#include "sim/scenario_pipeline.h"
#include "sim/simulate_report.h"
#include "sim/stall_options.h"
#include "sim/terminal.h"
#include "sim/verb.h"
#include "sim/verbs/simulate_simd.h"
#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/base/progress.h"
#include "sw/golden/ports.h"

namespace psaflow {
namespace {

namespace po = boost::program_options;

std::vector<FaultPlace> fault_places(const Pipeline& pipeline) {
  std::vector<FaultPlace> places;  // elements of golden taps, [tokens, channels]
  for (const Stage& s : pipeline.stages)
    places.push_back(
        {s.name, s.transposed ? s.out.elements : s.out.vectors, s.transposed ? s.out.vectors : s.out.elements});
  return places;
}

size_t count_correct(const SimulationResult& result, const ImageSet& data, const Network& network) {
  size_t correct = 0;
  const auto values = static_cast<size_t>(network.logits().size());
  for (size_t i = 0; i < data.count; ++i)
    correct += named_class(network, result.logits.data() + i * values) == data.labels[i] ? 1 : 0;
  return correct;
}

SimulationResult simulate(SimulateRun& run, const ImageSet& data, SimulationOptions options) {
  Workload workload;
  {
    Progress progress("golden", data.count, "images");
    workload = make_workload(run.model.config, run.model.network, data.images.data(), data.count,
                             [&](size_t n) { progress.advance(n); });
  }
  Progress progress("simulate", data.count, "images");
  options.on_progress = [&](size_t n) { progress.advance(n); };
  const auto start = std::chrono::steady_clock::now();
  SimulationResult result = simulate_streaming(run.pipeline, workload, options);
  run.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

int run(const Verb& verb, const std::vector<std::string>& args) {
  po::options_description options("Options");
  const auto text = [] { return po::value<std::string>(); };
  options.add_options()("scenario", text()->required(), "scenario file (scenarios/README.md describes the format)")(
      "json", text(), "write images, mismatches, ii_cycles, latency_cycles, clock_mhz, fps, stages, fifos, ... here")(
      "images", text(), "only the first N images of the split, instead of the scenario's number")(
      "data", text(), "data folder, instead of the scenario's")(
      "vcd", text(), "write valid, ready and data of every stream for the first images here, a VCD (GTKWave)")(
      "timeline", text(), "write what each stage does when here, Chrome trace-event JSON (ui.perfetto.dev)")(
      "fault", text(), "STAGE:TOKEN:CHANNEL: flip a bit of that output, to see the checks catch it")(
      "step-all", po::bool_switch(), "step every image cycle by cycle, even once the pipeline repeats itself");
  add_stall_options(options);
  po::variables_map values;
  if (!parse_options(verb, args, options, {"scenario"}, values)) return 0;
  SimulationOptions simulation;
  simulation.step_all = values["step-all"].as<bool>();
  const StallOptions stalls = stall_options(values);
  simulation.vcd_path = output_option(values, "vcd");
  simulation.timeline_path = output_option(values, "timeline");
  const std::string json_path = output_option(values, "json");
  Scenario scenario = load_scenario(values["scenario"].as<std::string>());
  if (values.count("images") != 0) scenario.data.limit = static_cast<size_t>(int_option(values, "images", 1, 1000000));
  if (values.count("data") != 0) {
    scenario.data.dir = values["data"].as<std::string>();
    scenario.data.images_path.clear();
  }
  distinct_files(values, {"scenario", "vcd", "timeline", "json", "record-stalls", "replay-stalls"}, files_of(scenario));
  if (scenario.is_simd()) return simulate_simd_scenario(values, scenario, simulation.timeline_path, stalls, json_path);
  simulation.stalls = streaming_stalls(stalls);
  if (simulation.step_all && simulation.stalls.any())
    throw UserError("", "--step-all", "stalls, under which every image is stepped", "one of them");
  const IntModel model = load_scenario_model(scenario);
  const Pipeline pipeline = build_shown(scenario, model);
  if (values.count("fault") != 0) {
    simulation.fault =
        fault_option(values["fault"].as<std::string>(), fault_places(pipeline), "a stage of the pipeline");
  }
  const ImageSet data = load_scenario_images(scenario, model);
  const CyclePrediction plan = predict_cycles(pipeline);

  SimulateRun report{scenario, model, pipeline, plan, data.count, 0, has_accuracy(scenario, data, model), 0};
  if (values.count("fault") != 0) report.fault = values["fault"].as<std::string>();
  print_simulate_header(report);
  if (values.count("images") != 0 && data.count < scenario.data.limit) {
    say("  note     all that there are: fewer than the {} of --images\n",
        grouped(static_cast<int64_t>(scenario.data.limit)));
  }
  if (simulation.stalls.any()) {
    say("  stalls   {}\n", simulation.stalls.text());
    std::fflush(stdout);
  }
  {
    Progress progress("plan", simulation.stalls.any() ? data.count : 0, "images");
    plan_images(report, simulation.stalls, [&](size_t n) { progress.advance(n); });
  }
  record_stalls(stalls, pipeline, data.count);
  const SimulationResult result = simulate(report, data, simulation);
  if (report.has_accuracy && !result.deadlock) report.correct = count_correct(result, data, model.network);
  print_simulate_tables(report, result);
  std::fflush(stdout);
  if (!json_path.empty()) write_file_atomic(json_path, simulate_json(report, result));
  if (result.deadlock) complain("{}", deadlock_line(*result.deadlock));
  if (result.divergence) complain("{}", divergence_line(*result.divergence, result.mismatches, result.images));
  return result.deadlock || result.divergence || result.mismatches != 0 ? 1 : 0;
}

}  // namespace

const Verb kSimulateVerb = {
    "simulate", "run a scenario's accelerator in SystemC: cycles, utilisation, and every value against golden",
    "psaflow simulate scenarios/paper-psa-h96.yaml", run};

}  // namespace psaflow
