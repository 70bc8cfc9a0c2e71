#include "sim/explore_measure.h"

#include <fmt/format.h>

#include <sstream>

#include "models/simd_model/simulation.h"
#include "models/streaming/accelerator.h"
#include "rtl_gen/cosim/run.h"
#include "rtl_gen/cosim/simd_run.h"
#include "rtl_gen/generate/design.h"
#include "rtl_gen/synth/synthesis.h"
#include "sw/base/progress.h"

namespace psaflow {
namespace {

constexpr size_t kMeasuredImages = 4;  // enough to see the steady state of a pipeline that fills with three

// Numbers with a blank between; -1: none.
std::string text_of(const std::vector<std::optional<int64_t>>& numbers) {
  std::string text;
  for (const std::optional<int64_t>& n : numbers) text += fmt::format("{}{}", text.empty() ? "" : " ", n.value_or(-1));
  return text;
}

std::vector<std::optional<int64_t>> numbers_of(const std::string& text) {
  std::istringstream words(text);
  std::vector<std::optional<int64_t>> numbers;
  for (int64_t n = 0; words >> n;) numbers.push_back(n < 0 ? std::nullopt : std::optional<int64_t>(n));
  return numbers;
}

std::optional<int64_t> signed_of(size_t n) {
  return static_cast<int64_t>(n);
}

// What the store keeps of a run in SystemC, and of RTL and synthesis; false: not such a line.
std::string systemc_text(const Confirmation& c) {
  return text_of({signed_of(c.images), signed_of(c.systemc_mismatches), c.systemc_ii_cycles, c.systemc_latency_cycles});
}
bool take_systemc(const std::string& text, Confirmation& c) {
  const auto n = numbers_of(text);
  if (n.size() != 4) return false;
  c.images = static_cast<size_t>(n[0].value_or(0));
  c.systemc_mismatches = static_cast<size_t>(n[1].value_or(0));
  c.systemc_ii_cycles = n[2];
  c.systemc_latency_cycles = n[3];
  return true;
}

std::string rtl_text(const Confirmation& c) {
  const FpgaCost& y = *c.synthesised;
  return text_of({signed_of(c.images), signed_of(c.rtl_mismatches), c.rtl_ii_cycles, c.rtl_latency_cycles, y.lut,
                  y.paired_lut, y.ff, y.dsp, y.bram18, y.uram, c.levels.luts, c.levels.carries});
}
bool take_rtl(const std::string& text, Confirmation& c) {
  const auto n = numbers_of(text);
  if (n.size() != 12) return false;
  c.images = static_cast<size_t>(n[0].value_or(0));
  c.rtl_mismatches = static_cast<size_t>(n[1].value_or(0));
  c.rtl_ii_cycles = n[2];
  c.rtl_latency_cycles = n[3];
  c.synthesised = FpgaCost{n[4].value_or(0), n[5].value_or(0), n[6].value_or(0),
                           n[7].value_or(0), n[8].value_or(0), n[9].value_or(0)};
  c.levels = {static_cast<int>(n[10].value_or(0)), static_cast<int>(n[11].value_or(0))};
  return true;
}

void keep(const Synthesis& synthesis, Confirmation& c) {
  c.synthesised = synthesis.total;
  c.levels = synthesis.levels;
}

}  // namespace

// Whether the k-th of the points is to be run here; if not, either `kept` is what is known of it or it is missing.
bool DesignMeasurer::wanted(const std::string& key, size_t k, std::string& kept) {
  kept = store_.find(key).value_or("");
  if (!kept.empty()) return false;
  if (shard_.has(k)) return true;
  ++missing_;
  return false;
}

void DesignMeasurer::simulate(const std::vector<size_t>& points) {
  Progress progress("SystemC", points.size(), "designs");
  for (size_t k = 0; k < points.size(); ++k, progress.advance(1)) {
    const std::string key = fmt::format("systemc {}", points[k]);
    std::string kept;
    const bool run = wanted(key, k, kept);
    Confirmation c = run_.confirmed[points[k]];
    if (run || (!kept.empty() && !take_systemc(kept, c))) {
      simulate_point(points[k], c);
      store_.add(key, systemc_text(c));
    }
    run_.confirmed[points[k]] = c;
  }
}

void DesignMeasurer::build(const std::vector<size_t>& points) {
  Progress progress("RTL, Yosys", points.size(), "designs");
  for (size_t k = 0; k < points.size(); ++k, progress.advance(1)) {
    const std::string key = fmt::format("rtl {}", points[k]);
    std::string kept;
    const bool run = wanted(key, k, kept);
    Confirmation c = run_.confirmed[points[k]];
    if (run || (!kept.empty() && !take_rtl(kept, c))) {
      build_point(points[k], c);
      store_.add(key, rtl_text(c));
    }
    run_.confirmed[points[k]] = c;
  }
}

void DesignMeasurer::simulate_point(size_t point, Confirmation& c) {
  if (is_simd(point)) return simulate_simd_point(point, c);
  const SimulationResult result = simulate_streaming(pipeline_of(point), workload(point));
  c.images = kMeasuredImages;
  c.systemc_mismatches = result.mismatches;
  c.systemc_ii_cycles = result.ii_cycles;
  c.systemc_latency_cycles = result.latency_cycles;
}

void DesignMeasurer::build_point(size_t point, Confirmation& c) {
  if (is_simd(point)) return build_simd_point(point, c);
  const Pipeline pipeline = pipeline_of(point);
  DesignOptions options;
  options.scenario = name_of(point);
  options.model = run_.exploration.models[run_.exploration.points[point].model].model.config;
  const Design design = generate_design(pipeline, predict_cycles(pipeline), options);
  const RtlRun rtl = run_rtl(pipeline, design, build_rtl(design, {}), workload(point));
  c.images = kMeasuredImages;
  c.rtl_mismatches = rtl.mismatches;
  c.rtl_ii_cycles = rtl.ii_cycles;
  c.rtl_latency_cycles = rtl.latency_cycles;
  keep(synthesise(pipeline, synth_options(point)), c);
}

void DesignMeasurer::simulate_simd_point(size_t point, Confirmation& c) {
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

void DesignMeasurer::build_simd_point(size_t point, Confirmation& c) {
  const SimdMapping mapping = mapping_of(point);
  SimdRtlOptions options;
  options.memory = memory_of(point);
  const Workload& images = workload(point);
  const SimdRtlRun rtl = run_simd_rtl(network(point), mapping, build_simd_rtl(mapping.hardware, {}), images, options);
  c.images = images.count;
  c.rtl_mismatches = rtl.mismatches + (rtl.failed() && rtl.mismatches == 0 ? 1 : 0);
  c.rtl_ii_cycles = rtl.ii_cycles;
  c.rtl_latency_cycles = rtl.latency_cycles;
  keep(synthesise(count_units(simd_structure(mapping.hardware)), synth_options(point)), c);
}

SynthOptions DesignMeasurer::synth_options(size_t point) const {
  SynthOptions options;
  options.family = find_device(run_.exploration.points[point].device).family;
  return options;
}

std::string DesignMeasurer::name_of(size_t point) const {
  return fmt::format("{}-{:05}", scenario().name.substr(0, 100), point);
}

const Network& DesignMeasurer::network(size_t point) const {
  return run_.exploration.models[run_.exploration.points[point].model].model.network;
}

SimdMapping DesignMeasurer::mapping_of(size_t point) const {
  return *plan_simd(network(point),
                    simd_options_of(run_.exploration.points[point].tile, of_kind(scenario(), AcceleratorKind::kSimd)))
              .mapping;
}

SimdMemory DesignMeasurer::memory_of(size_t point) const {
  const DesignPoint& p = run_.exploration.points[point];
  return simd_memory(of_kind(scenario(), AcceleratorKind::kSimd).simd().memory, p.clock_mhz, p.hardware.bus_bytes);
}

Pipeline DesignMeasurer::pipeline_of(size_t point) const {
  const DesignPoint& p = run_.exploration.points[point];
  return build_streaming(network(point), options_of(p, of_kind(scenario(), AcceleratorKind::kStreaming)), p.clock_mhz);
}

const Workload& DesignMeasurer::workload(size_t point) {
  const size_t m = run_.exploration.points[point].model;
  const bool simd = is_simd(point);
  if (const auto known = workloads_.find({m, simd}); known != workloads_.end()) return known->second;
  const IntModel& model = run_.exploration.models[m].model;
  ImageSource source = scenario().data;
  // The fixed-size accelerator loads images ahead: more of them show its steady state.
  source.limit = simd ? kSimdSteadyImages : kMeasuredImages;
  const ImageSet data = load_images(source, model.config, model.config.classes);
  return workloads_
      .emplace(std::make_pair(m, simd), make_workload(model.config, model.network, data.images.data(), data.count))
      .first->second;
}

}  // namespace psaflow
