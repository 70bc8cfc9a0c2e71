// Stalls of every pattern: the plan's recurrences and the SystemC model take the same cycles, to the one, and values do
// not change.
#include <catch2/catch.hpp>

#include "tests/streaming/bench.h"

using namespace psaflow;
using namespace psaflow::test;

namespace {

void check_same(const Bench& bench, const Pipeline& p, const Stalls& stalls, bool step_all = false) {
  INFO(stalls.text() << ", seed " << stalls.seed);
  SimulationOptions o;
  o.stalls = stalls;
  o.step_all = step_all;
  const SimulationResult r = bench.run(p, o);
  CHECK((r.logits == bench.workload.golden));
  const StreamPrediction plan = predict_stream(p, bench.count, stalls);
  CHECK(plan.latency_cycles == r.latency_cycles);
  CHECK(plan.total_cycles == r.total_cycles);
  if (stalls.any()) CHECK(plan.ii_cycles == r.ii_cycles);  // both are means
  REQUIRE(plan.stages.size() == r.stages.size());
  for (size_t i = 0; i < plan.stages.size(); ++i) {
    INFO(r.stages[i].name);
    CHECK(plan.stages[i].first_out_cycles == r.stages[i].first_out_cycles);
    CHECK(plan.stages[i].last_out_cycles == r.stages[i].last_out_cycles);
    CHECK(plan.stages[i].interval_cycles == r.stages[i].interval_cycles);
  }
}

}  // namespace

TEST_CASE("plan and SystemC under every pattern") {
  const Bench bench(small_psa(), 14);
  for (const int lanes : {1, 4}) {
    StreamingOptions so = options("rtl", lanes);
    so.stages["blocks.0.channel.fc1"].pe = 12;  // through a gearbox
    so.stages["blocks.1.channel.fc2"].simd = 6;
    const Pipeline p = build_streaming(bench.model.network, so);
    INFO("lanes " << lanes);
    for (const std::string& name : stall_pattern_names()) {
      Stalls stalls;
      stalls.pattern = *find_stall_pattern(name);
      stalls.input_valid_probability = 0.8;
      stalls.output_ready_probability = 0.03;
      stalls.seed = 5;
      check_same(bench, p, stalls);
    }
    check_same(bench, p, {});
    check_same(bench, p, {}, true);
  }
}

TEST_CASE("a prediction of more images than it follows is exact") {
  const Bench bench(small_psa(), 40);
  check_same(bench, build_streaming(bench.model.network, options("rtl", 2)), {}, true);
  check_same(bench, build_streaming(bench.model.network, options("vitis-hls-2023.1", 2)), {}, true);
}

TEST_CASE("a sink that blocks fills everything") {
  const Bench bench(small_psa(), 14);
  const Pipeline p = build_streaming(bench.model.network, options("rtl"));
  SimulationOptions o;
  o.stalls.pattern = StallPattern::kSinkBlocks;
  const SimulationResult r = bench.run(p, o);
  CHECK((r.logits == bench.workload.golden));
  for (size_t i = 0; i < r.fifos.size(); ++i) {
    if (p.streams[i].residual) continue;  // as full as the long way lets it
    INFO(r.fifos[i].name);
    CHECK(r.fifos[i].peak == r.fifos[i].depth);
  }
  CHECK(r.stages[0].stall_out_cycles > 0);  // up to the source
}

TEST_CASE("a plan of a pipeline that locks up says so") {
  const IntModel model = random_model(small_psa(), 65, 1);
  StreamingOptions o = options("rtl");
  o.residual_fifo_depth = 4;
  const StreamPrediction plan = predict_stream(build_streaming(model.network, o), 3);
  CHECK(plan.deadlock);
  CHECK(plan.total_cycles == 0);
  CHECK(plan.stages.empty());
}
