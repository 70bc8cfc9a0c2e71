// Small networks as RTL under Verilator: every logit and every stage's output as in golden, every cycle as in plan and
// SystemC, with and without stalls, after a reset amid the stream; nothing leaks from image to image.
#include <catch2/catch.hpp>
#include <optional>
#include <random>

#include "models/plan/beat_times.h"
#include "sw/golden/random_model.h"
#include "tests/cosim/rtl.h"

using namespace psaflow;
using namespace psaflow::test;

namespace {

// Interpolated tables of 2^k + 1 points, by block: psa1, psa2.
IntModel with_tables(const ModelConfig& config, const std::vector<int>& ks) {
  Rng rng(17);
  IntModel model = random_model(config, 65, 5);
  for (size_t i = 0; i < model.blocks.size(); ++i) {
    model.blocks[i].psa1 = random_table(config.embed, (1 << ks.at(2 * i)) + 1, rng);
    model.blocks[i].psa2 = random_table(config.hidden, (1 << ks.at(2 * i + 1)) + 1, rng);
  }
  return model;
}

// The same shape is built once for all test cases that use it. Tables of k = 6.
Rtl odd_folding() {
  StreamingOptions o = options("rtl");
  o.stages["blocks.0.token.mix"].simd = 8;
  o.stages["blocks.0.token.mix"].pe = 2;  // wide results through a gearbox
  o.stages["blocks.0.channel.fc1"].simd = 4;
  o.stages["blocks.0.channel.fc2"].pe = 3;
  o.stages["head"].simd = 3;
  o.stages["blocks.0.channel.psa2"].fifo_depth = 1;
  return {network(12, 20, 1, 16, 4), o, 6, 65};
}

}  // namespace

TEST_CASE("interpolated tables, odd folding, every tap") {
  if (skipped()) return;
  const Rtl rtl = odd_folding();
  SECTION("without stalls") {
    const RtlRun run = rtl.run();
    check_values(rtl, run);
    check_cycles(rtl, run);
    CHECK(run.stages.size() == rtl.pipeline.stages.size());
  }
  SECTION("with stalls") {
    check_under_stalls(rtl, 0.5, 0.5, 3);
    check_under_stalls(rtl, 0.9, 0.05, 4);  // logits wait for ever: everything backs up
    check_under_stalls(rtl, 0.2, 1, 5);
    check_under_patterns(rtl);
  }
  SECTION("part of a longer stream meets that part's pauses") {
    Stalls stalls;
    stalls.pattern = StallPattern::kBursts;
    RtlRunOptions o;
    o.stalls = stalls;
    o.first_image = 2;
    Stalls later;
    later.pattern = StallPattern::kRecorded;
    RecordedPauses cut = record_pauses(stalls, rtl.pipeline, 2 + rtl.bench.count);
    cut.source.erase(cut.source.begin(), cut.source.begin() + 2 * rtl.pipeline.streams.front().shape.beats());
    cut.sink.erase(cut.sink.begin(), cut.sink.begin() + 2 * rtl.pipeline.streams.back().shape.beats());
    later.recorded = std::make_shared<RecordedPauses>(cut);
    const RtlRun run = rtl.run(o);
    check_values(rtl, run);
    check_cycles(rtl, run, later);
  }
  SECTION("reset amid the stream, at every stage of filling") {
    const uint64_t seed = std::random_device()();
    INFO("seed " << seed);
    Rng rng(seed);
    std::vector<int64_t> cycles = {1, 2, 3333};
    const int64_t all = predict_stream(rtl.pipeline, rtl.bench.count).total_cycles;
    for (int i = 0; i < 5; ++i) cycles.push_back(1 + static_cast<int64_t>(rng.below(static_cast<uint64_t>(all + 100))));
    for (int64_t cycle : cycles) {
      INFO("reset in cycle " << cycle);
      RtlRunOptions reset;
      reset.reset_at_cycle = cycle;
      reset.stalls.seed = rng.below(1000000);
      const RtlRun run = rtl.run(reset);
      check_values(rtl, run);
      check_cycles(rtl, run);
      if (cycle % 2 == 0) continue;
      reset.stalls.input_valid_probability = 0.6;
      reset.stalls.output_ready_probability = 0.4;
      const RtlRun stalled = rtl.run(reset);
      check_values(rtl, stalled);
      check_cycles(rtl, stalled, reset.stalls);
    }
  }
  SECTION("whatever the registers hold before the reset") {
    for (uint64_t seed : {11, 12, 13}) {
      INFO("seed " << seed);
      RtlRunOptions start;
      start.stalls.seed = seed;
      check_values(rtl, rtl.run(start));
    }
  }
  SECTION("nothing of an image is left for the next: first, amid and last the same one") {
    std::vector<int8_t> patches, golden;
    const std::vector<size_t> order = {3, 0, 3, 3, 5, 1, 2, 3};
    const size_t bytes = rtl.patches.size() / rtl.bench.count, classes = rtl.bench.golden.size() / rtl.bench.count;
    for (size_t image : order) {
      const auto patch = rtl.patches.begin() + static_cast<std::ptrdiff_t>(image * bytes);
      const auto logits = rtl.bench.golden.begin() + static_cast<std::ptrdiff_t>(image * classes);
      patches.insert(patches.end(), patch, patch + static_cast<std::ptrdiff_t>(bytes));
      golden.insert(golden.end(), logits, logits + static_cast<std::ptrdiff_t>(classes));
    }
    for (const char* pattern : {"random", "sink-blocks"}) {
      RtlRunOptions o;
      o.compare_taps = true;
      o.stalls.pattern = *find_stall_pattern(pattern);
      const RtlRun run = run_rtl(rtl.pipeline, rtl.design, rtl.build, patches, golden, o);
      CHECK_FALSE(run.failed());
      for (size_t i : {2, 3, 7})
        CHECK(std::equal(run.logits.begin(), run.logits.begin() + static_cast<std::ptrdiff_t>(classes),
                         run.logits.begin() + static_cast<std::ptrdiff_t>(i * classes)));
    }
  }
  SECTION("built once") {
    RtlBuildOptions b;
    b.taps = b.assertions = true;
    b.trace = RtlBuildOptions::Trace::kFst;
    b.cache_dir = PSAFLOW_TEST_CACHE;
    CHECK(build_rtl(rtl.design, b).cached);
  }
}

TEST_CASE("two lanes, ReLU, two blocks of four tokens, three classes") {
  if (skipped()) return;
  StreamingOptions o = options("rtl", 2);
  o.stages["embed"].simd = 48;  // of 768
  o.stages["blocks.*.channel.fc1"].pe = 4;
  o.stages["blocks.1.channel.fc2"].pe = 1;  // gathers two results into a beat
  const Rtl rtl(network(8, 12, 2, 32, 16, Activation::kRelu, 3), o, 5, 65);
  const RtlRun run = rtl.run();
  check_values(rtl, run);
  check_cycles(rtl, run);
  check_under_stalls(rtl, 0.6, 0.3, 8);
}

TEST_CASE("two blocks of 48 channels, tables of 3, 5, 9 and 129 points") {
  if (skipped()) return;
  const Rtl rtl(Bench(with_tables(network(48, 24, 2, 32, 8), {1, 2, 3, 7}), 4, 5), options("rtl", 4));
  const RtlRun run = rtl.run();
  check_values(rtl, run);
  check_cycles(rtl, run);
  Stalls blocks;
  blocks.pattern = StallPattern::kSinkBlocks;
  check_under_stalls(rtl, blocks);
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
  check_under_patterns(rtl);
}

TEST_CASE("one beat less in a critical residual FIFO costs cycles, as planned; tables of 17 and 33 points") {
  if (skipped()) return;
  const ModelConfig config = network(64, 64, 1, 16, 4);  // fc1 and fc2, not the input, set the pace
  const Bench bench(with_tables(config, {4, 5}), 6, 5);
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
  const Rtl rtl(bench, *critical, false);
  const RtlRun run = rtl.run();
  check_values(rtl, run);
  CHECK(run.total_cycles == beat_times(rtl.pipeline, six).image_done.back());
  CHECK(run.total_cycles > enough);
}
