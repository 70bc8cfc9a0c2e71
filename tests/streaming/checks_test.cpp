// What the simulation finds out: faults by name, deadlocks with a depth that helps, and nothing wrong under random
// pauses.
#include <catch2/catch.hpp>

#include "tests/error_text.h"
#include "tests/streaming/bench.h"

using namespace psaflow;
using namespace psaflow::test;
using Catch::Matchers::Contains;

TEST_CASE("a fault is named by stage, token and channel") {
  const Bench bench(small_psa(), 30);
  const Pipeline p = build_streaming(bench.model.network, options("rtl", 2));
  for (const Stage& stage : p.stages) {
    const int rows = stage.transposed ? stage.out.elements : stage.out.vectors;
    const int cols = stage.transposed ? stage.out.vectors : stage.out.elements;
    SimulationOptions o;
    o.fault = Fault{stage.name, rows * 2 / 3, cols - 1};
    INFO(stage.name);
    for (const bool step_all : {false, true}) {
      if (step_all && stage.name != "head") continue;
      o.step_all = step_all;
      const SimulationResult r = bench.run(p, o);
      REQUIRE(r.divergence.has_value());
      CHECK(r.divergence->image == 0);
      CHECK(r.divergence->stage == stage.name);
      CHECK(r.divergence->token == o.fault->token);
      CHECK(r.divergence->channel == o.fault->channel);
      CHECK((r.divergence->expected ^ 1) == r.divergence->found);
      if (stage.name == "head") {
        CHECK(r.mismatches == bench.count);
        CHECK((r.stepped_images == bench.count) == step_all);  // else the others follow by function alone
      }
    }
  }
}

TEST_CASE("a fault outside the pipeline is a user error") {
  const Bench bench(small_psa(), 1);
  const Pipeline p = build_streaming(bench.model.network, options("rtl"));
  const auto error = [&](const Fault& fault) {
    SimulationOptions o;
    o.fault = fault;
    return error_of([&] { bench.run(p, o); });
  };
  CHECK_THAT(error({"blocks.9.token.mix", 0, 0}), Contains("'blocks.9.token.mix'"));
  CHECK_THAT(error({"blocks.0.token.mix", 16, 0}), Contains("fault.token: found 16; allowed: 0..15"));
  CHECK_THAT(error({"blocks.0.token.mix", 15, 24}), Contains("fault.channel: found 24; allowed: 0..23"));
  CHECK(error({"blocks.0.token.mix", 15, 23}).empty());
}

TEST_CASE("a residual FIFO that is too shallow deadlocks, and the depth given helps") {
  const Bench bench(small_psa(), 5);
  const struct {
    const char* sublayer;
    int depth;
  } cases[] = {{"blocks.0.token", 100}, {"blocks.1.token", 8}, {"blocks.0.channel", 2}, {"blocks.1.channel", 1}};
  for (const auto& c : cases) {
    for (const bool step_all : {false, true}) {
      INFO(c.sublayer << " step_all " << step_all);
      const std::string name = c.sublayer;
      StreamingOptions o = options("rtl");
      o.stages[name + ".add"].residual_fifo_depth = c.depth;
      SimulationOptions s;
      s.step_all = step_all;
      const SimulationResult r = bench.run(build_streaming(bench.model.network, o), s);
      REQUIRE(r.deadlock.has_value());
      CHECK(r.deadlock->stage == name + ".fork");
      CHECK(r.deadlock->fifo == name + ".residual->" + name + ".add");
      CHECK(r.deadlock->depth == c.depth);
      CHECK(r.deadlock->needed_depth > c.depth);
      CHECK(r.deadlock->cycle > 0);
      REQUIRE_FALSE(r.deadlock->waits.empty());
      CHECK(r.deadlock->waits.front().stage == name + ".fork");  // and round to it again
      CHECK_FALSE(r.deadlock->waits.back().for_space);
      CHECK(r.deadlock->waits.back().fifo.rfind(name + ".fork->", 0) == 0);
      CHECK(r.images < bench.count);

      o.stages[name + ".add"].residual_fifo_depth = r.deadlock->needed_depth;
      const Pipeline mended = build_streaming(bench.model.network, o);
      const SimulationResult again = bench.run(mended, s);
      CHECK_FALSE(again.deadlock.has_value());
      CHECK((again.logits == bench.workload.golden));
      CHECK(again.ii_cycles == predict_ii(mended));
    }
  }
}

TEST_CASE("all residual FIFOs too shallow: the first one that closes a circle is named") {
  const Bench bench(small_psa(), 3);
  StreamingOptions o = options("rtl");
  o.residual_fifo_depth = 4;
  const SimulationResult r = bench.run(build_streaming(bench.model.network, o));
  REQUIRE(r.deadlock.has_value());
  CHECK(r.deadlock->stage == "blocks.0.token.fork");
  CHECK(r.images == 0);
}

TEST_CASE("random bubbles and backpressure change cycles and nothing else") {
  const Bench bench(small_psa(), 12);
  for (const int lanes : {1, 4}) {
    const Pipeline p = build_streaming(bench.model.network, options("rtl", lanes));
    const SimulationResult calm = bench.run(p);
    const struct { double valid, ready; } pauses[] = {{0.5, 1}, {1, 0.01}, {0.9, 0.05}, {0.1, 0.3}};
    for (const auto& pause : pauses) {
      for (const uint64_t seed : {1, 2}) {
        SimulationOptions o;
        o.stalls.input_valid_probability = pause.valid;
        o.stalls.output_ready_probability = pause.ready;
        o.stalls.seed = seed;
        INFO("lanes " << lanes << " valid " << pause.valid << " ready " << pause.ready << " seed " << seed);
        const SimulationResult r = bench.run(p, o);
        CHECK((r.logits == bench.workload.golden));
        CHECK(r.mismatches == 0);
        CHECK_FALSE(r.deadlock.has_value());
        CHECK(r.stepped_images == bench.count);
        CHECK(r.total_cycles > calm.total_cycles);
        CHECK(r.total_cycles == bench.run(p, o).total_cycles);  // the same seed, the same cycles
      }
    }
  }
}

TEST_CASE("a sink that hesitates holds up the whole pipeline, and only that") {
  const Bench bench(small_psa(), 20);
  const Pipeline p = build_streaming(bench.model.network, options("rtl"));
  SimulationOptions o;
  o.stalls.output_ready_probability = 0.005;  // ten logits take 2,000 cycles, an image 768
  const SimulationResult r = bench.run(p, o);
  CHECK((r.logits == bench.workload.golden));
  CHECK(r.ii_cycles > 1200);
  CHECK(r.stages[0].stall_out_cycles > 0);
  CHECK(r.stages.back().stall_out_cycles > 0);
}

TEST_CASE("no state leaks from one image to the next") {
  const Bench bench(small_psa(), 6);
  const Pipeline p = build_streaming(bench.model.network, options("rtl", 2));
  SimulationOptions o;
  o.step_all = true;
  const SimulationResult together = bench.run(p, o);
  for (size_t i = 0; i < bench.count; ++i) {
    const SimulationResult alone = simulate_streaming(p, bench.workload.part(i, 1), o);
    CHECK(std::equal(alone.logits.begin(), alone.logits.end(), together.logits.begin() + static_cast<int64_t>(i) * 10));
    CHECK(alone.latency_cycles == together.latency_cycles);
    CHECK(alone.total_cycles == alone.latency_cycles);
    CHECK(alone.ii_cycles == 0);  // one image tells no interval
  }
}
