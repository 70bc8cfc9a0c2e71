// The pipeline that a model becomes: topology, defaults, choices and the errors of illegal ones.
#include "models/plan/build.h"

#include <catch2/catch.hpp>

#include "models/plan/choices.h"
#include "sw/golden/schedule.h"
#include "tests/error_text.h"
#include "tests/plan/small_models.h"

using namespace psaflow;
using namespace psaflow::test;
using Catch::Matchers::Contains;

namespace {

std::string build_error(const StreamingOptions& o, const ModelConfig& config = small_psa()) {
  const IntModel model = random_model(config, 65, 1);
  return error_of([&] { build_streaming(model.network, o); });
}

StreamingOptions with(const std::string& stage, const StageChoice& choice, int lanes = 1) {
  StreamingOptions o = options("rtl", lanes);
  o.stages[stage] = choice;
  return o;
}

StageChoice pe(int n) {
  StageChoice c;
  c.pe = n;
  return c;
}

StageChoice simd(int n) {
  StageChoice c;
  c.simd = n;
  return c;
}

}  // namespace

TEST_CASE("every layer becomes a stage, in dataflow order") {
  const IntModel model = random_model(small_psa(), 65, 1);
  const Pipeline p = build_streaming(model.network, options("rtl"));
  std::vector<std::string> names;
  for (const Stage& s : p.stages) names.push_back(s.name);
  std::vector<std::string> expected = {"embed"};
  for (const std::string b : {"blocks.0.", "blocks.1."}) {
    for (const char* s : {"token.fork", "token.residual", "token.pre", "token.transpose_in", "token.mix",
                          "token.transpose_out", "token.post", "token.add", "channel.fork", "channel.residual",
                          "channel.psa1", "channel.fc1", "channel.psa2", "channel.fc2", "channel.add"}) {
      expected.push_back(b + s);
    }
  }
  expected.insert(expected.end(), {"pool", "head"});
  CHECK(names == expected);
}

TEST_CASE("streams join what they say, and both ends agree on the shape") {
  for (const ModelConfig& config : {small_psa(), network(24, 36, 2, 16, 4, Activation::kRelu)}) {
    const IntModel model = random_model(config, 65, 1);
    const Pipeline p = build_streaming(model.network, options("rtl", 2));
    for (size_t i = 0; i < p.streams.size(); ++i) {
      const Stream& s = p.streams[i];
      INFO(s.name);
      CHECK((s.producer == -1) == (i == 0));
      CHECK((s.consumer == -1) == (i + 1 == p.streams.size()));
      if (s.producer >= 0 && s.consumer >= 0) CHECK(s.producer < s.consumer);
      if (s.consumer >= 0) {
        const Stage& c = p.stages[static_cast<size_t>(s.consumer)];
        CHECK(std::count(c.inputs.begin(), c.inputs.end(), static_cast<int>(i)) == 1);
        CHECK(c.in.vectors == s.shape.vectors);
        CHECK(c.in.elements == s.shape.elements);
        CHECK(c.in.lanes == s.shape.lanes);
        CHECK(s.residual == (c.kind == StageKind::kAdd && c.inputs[1] == static_cast<int>(i)));
      }
      CHECK(s.shape.elements % s.shape.lanes == 0);
    }
    CHECK(p.streams.front().name == "source->embed");
    CHECK(p.streams.back().name == "head->sink");
    CHECK(stage_index(p, "blocks.0.channel.psa1") == (config.has_tables() ? 11 : -1));
  }
}

TEST_CASE("the head gives as many lanes as divide the classes") {
  const IntModel model = random_model(network(32, 32, 1, 16, 4), 65, 1);
  CHECK(build_streaming(model.network, options("rtl", 1)).streams.back().shape.lanes == 1);
  CHECK(build_streaming(model.network, options("rtl", 4)).streams.back().shape.lanes == 2);
}

TEST_CASE("an illegal choice names file, key, value and what is allowed") {
  CHECK(
      build_error(options("rtl", 5)) ==
      "test.yaml: lanes: found 5; allowed: a divisor of every width that a vector has here (16, 24, 36, 48): 1, 2, 4");
  CHECK_THAT(build_error(options("rtl", 0)), Contains("lanes: found 0"));
  CHECK_THAT(build_error(options("fast")),
             Contains("test.yaml: profile: found 'fast'") && Contains("rtl, vitis-hls-2023.1"));
  CHECK_THAT(build_error(with("blocks.0.channel.fc1", simd(7))),
             Contains("stages.blocks.0.channel.fc1.simd: found 7") && Contains("1, 2, 3, 4, 6, 8, 12, 24"));
  CHECK_THAT(build_error(with("blocks.0.channel.fc1", pe(5))), Contains(".pe: found 5") && Contains("36 outputs"));
  // 9 divides the 36 outputs but does not fit 4 lanes.
  CHECK_THAT(build_error(with("blocks.0.channel.fc1", pe(9), 4)), Contains("1, 2, 4, 12, 36"));
  CHECK_THAT(build_error(with("blocks.7.*", pe(1))), Contains("'blocks.7.*'") && Contains("blocks.0.token.mix"));
  CHECK_THAT(build_error(with("pool", simd(1))),
             Contains("stages.pool.simd: found 1") && Contains("only for linear stages"));
  StageChoice depth;
  depth.fifo_depth = 0;
  CHECK_THAT(build_error(with("pool", depth)), Contains("stages.pool.fifo_depth: found 0"));
  StageChoice residual;
  residual.residual_fifo_depth = 4;
  CHECK_THAT(build_error(with("embed", residual)), Contains("only for add stages"));
  StreamingOptions o = options("rtl");
  o.fifo_depth = 0;
  CHECK_THAT(build_error(o), Contains("fifo_depth: found 0"));
  const IntModel model = random_model(small_psa(), 65, 1);
  CHECK_THAT(error_of([&] { build_streaming(model.network, options("rtl"), 0); }), Contains("clock_mhz: found 0"));
}

TEST_CASE("a network far beyond any device is refused before its plan takes the memory") {
  const Network giant = resmlp(network(1024, 16, 8, 32, 1));  // never looked at beyond its shapes
  CHECK_THAT(error_of([&] { build_streaming(giant, options("rtl")); }),
             Contains("test.yaml: model: found tensors of") && Contains("for an unrolled accelerator"));
}

TEST_CASE("the more specific choice wins") {
  StreamingOptions o = options("rtl");
  o.stages["*"] = simd(1);
  o.stages["*.mix"] = simd(2);
  o.stages["blocks.1.token.mix"] = simd(4);
  o.stages["blocks.*.channel.add"].residual_fifo_depth = 99;
  const IntModel model = random_model(small_psa(), 65, 1);
  const Pipeline p = build_streaming(model.network, o);
  const auto simd_of = [&](const char* name) { return p.stages[static_cast<size_t>(stage_index(p, name))].simd; };
  CHECK(simd_of("embed") == 1);
  CHECK(simd_of("blocks.0.token.mix") == 2);
  CHECK(simd_of("blocks.1.token.mix") == 4);
  CHECK(p.streams[static_cast<size_t>(stream_index(p, "blocks.1.channel.residual->blocks.1.channel.add"))].fifo_depth ==
        99);
}

TEST_CASE("patterns") {
  using detail::matches_pattern;
  CHECK(matches_pattern("blocks.0.token.mix", "*"));
  CHECK(matches_pattern("blocks.0.token.mix", "blocks.*.mix"));
  CHECK(matches_pattern("blocks.0.token.mix", "*.token.*"));
  CHECK(matches_pattern("head", "head*"));
  CHECK(matches_pattern("aXbXc", "a*b*c"));
  CHECK_FALSE(matches_pattern("head", "hea"));
  CHECK_FALSE(matches_pattern("blocks.0.token.mix", "*.fc1"));
  CHECK_FALSE(matches_pattern("head", "hexd"));
  CHECK(matches_pattern("", "*"));
  CHECK_FALSE(matches_pattern("a.b", "a?b"));
}

TEST_CASE("a network that cannot be computed is a finding of the plan, and an error of the evaluator") {
  Network tokens(12, 4);
  op::Linear head;
  head.params = LinearParams{4, 10, std::vector<int8_t>(40), std::vector<int8_t>(10), std::vector<uint8_t>(10)};
  tokens.add("head", head, {tokens.add("pool", op::TokenMean{}, {0})});
  const StreamingPlan plan = plan_streaming(tokens, options("rtl"));
  CHECK(!plan.pipeline);
  REQUIRE(!plan.findings.empty());
  CHECK(plan.findings[0].path == "model");
  CHECK(plan.findings[0].found == "pool: 12 tokens");
  CHECK_THAT(error_of([&] { build_streaming(tokens, options("rtl")); }), Contains("model: found pool: 12 tokens"));
  CHECK_THAT(error_of([&] { Schedule schedule(tokens); }),
             Contains("network: pool: found 12 tokens; allowed: a power"));
}
