// Two outputs a multiplier: where the plan packs, what a scenario may say about it, and that the cycles stay what they
// are.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "models/plan/cycles.h"
#include "models/plan/stage_timing.h"
#include "sw/base/error.h"
#include "tests/plan/small_models.h"

using namespace psaflow;
using namespace psaflow::test;
using Catch::Matchers::Contains;

namespace {

StageChoice pe(int n) {
  StageChoice c;
  c.pe = n;
  return c;
}
StageChoice packed(bool yes) {
  StageChoice c;
  c.packed = yes;
  return c;
}

const IntModel& model() {
  static const IntModel kModel = random_model(small_psa(), 65, 1);
  return kModel;
}

const Stage& stage(const Pipeline& p, const char* name) {
  return p.stages[static_cast<size_t>(stage_index(p, name))];
}

std::string build_error(const StreamingOptions& o) {
  try {
    build_streaming(model().network, o);
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("auto packs the linear stages whose pe is even") {
  StreamingOptions o = options("rtl");
  o.stages["blocks.*.channel.fc1"] = pe(4);
  o.stages["blocks.*.channel.fc2"] = pe(3);
  const Pipeline one_lane = build_streaming(model().network, o);
  for (const Stage& s : one_lane.stages) {
    INFO(s.name);
    CHECK(s.packed == (s.kind == StageKind::kLinear && s.pe % 2 == 0));
  }
  CHECK(stage(one_lane, "blocks.1.channel.fc1").multipliers() == 2 * 24);
  CHECK(stage(one_lane, "blocks.1.channel.fc2").multipliers() == 3 * 36);
  CHECK_FALSE(stage(one_lane, "head").packed);
  CHECK(stage(build_streaming(model().network, options("rtl", 2)), "head").packed);
}

TEST_CASE("a scenario may decide, for all stages and for single ones") {
  StreamingOptions o = options("rtl", 2);
  o.dsp_packing = DspPacking::kOff;
  for (const Stage& s : build_streaming(model().network, o).stages) CHECK_FALSE(s.packed);
  o.stages["*.mix"] = packed(true);
  o.stages["blocks.1.token.mix"] = packed(false);  // a name beats a pattern
  const Pipeline mixed = build_streaming(model().network, o);
  CHECK(stage(mixed, "blocks.0.token.mix").packed);
  CHECK_FALSE(stage(mixed, "blocks.1.token.mix").packed);
  CHECK_FALSE(stage(mixed, "embed").packed);
  o.dsp_packing = DspPacking::kOn;
  const Pipeline but_one = build_streaming(model().network, o);
  for (const Stage& s : but_one.stages)
    CHECK(s.packed == (s.kind == StageKind::kLinear && s.name != "blocks.1.token.mix"));
}

TEST_CASE("an odd pe cannot be packed: the error names even ones") {
  StreamingOptions o = options("rtl");
  o.dsp_packing = DspPacking::kOn;
  CHECK(
      build_error(o) ==
      "test.yaml: dsp_packing: found on, but 'embed' has pe 1; allowed: auto, off, or for that stage an even pe: 2, 4, "
      "6, 8, 12, 24");
  o = options("rtl");
  o.stages["head"] = packed(true);
  CHECK(build_error(o) ==
        "test.yaml: stages.head.packed: found true, but 'head' has pe 1; allowed: false, or for that stage an even pe: "
        "2, "
        "10");
  o = options("rtl");
  o.stages["pool"] = packed(true);
  CHECK_THAT(build_error(o), Contains("stages.pool.packed") && Contains("only for linear stages"));

  const IntModel three = random_model(network(24, 36, 1, 16, 4, Activation::kPsa, 3), 65, 1);
  o = options("rtl");
  o.target_ii_cycles = 20000;
  o.dsp_packing = DspPacking::kOn;
  CHECK_THROWS_WITH(build_streaming(three.network, o), Contains("'head' has pe ") && Contains("packed: false"));
  o.stages["head"] = packed(false);
  for (const Stage& s : build_streaming(three.network, o).stages)
    CHECK(s.packed == (s.kind == StageKind::kLinear && s.name != "head"));
}

TEST_CASE("packing changes no II, and halves the multipliers") {
  for (const int lanes : {1, 2, 4}) {
    StreamingOptions o = options("rtl", lanes);
    o.stages["blocks.*.channel.fc1"] = pe(12);
    o.stages["blocks.*.channel.fc2"] = pe(2);
    const Pipeline on = build_streaming(model().network, o);
    o.dsp_packing = DspPacking::kOff;
    const Pipeline off = build_streaming(model().network, o);
    const CyclePrediction a = predict_cycles(on), b = predict_cycles(off);
    CHECK(a.ii_cycles == b.ii_cycles);
    for (size_t i = 0; i < a.stages.size(); ++i) CHECK(a.stages[i].period_cycles == b.stages[i].period_cycles);
    // Columns of 7 rows need fewer cycles in the cascade than those of 16, so a packed stage may be early as well as late.
    CHECK(std::abs(a.latency_cycles - b.latency_cycles) < b.latency_cycles / 20);
    CHECK(stage(off, "blocks.0.channel.fc1").multipliers() == 2 * stage(on, "blocks.0.channel.fc1").multipliers());
  }
}

TEST_CASE("a target is folded for DSPs: packed where that halves them, products apart where it is forbidden") {
  StreamingOptions o = options("rtl");
  o.target_ii_cycles = 1600;
  const Pipeline on = build_streaming(model().network, o);
  o.dsp_packing = DspPacking::kOff;
  const Pipeline off = build_streaming(model().network, o);
  CHECK(predict_ii(on) <= 1600);
  CHECK(predict_ii(off) <= 1600);
  for (size_t i = 0; i < on.stages.size(); ++i) {
    const Stage &a = on.stages[i], &b = off.stages[i];
    if (a.kind != StageKind::kLinear) continue;
    INFO(a.name << ": pe " << a.pe << " simd " << a.simd << ", unpacked pe " << b.pe << " simd " << b.simd);
    if (b.multipliers() > 1) CHECK(a.packed);
    CHECK_FALSE(b.packed);
    if (b.multipliers() > 1) CHECK(a.multipliers() < b.multipliers());
  }
  // One lane: a pair of outputs takes two steps of half the inputs, and the pair is put out one by one. That is the
  // price.
  CHECK(predict_cycles(on).latency_cycles - predict_cycles(off).latency_cycles <= 2 * 8);
}
