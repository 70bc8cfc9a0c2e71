#include "sim/verbs/simulate_simd.h"

#include <fmt/format.h>

#include <chrono>

#include "sim/fault_option.h"
#include "sim/say.h"
#include "sim/simd_report.h"
#include "sim/simulate_report.h"
#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/base/progress.h"
#include "sw/golden/ports.h"

namespace psaflow {
namespace {

// Traces streams, which this accelerator has not.
constexpr const char* kStreamingOptions[] = {"vcd"};

std::vector<FaultPlace> fault_places(const IntModel& model, const SimdMapping& mapping) {
  std::vector<FaultPlace> places;
  for (const std::string& name : simd_taps(model.network, mapping))
    for (const Tensor& tensor : model.network.tensors)
      if (tensor.name == name) places.push_back({name, tensor.rows, tensor.cols});
  return places;
}

}  // namespace

int simulate_simd_scenario(const boost::program_options::variables_map& values, const Scenario& scenario,
                           const std::string& timeline_path, const StallOptions& stall_choices,
                           const std::string& json_path) {
  for (const char* option : kStreamingOptions)
    if (values.count(option) != 0 && !values[option].defaulted())
      throw UserError("", std::string("--") + option, "a scenario of a simd accelerator", "a streaming one");
  if (values["step-all"].as<bool>())
    throw UserError("", "--step-all", "a scenario of a simd accelerator",
                    "a streaming one (this one is always stepped)");
  const IntModel model = load_scenario_model(scenario);
  const SimdMapping mapping = build_scenario_mapping(scenario, model);
  SimdSimulationOptions options;
  options.profile = scenario.simd().profile;
  options.clock_mhz = scenario.target.clock_mhz;
  options.memory = simd_memory(scenario.simd().memory, options.clock_mhz, mapping.hardware.bus_bytes);
  const SimdStalls stalls = simd_stalls(stall_choices);
  if (stalls.pauses && options.profile != "rtl")
    throw UserError("", "stalls", "profile " + options.profile, "rtl, the only one whose memory makes it wait");
  record_stalls(stall_choices, stalls);
  options.memory.pauses = stalls.pauses;
  options.timeline_path = timeline_path;
  if (values.count("fault") != 0)
    options.fault =
        fault_option(values["fault"].as<std::string>(), fault_places(model, mapping), "a tensor that a pass keeps");
  if (!timeline_path.empty() && options.profile != "rtl")
    throw UserError("", "--timeline", "profile " + options.profile, "rtl, the only one whose loads and passes overlap");
  const ImageSet data = load_scenario_images(scenario, model);
  constexpr size_t kPlannedImages = 64;
  const SimdPrediction plan =
      predict_simd(mapping, options.memory, options.profile, std::max(kPlannedImages, data.count));
  SimdRun run{scenario, model, mapping, options.memory, plan, data.count, 0, has_accuracy(scenario, data, model), 0};
  if (values.count("fault") != 0) run.fault = values["fault"].as<std::string>();
  print_simd_header(run);
  if (stalls.pauses) say("  stalls   {}\n", stalls.text);
  Workload workload;
  {
    Progress progress("golden", data.count, "images");
    workload = make_workload(model.config, model.network, data.images.data(), data.count,
                             [&](size_t n) { progress.advance(n); });
  }
  SimdSimulation result;
  {
    Progress progress("simulate", data.count, "images");
    options.on_progress = [&](size_t n) { progress.advance(n); };
    const auto start = std::chrono::steady_clock::now();
    result = simulate_simd(model.network, mapping, workload, options);
    run.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  const auto values_out = static_cast<size_t>(model.network.logits().size());
  for (size_t i = 0; run.has_accuracy && i < result.images; ++i)
    run.correct += named_class(model.network, result.logits.data() + i * values_out) == data.labels[i] ? 1 : 0;
  print_simd_tables(run, result);
  std::fflush(stdout);
  if (!json_path.empty()) write_file_atomic(json_path, simd_json(run, result));
  if (result.divergence) complain("{}", divergence_line(*result.divergence, result.mismatches, result.images));
  return result.divergence || result.mismatches != 0 ? 1 : 0;
}

}  // namespace psaflow
