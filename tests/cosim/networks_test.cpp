// The networks of the paper at full size as RTL: 200 images of the flagship beside the SystemC model, its packed build,
// the ReLU baselines; and the deadlock demo. Slow; rates are printed, never judged.
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>

#include "models/scenario/scenario.h"
#include "models/streaming/accelerator.h"
#include "rtl_gen/cosim/diagnose.h"
#include "sw/data/cifar10.h"

using namespace psaflow;

namespace {

// A shipped scenario, timed as the RTL is built.
struct Shipped {
  Scenario scenario;
  IntModel model;
  Pipeline pipeline;
  CyclePrediction plan;
  Dataset data;
  Workload workload;

  Shipped(const std::string& name, size_t images)
      : scenario(load_scenario(PSAFLOW_SOURCE_DIR "/scenarios/" + name + ".yaml")) {
    model = load_scenario_model(scenario);
    pipeline = build_scenario_pipeline(scenario, model, Timing::kRtl);
    plan = predict_cycles(pipeline);
    data = load_cifar10(scenario.data.dir, Split::kTest, images);
    REQUIRE(data.count() == images);
    workload = make_workload(model.config, model.network, data.images.data(), images);
  }
  Design design(bool taps = false) const {
    DesignOptions o;
    o.scenario = scenario.name;
    o.taps = taps;
    return generate_design(pipeline, plan, o);
  }
  SimulationResult systemc() const { return simulate_streaming(pipeline, workload); }
};

void check_network(const std::string& name, size_t images) {
  const Shipped n(name, images);
  RtlBuildOptions b;
  b.cache_dir = PSAFLOW_TEST_CACHE;
  const Design design = n.design();
  const RtlBuild build = build_rtl(design, b);
  const auto start = std::chrono::steady_clock::now();
  const SimulationResult systemc = n.systemc();
  const double systemc_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const RtlRun rtl = run_rtl(n.pipeline, design, build, n.workload);
  const double systemc_rate = static_cast<double>(images) / systemc_s,
               rtl_rate = static_cast<double>(images) / rtl.wall_s;
  std::printf(
      "%s, %zu images: build %.1f s%s; RTL %.1f s, %.1f images a second; SystemC %.2f s, %.0f images a second (%zu "
      "stepped "
      "cycle by cycle): %.0f times as many%s\n",
      name.c_str(), images, build.build_s, build.cached ? " (earlier)" : "", rtl.wall_s, rtl_rate, systemc_s,
      systemc_rate, systemc.stepped_images, systemc_rate / rtl_rate,
      systemc_rate >= 20 * rtl_rate ? ", at least 20" : "");
  CHECK(rtl.images == images);
  CHECK(rtl.mismatches == 0);
  CHECK((rtl.logits == n.workload.golden));
  CHECK(systemc.mismatches == 0);
  CHECK(rtl.ii_cycles == n.plan.ii_cycles);
  CHECK(rtl.ii_cycles == systemc.ii_cycles);
  CHECK(rtl.latency_cycles == n.plan.latency_cycles);
  CHECK(rtl.latency_cycles == systemc.latency_cycles);
  CHECK(rtl.total_cycles == systemc.total_cycles);
  CHECK(rtl.total_cycles == predict_stream(n.pipeline, images).total_cycles);
}

}  // namespace

TEST_CASE("the flagship, one element a cycle") {
  check_network("psa-h96-w1", 200);
}
TEST_CASE("the flagship for a rate, two elements a cycle, two outputs a DSP") {
  check_network("kv260-64kfps", 20);
}
TEST_CASE("the ReLU baseline at the flagship's width") {
  check_network("paper-relu-h96", 20);
}
TEST_CASE("the ReLU baseline at twice the width") {
  check_network("paper-relu-h192", 20);
}

TEST_CASE("the deadlock demo locks up as RTL too, and names the same FIFO") {
  const Shipped n("deadlock-demo", 8);
  RtlRun locked;  // as a run without taps tells it
  locked.deadlock = Deadlock();
  DiagnoseOptions o;
  o.cache_dir = PSAFLOW_TEST_CACHE;
  const Diagnosis d = diagnose(n.pipeline, n.plan, n.design(true), n.workload, locked, o);
  REQUIRE(d.run.deadlock.has_value());
  const SimulationResult systemc = n.systemc();
  REQUIRE(systemc.deadlock.has_value());
  CHECK(d.run.deadlock->fifo == "blocks.0.token.residual->blocks.0.token.add");
  CHECK(d.run.deadlock->stage == "blocks.0.token.fork");
  CHECK(d.run.deadlock->depth == 100);
  CHECK(d.run.deadlock->waits.size() == systemc.deadlock->waits.size());
}
