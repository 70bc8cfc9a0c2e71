// Networks that are no ResMLP on the streaming accelerator: what the mapping makes of them, and that plan, SystemC and
// golden agree, under stalls too.
#include <catch2/catch.hpp>

#include "models/plan/build.h"
#include "models/plan/legal.h"
#include "tests/streaming/bench.h"

using namespace psaflow;
using namespace psaflow::test;

namespace {

std::vector<std::string> stage_names(const Pipeline& p) {
  std::vector<std::string> names;
  for (const Stage& s : p.stages) names.push_back(s.name);
  return names;
}

const Stream& stream_of(const Pipeline& p, const std::string& name) {
  const int index = stream_index(p, name);
  REQUIRE(index >= 0);
  return p.streams[static_cast<size_t>(index)];
}

void check(const Bench& bench, const Pipeline& p, const SimulationOptions& o) {
  const SimulationResult r = bench.run(p, o);
  CHECK(r.mismatches == 0);
  CHECK_FALSE(r.divergence);
  REQUIRE_FALSE(r.deadlock);
  CHECK((r.logits == bench.workload.golden));
  const StreamPrediction plan = predict_stream(p, bench.count, o.stalls);
  CHECK(r.latency_cycles == plan.latency_cycles);
  CHECK(r.total_cycles == plan.total_cycles);
  for (size_t i = 0; i < p.stages.size(); ++i) {
    INFO(p.stages[i].name);
    CHECK(r.stages[i].first_out_cycles == plan.stages[i].first_out_cycles);
    CHECK(r.stages[i].last_out_cycles == plan.stages[i].last_out_cycles);
    CHECK(r.stages[i].interval_cycles == plan.stages[i].interval_cycles);
  }
  if (!o.stalls.any()) CHECK(r.ii_cycles == predict_ii(p));
}

}  // namespace

TEST_CASE("plan, SystemC and golden agree on networks that are no ResMLP") {
  for (const Sample& sample : no_resmlps()) {
    const Bench bench(sample, 9);
    for (int lanes : {1, 2}) {
      INFO(sample.name << ", lanes " << lanes);
      const Pipeline p = build_streaming(bench.model.network, options("rtl", lanes));
      SimulationOptions o;
      check(bench, p, o);
      o.step_all = true;
      o.stalls.input_valid_probability = 0.7;
      o.stalls.output_ready_probability = 0.6;
      o.stalls.seed = 4;
      check(bench, p, o);
    }
    StreamingOptions folded = options("rtl", 1);
    folded.target_ii_cycles = 2 * predict_ii(build_streaming(bench.model.network, folded));
    check(bench, build_streaming(bench.model.network, folded), {});
  }
}

TEST_CASE("raw images in, a class out: the II of the network alone; colour planes byte by byte") {
  const Bench pixels(classifier_of_pixels(ImageForm::kInterleaved), 9),
      planes(classifier_of_pixels(ImageForm::kPlanar), 9);
  ModelConfig alone = classifier_config();
  const IntModel network = random_model(alone, 17, 31);
  for (int lanes : {1, 2, 4}) {
    INFO(lanes);
    const Pipeline p = build_streaming(pixels.model.network, options("rtl", lanes));
    CHECK(predict_ii(p) == predict_ii(build_streaming(network.network, options("rtl", lanes))));
    CHECK(p.stages[0].kind == StageKind::kPatches);
    check(pixels, p, {});
  }
  CHECK(legal_lanes(planes.model.network) == std::vector<int>{1});
  const Pipeline p = build_streaming(planes.model.network, options("rtl", 1));
  CHECK(predict_ii(p) == predict_ii(build_streaming(network.network, options("rtl", 1))));
  SimulationOptions o;
  check(planes, p, o);
  o.stalls.input_valid_probability = 0.7;
  o.stalls.output_ready_probability = 0.6;
  check(planes, p, o);
  CHECK_FALSE(plan_streaming(planes.model.network, options("rtl", 2)).findings.empty());
}

TEST_CASE("a residual inside a residual: both get the FIFO that they need, and one beat less holds it up") {
  const Bench bench(nested_residuals(), 9);
  const Pipeline p = build_streaming(bench.model.network, options("rtl"));
  CHECK(stage_names(p) == std::vector<std::string>{"embed", "outer.fork", "outer.residual", "outer.pre",
                                                   "outer.transpose_in", "outer.mix", "outer.transpose_out",
                                                   "inner.fork", "inner.fc", "inner.add", "outer.add", "pool", "head"});
  const Stream &inner = stream_of(p, "inner.fork->inner.add"), &outer = stream_of(p, "outer.residual->outer.add");
  CHECK(inner.residual);
  CHECK(outer.residual);
  CHECK_FALSE(stream_of(p, "inner.fc->inner.add").residual);
  CHECK_FALSE(stream_of(p, "inner.add->outer.add").residual);
  CHECK(inner.fifo_depth > 24);       // a vector, at the least
  CHECK(outer.fifo_depth > 16 * 24);  // an image, at the least
  CHECK(inner.fifo_depth < outer.fifo_depth);
  for (const char* shallow : {"inner.fork->inner.add", "outer.residual->outer.add"}) {
    INFO(shallow);
    Pipeline tight = p;
    tight.streams[static_cast<size_t>(stream_index(tight, shallow))].fifo_depth = 2;
    const SimulationResult r = bench.run(tight);
    REQUIRE(r.deadlock);
    CHECK(r.deadlock->fifo == shallow);
    CHECK(r.deadlock->stage == (std::string(shallow).substr(0, 5) + ".fork"));
    CHECK(r.deadlock->needed_depth <= stream_of(p, shallow).fifo_depth);
    CHECK(r.deadlock->needed_depth > 2);
  }
}

TEST_CASE("a tensor read three times passes two forks, the lightest way branching off first") {
  const Network network = three_readers().network;
  const Pipeline p = build_streaming(network, options("rtl", 2));
  CHECK(stage_names(p) == std::vector<std::string>{"embed", "ways.fork", "ways.fork_2", "ways.psa", "ways.fc",
                                                   "ways.scale", "ways.first", "ways.second", "twice.fork", "twice",
                                                   "pool", "head"});
  CHECK(stream_of(p, "ways.fork->ways.second").residual);
  CHECK(stream_of(p, "ways.scale->ways.first").residual);
  CHECK(stream_index(p, "ways.fork->ways.fork_2") >= 0);
  CHECK(stream_index(p, "ways.fork_2->ways.psa") >= 0);
  CHECK(stream_index(p, "ways.fork_2->ways.scale") >= 0);
  CHECK(stream_index(p, "twice.fork->twice") >= 0);
  CHECK(stream_index(p, "twice.fork->twice_2") >= 0);
}

TEST_CASE("a fault in a network that is no ResMLP is traced to its stage") {
  for (const Sample& sample : no_resmlps()) {
    const Bench bench(sample, 2);
    const Pipeline p = build_streaming(bench.model.network, options("rtl"));
    for (const Stage& stage : p.stages) {
      INFO(sample.name << ", " << stage.name);
      SimulationOptions o;
      const int channel = p.network->tensor(stage.tensor).cols > 1 ? 1 : 0;
      o.fault = Fault{stage.name, 0, channel};
      const SimulationResult r = bench.run(p, o);
      REQUIRE(r.divergence);
      CHECK(r.divergence->stage == stage.name);
      CHECK(r.divergence->channel == channel);
    }
  }
}
