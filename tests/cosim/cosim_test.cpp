// Small networks as RTL under Verilator: every logit and every stage's output as in golden, every cycle as in plan and
// SystemC, with and without stalls, after a reset amid the stream; faults and shallow FIFOs must show.
#include <catch2/catch.hpp>
#include <optional>

#include "models/plan/beat_times.h"
#include "rtl_gen/cosim/run.h"
#include "sw/base/file.h"
#include "tests/scratch_folder.h"
#include "tests/streaming/bench.h"

using namespace psaflow;
using namespace psaflow::test;

namespace {

bool skipped() {
  if (!verilator_version().empty()) return false;
  WARN("verilator is not installed: nothing is checked");
  return true;
}

// One network, built once; kept in the build tree, so that only changed RTL is built again.
class Rtl {
 public:
  Rtl(const ModelConfig& config, const StreamingOptions& options, size_t images, int points, bool taps = true)
      : bench(config, images, 5, points),
        pipeline(build_streaming(bench.model, options)),
        plan(predict_cycles(pipeline)),
        taps_(taps) {
    DesignOptions o;
    o.scenario = "cosim-test";
    o.taps = taps;
    design = generate_design(pipeline, plan, o);
    RtlBuildOptions b;
    b.taps = b.assertions = taps;
    b.cache_dir = PSAFLOW_TEST_CACHE;
    build = build_rtl(design, b);
    patches = image_patches(bench.model.config, bench.images.data(), bench.count);
  }
  RtlRun run(RtlRunOptions o = {}) const {
    o.compare_taps = taps_;
    return run_rtl(pipeline, design, build, patches, bench.golden, o);
  }

  Bench bench;
  Pipeline pipeline;
  CyclePrediction plan;
  Design design;
  RtlBuild build;
  std::vector<int8_t> patches;

 private:
  bool taps_;
};

void check_values(const Rtl& rtl, const RtlRun& run) {
  CHECK(run.images == rtl.bench.count);
  CHECK(run.mismatches == 0);
  CHECK((run.logits == rtl.bench.golden));
  CHECK_FALSE(run.divergence.has_value());
  CHECK_FALSE(run.deadlock_cycle.has_value());
}

void check_cycles(const Rtl& rtl, const RtlRun& run) {
  CHECK(run.ii_cycles == rtl.plan.ii_cycles);
  CHECK(run.latency_cycles == rtl.plan.latency_cycles);
  for (size_t i = 0; i < run.stages.size(); ++i) {
    INFO(rtl.plan.stages[i].name);
    CHECK(run.stages[i].first_out_cycles == rtl.plan.stages[i].first_out_cycles);
    CHECK(run.stages[i].last_out_cycles == rtl.plan.stages[i].last_out_cycles);
  }
}

// The same pauses in SystemC: all images take the same cycles, and the first is as late.
void check_under_stalls(const Rtl& rtl, double valid, double ready, uint64_t seed) {
  INFO("valid " << valid << ", ready " << ready << ", seed " << seed);
  RtlRunOptions o;
  o.input_valid_probability = valid;
  o.output_ready_probability = ready;
  o.seed = seed;
  const RtlRun run = rtl.run(o);
  check_values(rtl, run);
  SimulationOptions s;
  s.input_valid_probability = valid;
  s.output_ready_probability = ready;
  s.seed = seed;
  const SimulationResult systemc = rtl.bench.run(rtl.pipeline, s);
  CHECK(run.total_cycles == systemc.total_cycles);
  CHECK(run.latency_cycles == systemc.latency_cycles);
  CHECK(run.ii_cycles == systemc.ii_cycles);
  for (size_t i = 0; i < run.stages.size(); ++i) {
    INFO(systemc.stages[i].name);
    CHECK(run.stages[i].first_out_cycles == systemc.stages[i].first_out_cycles);
    CHECK(run.stages[i].last_out_cycles == systemc.stages[i].last_out_cycles);
  }
}

}  // namespace

TEST_CASE("interpolated tables, odd folding, every tap") {
  if (skipped()) return;
  StreamingOptions o = options("rtl");
  o.stages["blocks.0.token.mix"].simd = 8;
  o.stages["blocks.0.token.mix"].pe = 2;  // wide results through a gearbox
  o.stages["blocks.0.channel.fc1"].simd = 4;
  o.stages["blocks.0.channel.fc2"].pe = 3;
  o.stages["head"].simd = 3;
  o.stages["blocks.0.channel.psa2"].fifo_depth = 1;
  const Rtl rtl(network(12, 20, 1, 16, 4), o, 6, 65);
  SECTION("without stalls") {
    const RtlRun run = rtl.run();
    check_values(rtl, run);
    check_cycles(rtl, run);
    CHECK(run.stages.size() == rtl.pipeline.stages.size());
  }
  SECTION("with random stalls") {
    check_under_stalls(rtl, 0.5, 0.5, 3);
    check_under_stalls(rtl, 0.9, 0.05, 4);  // logits wait for ever: everything backs up
    check_under_stalls(rtl, 0.2, 1, 5);
  }
  SECTION("reset amid the stream, at every stage of filling") {
    for (int64_t cycle : {1, 5, 97, 801, 1500, 3333}) {
      INFO("reset in cycle " << cycle);
      RtlRunOptions reset;
      reset.reset_at_cycle = cycle;
      reset.seed = static_cast<uint64_t>(cycle);
      const RtlRun run = rtl.run(reset);
      check_values(rtl, run);
      check_cycles(rtl, run);
    }
  }
  SECTION("whatever the registers hold before the reset") {
    for (uint64_t seed : {11, 12, 13}) {
      INFO("seed " << seed);
      RtlRunOptions start;
      start.seed = seed;
      check_values(rtl, rtl.run(start));
    }
  }
  SECTION("a broken ROM is traced to its stage") {
    const char* stages[] = {"embed", "blocks.0.token.mix", "blocks.0.channel.residual", "blocks.0.channel.psa1",
                            "head"};
    const char* roms[] = {"embed_param_rom", "blocks_0_token_mix_param_rom", "blocks_0_channel_residual_param_rom",
                          "blocks_0_channel_psa1_even_rom", "head_param_rom"};
    int found = 0;
    for (size_t i = 0; i < 5; ++i) {
      INFO(stages[i]);
      RtlRunOptions broken;
      broken.corrupt_rom = std::string("cosim_test_") + roms[i] + ".mem";
      const RtlRun run = rtl.run(broken);
      if (!run.divergence) continue;  // a bit that no image needs, such as a table's end
      ++found;
      CHECK(rtl.pipeline.stages[static_cast<size_t>(run.divergence->stage)].name == stages[i]);
      CHECK(run.divergence->cycle > 0);
      CHECK(run.divergence->expected != run.divergence->found);
    }
    CHECK(found >= 4);
  }
  SECTION("built once") {
    RtlBuildOptions b;
    b.taps = b.assertions = true;
    b.cache_dir = PSAFLOW_TEST_CACHE;
    CHECK(build_rtl(rtl.design, b).cached);
  }
}

TEST_CASE("two lanes, ReLU, two blocks") {
  if (skipped()) return;
  StreamingOptions o = options("rtl", 2);
  o.stages["blocks.*.channel.fc1"].pe = 4;
  o.stages["blocks.1.channel.fc2"].pe = 1;  // gathers two results into a beat
  const Rtl rtl(network(8, 12, 2, 16, 4, Activation::kRelu), o, 5, 65);
  const RtlRun run = rtl.run();
  check_values(rtl, run);
  check_cycles(rtl, run);
  check_under_stalls(rtl, 0.6, 0.3, 8);
}

TEST_CASE("two outputs a DSP: the same logits in the same cycles") {
  if (skipped()) return;
  const ModelConfig config = network(12, 20, 1, 16, 4);
  StreamingOptions o = options("rtl", 2);
  o.stages["blocks.0.token.mix"].simd = 8;   // accumulates
  o.stages["blocks.0.channel.fc1"].pe = 10;  // wide results
  o.stages["blocks.0.channel.fc2"].pe = 1;   // never packed
  const Rtl packed(config, o, 6, 65);
  o.dsp_packing = DspPacking::kOff;
  const Rtl apart(config, o, 6, 65);
  CHECK(packed.pipeline.stages[0].packed);
  CHECK_FALSE(apart.pipeline.stages[0].packed);
  const RtlRun a = packed.run(), b = apart.run();
  check_values(packed, a);
  check_cycles(packed, a);
  check_values(apart, b);
  check_cycles(apart, b);
  CHECK((a.logits == b.logits));
  CHECK(a.total_cycles == b.total_cycles);
  for (size_t i = 0; i < a.stages.size(); ++i) {
    CHECK(a.stages[i].first_out_cycles == b.stages[i].first_out_cycles);
    CHECK(a.stages[i].last_out_cycles == b.stages[i].last_out_cycles);
  }
  check_under_stalls(packed, 0.6, 0.4, 6);
}

TEST_CASE("four lanes, direct tables; as exported, without taps") {
  if (skipped()) return;
  const Rtl rtl(network(8, 16, 1, 16, 4), options("rtl", 4), 8, 256, false);
  const RtlRun run = rtl.run();
  check_values(rtl, run);
  CHECK(run.stages.empty());
  check_cycles(rtl, run);
  check_under_stalls(rtl, 0.7, 0.7, 9);
}

TEST_CASE("one beat less in a critical residual FIFO costs cycles, as planned") {
  if (skipped()) return;
  const ModelConfig config = network(64, 64, 1, 16, 4);  // fc1 and fc2, not the input, set the pace
  const Bench bench(config, 6, 5);
  const Pipeline deep = build_streaming(bench.model, options("rtl"));
  BeatTimesOptions six;
  six.images = 6;
  const int64_t enough = beat_times(deep, six).image_done.back();
  // The plan's depths are the least that never stall; which of them are critical depends on what else could make up for
  // a stall.
  std::optional<StreamingOptions> critical;
  for (const Stream& stream : deep.streams) {
    if (!stream.residual) continue;
    StreamingOptions o = options("rtl");
    o.stages[deep.stages[static_cast<size_t>(stream.consumer)].name].residual_fifo_depth = stream.fifo_depth - 1;
    const BeatTimesResult planned = beat_times(build_streaming(bench.model, o), six);
    if (!planned.deadlock && planned.image_done.back() > enough) critical = o;
  }
  REQUIRE(critical.has_value());
  const Rtl rtl(config, *critical, 6, 65, false);
  const RtlRun run = rtl.run();
  check_values(rtl, run);
  CHECK(run.total_cycles == beat_times(rtl.pipeline, six).image_done.back());
  CHECK(run.total_cycles > enough);
}

TEST_CASE("a deadlock is told, and ends") {
  if (skipped()) return;
  StreamingOptions o = options("rtl");
  o.stages["blocks.0.token.add"].residual_fifo_depth = 4;
  const Rtl rtl(network(8, 8, 1, 16, 4), o, 2, 65, false);
  const RtlRun run = rtl.run();
  CHECK(run.deadlock_cycle.has_value());
  CHECK(run.images == 0);
}

TEST_CASE("builds that fail or were killed leave nothing behind") {
  if (skipped()) return;
  const ScratchFolder scratch;
  Design broken;
  broken.top = "broken";
  broken.rtl = {{"broken.sv", "module broken;\n  nonsense here\nendmodule\n"}};
  RtlBuildOptions b;
  b.cache_dir = scratch / "cache";
  make_folder(b.cache_dir + "/rtl-dead.tmp.99999999");  // beyond any process number
  CHECK_THROWS_WITH(build_rtl(broken, b),
                    Catch::Matchers::Contains("broken.sv") && Catch::Matchers::Contains("syntax error"));
  for (const auto& entry : std::filesystem::directory_iterator(b.cache_dir))
    CHECK(entry.path().filename() == "failed-build.log");
}
