// A network as RTL: built once, kept in the build tree so that only changed RTL is built again, run as often as wanted.
#pragma once
#include <catch2/catch.hpp>

#include "rtl_gen/cosim/diagnose.h"
#include "tests/streaming/bench.h"

namespace psaflow::test {

class Rtl {
 public:
  using Trace = RtlBuildOptions::Trace;

  // With a waveform's code, whose build takes half as long again, where the design will be looked into (diagnose does so).
  Rtl(Bench b, const StreamingOptions& options, bool taps = true, Trace trace = Trace::kNone)
      : bench(std::move(b)),
        pipeline(build_streaming(bench.model.network, options)),
        plan(predict_cycles(pipeline)),
        taps_(taps) {
    DesignOptions o;
    o.scenario = "cosim-test";
    o.taps = taps;
    design = generate_design(pipeline, plan, o);
    RtlBuildOptions options_of_build;
    options_of_build.taps = options_of_build.assertions = taps;
    options_of_build.trace = trace;
    options_of_build.cache_dir = PSAFLOW_TEST_CACHE;
    build = build_rtl(design, options_of_build);
  }
  Rtl(const Sample& sample, const StreamingOptions& options, size_t images) : Rtl(Bench(sample, images, 5), options) {}
  Rtl(const ModelConfig& config, const StreamingOptions& options, size_t images, int points, bool taps = true,
      Trace trace = Trace::kNone)
      : Rtl(Bench(config, images, 5, points), options, taps, trace) {}

  RtlRun run(RtlRunOptions o = {}) const {
    o.compare_taps = taps_;
    return run_rtl(pipeline, design, build, bench.workload, o);
  }

  Bench bench;
  Pipeline pipeline;
  CyclePrediction plan;
  Design design;
  RtlBuild build;

 private:
  bool taps_;
};

inline void check_values(const Rtl& rtl, const RtlRun& run) {
  CHECK(run.images == rtl.bench.count);
  CHECK(run.mismatches == 0);
  CHECK((run.logits == rtl.bench.workload.golden));
  CHECK_FALSE(run.failed());
}

// As plan and SystemC say: every stage's first and last output cycle and interval, II, latency, all images.
inline void check_cycles(const Rtl& rtl, const RtlRun& run, const Stalls& stalls = {}) {
  SimulationOptions s;
  s.stalls = stalls;
  const SimulationResult systemc = rtl.bench.run(rtl.pipeline, s);
  const StreamPrediction plan = predict_stream(rtl.pipeline, rtl.bench.count, stalls);
  CHECK(run.total_cycles == systemc.total_cycles);
  CHECK(run.total_cycles == plan.total_cycles);
  CHECK(run.latency_cycles == systemc.latency_cycles);
  CHECK(run.latency_cycles == plan.latency_cycles);
  CHECK(run.ii_cycles == systemc.ii_cycles);
  if (!stalls.any()) CHECK(run.ii_cycles == rtl.plan.ii_cycles);
  for (size_t i = 0; i < run.stages.size(); ++i) {
    INFO(systemc.stages[i].name);
    CHECK(run.stages[i].first_out_cycles == systemc.stages[i].first_out_cycles);
    CHECK(run.stages[i].first_out_cycles == plan.stages[i].first_out_cycles);
    CHECK(run.stages[i].last_out_cycles == systemc.stages[i].last_out_cycles);
    CHECK(run.stages[i].last_out_cycles == plan.stages[i].last_out_cycles);
    CHECK(run.stages[i].interval_cycles == systemc.stages[i].interval_cycles);
    CHECK(run.stages[i].interval_cycles == plan.stages[i].interval_cycles);
  }
}

inline void check_under_stalls(const Rtl& rtl, const Stalls& stalls) {
  INFO(stalls.text() << ", seed " << stalls.seed);
  RtlRunOptions o;
  o.stalls = stalls;
  const RtlRun run = rtl.run(o);
  check_values(rtl, run);
  check_cycles(rtl, run, stalls);
}
inline void check_under_stalls(const Rtl& rtl, double valid, double ready, uint64_t seed) {
  Stalls stalls;
  stalls.input_valid_probability = valid;
  stalls.output_ready_probability = ready;
  stalls.seed = seed;
  check_under_stalls(rtl, stalls);
}
inline void check_under_patterns(const Rtl& rtl) {
  for (const std::string& name : stall_pattern_names()) {
    Stalls stalls;
    stalls.pattern = *find_stall_pattern(name);
    stalls.seed = 21;
    if (stalls.any()) check_under_stalls(rtl, stalls);
  }
}

}  // namespace psaflow::test
