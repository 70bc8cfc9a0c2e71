// The networks of the paper at full size as RTL: 200 images of the flagship, its packed build, and the ReLU baselines.
// Slow.
#include <catch2/catch.hpp>
#include <cstdio>

#include "models/scenario/scenario.h"
#include "rtl_gen/cosim/run.h"
#include "sw/data/cifar10.h"
#include "sw/golden/evaluator.h"

using namespace psaflow;

namespace {

void check_scenario(const std::string& name, size_t images) {
  if (verilator_version().empty()) {
    WARN("verilator is not installed: nothing is checked");
    return;
  }
  Scenario scenario = load_scenario(PSAFLOW_SOURCE_DIR "/scenarios/" + name + ".yaml");
  scenario.streaming.profile = "rtl";
  const IntModel model = load_scenario_model(scenario);
  const Pipeline pipeline = build_scenario_pipeline(scenario, model);
  const CyclePrediction plan = predict_cycles(pipeline);
  const Dataset data = load_cifar10(scenario.data_dir, Split::kTest, images);
  REQUIRE(data.count() == images);
  std::vector<int8_t> golden(images * static_cast<size_t>(model.config.classes));
  Evaluator(model).logits(data.images.data(), images, golden.data());
  DesignOptions o;
  o.scenario = name;
  const Design design = generate_design(pipeline, plan, o);
  RtlBuildOptions b;
  b.cache_dir = PSAFLOW_TEST_CACHE;
  const RtlBuild build = build_rtl(design, b);
  const RtlRun run = run_rtl(pipeline, design, build, image_patches(model.config, data.images.data(), images), golden);
  std::printf("%s: build %.1f s, %zu images in %.1f s, II %lld, latency %lld\n", name.c_str(), build.build_s,
              run.images, run.wall_s, static_cast<long long>(run.ii_cycles),
              static_cast<long long>(run.latency_cycles));
  CHECK(run.images == images);
  CHECK(run.mismatches == 0);
  CHECK(run.ii_cycles == plan.ii_cycles);
  CHECK(run.latency_cycles == plan.latency_cycles);
}

}  // namespace

TEST_CASE("the flagship, one element a cycle") {
  check_scenario("psa-h96-w1", 200);
}
TEST_CASE("the flagship for a rate, two elements a cycle, two outputs a DSP") {
  check_scenario("kv260-64kfps", 20);
}
TEST_CASE("the ReLU baseline at the flagship's width") {
  check_scenario("paper-relu-h96", 20);
}
TEST_CASE("the ReLU baseline at twice the width") {
  check_scenario("paper-relu-h192", 20);
}
