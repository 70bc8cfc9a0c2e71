// Small networks as RTL under Verilator: every logit and every stage's output as in golden, every cycle as in plan and
// SystemC, with and without stalls, after a reset amid the stream; nothing leaks from image to image. And what the
// harness itself does: its reset, its waveform.
#include <algorithm>
#include <catch2/catch.hpp>
#include <optional>
#include <random>

#include "models/plan/beat_times.h"
#include "models/plan/steady.h"
#include "sw/golden/random_model.h"
#include "tests/cosim/rtl.h"
#include "tests/scratch_folder.h"

using namespace psaflow;
using namespace psaflow::test;
using Catch::Matchers::Contains;

namespace {

// Interpolated tables of 2^k + 1 points, by block: psa1, psa2.
IntModel with_tables(const ModelConfig& config, const std::vector<int>& ks) {
  Rng rng(17);
  IntModel model = random_model(config, 65, 5);
  for (size_t i = 0; i < static_cast<size_t>(config.blocks); ++i) {
    model.network.get<op::Lookup>(block_layer(i, "channel.psa1")).params =
        random_table(config.embed, (1 << ks.at(2 * i)) + 1, rng);
    model.network.get<op::Lookup>(block_layer(i, "channel.psa2")).params =
        random_table(config.hidden, (1 << ks.at(2 * i + 1)) + 1, rng);
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
    const std::vector<size_t> order = {3, 0, 3, 3, 5, 1, 2, 3};
    const size_t classes = rtl.bench.workload.classes;
    Workload mixed = rtl.bench.workload.part(0, 1);
    mixed.inputs.clear();
    mixed.golden.clear();
    mixed.count = order.size();
    for (size_t image : order) {
      const Workload one = rtl.bench.workload.part(image, 1);
      mixed.inputs.insert(mixed.inputs.end(), one.inputs.begin(), one.inputs.end());
      mixed.golden.insert(mixed.golden.end(), one.golden.begin(), one.golden.end());
    }
    for (const char* pattern : {"random", "sink-blocks"}) {
      RtlRunOptions o;
      o.compare_taps = true;
      o.stalls.pattern = *find_stall_pattern(pattern);
      const RtlRun run = run_rtl(rtl.pipeline, rtl.design, rtl.build, mixed, o);
      CHECK_FALSE(run.failed());
      for (size_t i : {2, 3, 7})
        CHECK(std::equal(run.logits.begin(), run.logits.begin() + static_cast<std::ptrdiff_t>(classes),
                         run.logits.begin() + static_cast<std::ptrdiff_t>(i * classes)));
    }
  }
  SECTION("built once") {
    RtlBuildOptions b;
    b.taps = b.assertions = true;
    b.cache_dir = PSAFLOW_TEST_CACHE;
    CHECK(build_rtl(rtl.design, b).cached);
  }
}

TEST_CASE("two lanes, ReLU, two blocks of four tokens, three classes") {
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

TEST_CASE("two blocks of 12 channels, tables of 3, 5, 9 and 129 points") {
  const Rtl rtl(Bench(with_tables(network(12, 8, 2, 32, 8), {1, 2, 3, 7}), 4, 5), options("rtl", 4));
  const RtlRun run = rtl.run();
  check_values(rtl, run);
  check_cycles(rtl, run);
  Stalls blocks;
  blocks.pattern = StallPattern::kSinkBlocks;
  check_under_stalls(rtl, blocks);
}

TEST_CASE("two outputs a DSP: the same logits at the same II") {
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
  CHECK(a.ii_cycles == b.ii_cycles);  // latencies differ: packed cascades are shorter, and are joined
  check_under_stalls(packed, 0.6, 0.4, 6);
}

TEST_CASE("four lanes, direct tables; as exported, without taps") {
  const Rtl rtl(network(8, 16, 1, 16, 4), options("rtl", 4), 8, 256, false);
  const RtlRun run = rtl.run();
  check_values(rtl, run);
  CHECK(run.stages.empty());
  check_cycles(rtl, run);
  check_under_stalls(rtl, 0.7, 0.7, 9);
  check_under_patterns(rtl);
}

TEST_CASE("one beat less in a critical residual FIFO costs cycles, as planned; tables of 17 and 33 points") {
  const ModelConfig config = network(16, 16, 1, 8, 2);  // fc1 and fc2, not the input, set the pace
  const Bench bench(with_tables(config, {4, 5}), 6, 5);
  const Pipeline deep = build_streaming(bench.model.network, options("rtl"));
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
    const BeatTimesResult planned = beat_times(build_streaming(bench.model.network, o), six);
    if (!planned.deadlock && planned.image_done.back() > enough) critical = o;
  }
  REQUIRE(critical.has_value());
  const Rtl rtl(bench, *critical, false);
  const RtlRun run = rtl.run();
  check_values(rtl, run);
  CHECK(run.total_cycles == beat_times(rtl.pipeline, six).image_done.back());
  CHECK(run.total_cycles > enough);
  const std::vector<int64_t> done = beat_times(rtl.pipeline, six).image_done;
  CHECK(run.ii_cycles == done[5] - done[4]);
}

TEST_CASE("the II that is planned is what the FIFOs let through, not the slowest stage's") {
  const Bench bench(small_psa(), 12);
  const auto planned = [](const Pipeline& p) {
    const auto steady = predict_steady_state(p);
    return steady ? steady->ii_cycles() : 0;
  };
  StreamingOptions o = options("rtl");
  const Pipeline deep = build_streaming(bench.model.network, o);
  CHECK(planned(deep) == predict_ii(deep));
  o.fifo_depth = 1;
  const Pipeline shallow = build_streaming(bench.model.network, o);
  SimulationOptions s;
  s.step_all = true;  // its II is then that of the last two images
  const SimulationResult slow = bench.run(shallow, s);
  CHECK(planned(shallow) == slow.ii_cycles);
  CHECK(planned(shallow) > predict_ii(shallow));
  s.stalls.pattern = StallPattern::kSourceBubbles;
  CHECK(predict_stream(shallow, bench.count, s.stalls).ii_cycles == bench.run(shallow, s).ii_cycles);
  o.fifo_depth = 2;
  o.residual_fifo_depth = 4;
  CHECK(planned(build_streaming(bench.model.network, o)) == 0);  // locks up
}

TEST_CASE("the harness resets for one cycle; the waveform begins after it, and goes through a link") {
  // Takes a beat and gives one in every cycle: how long the last reset took.
  Design probe;
  probe.top = "reset_probe";
  probe.rtl = {{"reset_probe.sv",
                "module reset_probe (\n"
                "  input  logic       clk_i,\n"
                "  input  logic       rst_ni,\n"
                "  input  logic       s_valid_i,\n"
                "  output logic       s_ready_o,\n"
                "  input  logic [7:0] s_data_i,\n"
                "  output logic       m_valid_o,\n"
                "  input  logic       m_ready_i,\n"
                "  output logic [7:0] m_data_o\n"
                ");\n"
                "  logic low_q;\n"
                "  logic [7:0] cycles_q;\n"
                "  always_ff @(posedge clk_i) begin\n"
                "    low_q <= !rst_ni;\n"
                "    if (!rst_ni) cycles_q <= low_q ? cycles_q + 8'd1 : 8'd1;\n"
                "  end\n"
                "  assign s_ready_o = 1'b1;\n"
                "  assign m_valid_o = 1'b1;\n"
                "  assign m_data_o  = cycles_q;\n"
                "  logic unused;\n"
                "  assign unused = ^{s_valid_i, s_data_i, m_ready_i};\n"
                "endmodule\n"}};
  RtlBuildOptions b;
  b.trace = RtlBuildOptions::Trace::kVcd;
  b.cache_dir = std::filesystem::relative(PSAFLOW_TEST_CACHE).string();  // run from another folder all the same
  const RtlBuild build = build_rtl(probe, b);
  CHECK(std::filesystem::path(build.program).is_absolute());

  const Bench bench(network(8, 8, 1, 16, 4), 3, 5);
  const Pipeline pipeline = build_streaming(bench.model.network, options("rtl"));
  REQUIRE(pipeline.streams.front().shape.lanes == 1);
  REQUIRE(pipeline.streams.back().shape.lanes == 1);
  const ScratchFolder scratch;
  write_text(scratch / "far.vcd", "an older one");
  std::filesystem::create_symlink("far.vcd", scratch / "w.vcd");
  RtlRunOptions o;
  o.reset_at_cycle = 3;
  o.trace_path = scratch / "w.vcd";
  o.trace_to_cycle = 5;
  const RtlRun run = run_rtl(pipeline, probe, build, bench.workload, o);
  CHECK(std::all_of(run.logits.begin(), run.logits.end(), [](int8_t cycles) { return cycles == 1; }));
  CHECK(run.latency_cycles == 9);  // ten logits, from cycle 0 on
  CHECK(run.ii_cycles == 10);
  CHECK(run.total_cycles == 29);

  CHECK(scratch.names() == std::set<std::string>{"far.vcd", "w.vcd"});
  CHECK(std::filesystem::is_symlink(scratch / "w.vcd"));
  const std::string wave = read_text(scratch / "far.vcd");
  const size_t end = wave.find(" rst_ni $end");
  REQUIRE(end != std::string::npos);
  const size_t begin = wave.rfind(' ', end - 1) + 1;
  const std::string code = wave.substr(begin, end - begin);
  CHECK_THAT(wave, Contains("\n1" + code + "\n") && !Contains("\n0" + code + "\n"));
  CHECK_THAT(wave, Contains("\n#0\n") && Contains("\n#11\n") && !Contains("\n#12\n"));  // two times a cycle
}
