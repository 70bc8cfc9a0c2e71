// What goes wrong is found: a broken ROM by stage, token, channel and cycle, a FIFO too shallow by name, with a
// waveform around the moment; failed builds leave nothing behind.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "sw/base/file.h"
#include "tests/cosim/rtl.h"
#include "tests/error_text.h"
#include "tests/scratch_folder.h"

using namespace psaflow;
using namespace psaflow::test;
using Catch::Matchers::Contains;

namespace {

DiagnoseOptions diagnose_options(const RtlRunOptions& run, const std::string& wave) {
  DiagnoseOptions o;
  o.run = run;
  o.wave_path = wave;
  o.cache_dir = PSAFLOW_TEST_CACHE;
  return o;
}

}  // namespace

TEST_CASE("a broken ROM is traced to its stage") {
  const Rtl rtl(network(8, 12, 1, 16, 4), options("rtl"), 40, 65, true, Rtl::Trace::kFst);
  const struct {
    const char *stage, *rom;
  } cases[] = {{"embed", "embed_param_rom"},
               {"blocks.0.token.mix", "blocks_0_token_mix_param_rom"},
               {"blocks.0.channel.residual", "blocks_0_channel_residual_param_rom"},
               {"blocks.0.channel.psa1", "blocks_0_channel_psa1_even_rom"},
               {"head", "head_param_rom"}};
  int found = 0, later = 0;
  for (const auto& c : cases) {
    INFO(c.stage);
    RtlRunOptions broken;
    broken.corrupt_rom = std::string("cosim_test_") + c.rom + ".mem";
    const RtlRun whole = rtl.run(broken);
    if (!whole.divergence) continue;  // a bit that no image needs, such as a table's end
    ++found;
    CHECK(whole.divergence->stage == c.stage);
    CHECK(whole.divergence->expected != whole.divergence->found);

    // As if it did not reach the logits: the image that differs inside is looked into, not the last one.
    RtlRun inside = whole;
    inside.mismatches = 0;
    inside.first_mismatch.reset();
    const Diagnosis same =
        diagnose(rtl.pipeline, rtl.plan, rtl.design, rtl.bench.workload, inside, diagnose_options(broken, ""));
    REQUIRE(same.run.divergence.has_value());
    CHECK(same.run.divergence->stage == c.stage);
    CHECK(same.run.divergence->image == whole.divergence->image);
    CHECK(same.first_image + same.images <= whole.divergence->image + 2);
    if (whole.mismatches == 0) continue;  // nor does it

    // As one without taps would be looked into: from its first wrong image on.
    RtlRun untapped = whole;
    untapped.divergence.reset();
    const ScratchFolder scratch;
    const Diagnosis d = diagnose(rtl.pipeline, rtl.plan, rtl.design, rtl.bench.workload, untapped,
                                 diagnose_options(broken, scratch / "w.fst"));
    REQUIRE(d.run.divergence.has_value());
    CHECK(d.run.divergence->stage == c.stage);
    CHECK(d.first_image + d.images <= *whole.first_mismatch + 2);
    CHECK(d.run.divergence->image >= d.first_image);
    CHECK(d.run.divergence->image <= *whole.first_mismatch);
    if (d.first_image > 0) ++later;
    if (d.first_image == 0) CHECK(d.run.divergence->cycle == whole.divergence->cycle);
    CHECK(d.wave_from_cycle <= d.run.divergence->cycle);
    CHECK(d.wave_to_cycle > d.run.divergence->cycle);
    CHECK(scratch.names() == std::set<std::string>{"w.fst"});
    CHECK(std::filesystem::file_size(scratch / "w.fst") > 10000);
  }
  CHECK(found >= 4);
  CHECK(later >= 1);  // the table's bit is rare among images
}

TEST_CASE("under stalls too, a window of the stream meets the pauses of its place") {
  const Rtl rtl(network(8, 12, 1, 16, 4), options("rtl"), 40, 65, true, Rtl::Trace::kFst);
  RtlRunOptions broken;
  broken.corrupt_rom = "cosim_test_blocks_0_channel_psa1_even_rom.mem";
  broken.stalls.pattern = StallPattern::kBursts;
  broken.stalls.seed = 2;
  const RtlRun whole = rtl.run(broken);
  REQUIRE(whole.mismatches > 0);
  const Diagnosis d =
      diagnose(rtl.pipeline, rtl.plan, rtl.design, rtl.bench.workload, whole, diagnose_options(broken, ""));
  REQUIRE(d.run.divergence.has_value());
  CHECK(d.run.divergence->stage == "blocks.0.channel.psa1");
  CHECK(d.wave.empty());
}

TEST_CASE("a deadlock is told by FIFO, stage and who waits for whom, as in SystemC") {
  StreamingOptions o = options("rtl");
  o.stages["blocks.0.token.add"].residual_fifo_depth = 4;
  const Rtl rtl(network(8, 8, 1, 16, 4), o, 2, 65, true, Rtl::Trace::kFst);
  const ScratchFolder scratch;
  for (const char* pattern : {"random", "alternate", "bursts"}) {
    RtlRunOptions options_of_run;
    options_of_run.stalls.pattern = *find_stall_pattern(pattern);
    INFO(pattern);
    const RtlRun run = rtl.run(options_of_run);
    CHECK(run.images == 0);
    REQUIRE(run.deadlock.has_value());
    SimulationOptions s;
    s.stalls = options_of_run.stalls;
    const SimulationResult systemc = rtl.bench.run(rtl.pipeline, s);
    REQUIRE(systemc.deadlock.has_value());
    CHECK(run.deadlock->stage == systemc.deadlock->stage);
    CHECK(run.deadlock->fifo == systemc.deadlock->fifo);
    CHECK(run.deadlock->depth == 4);
    REQUIRE(run.deadlock->waits.size() == systemc.deadlock->waits.size());
    for (size_t i = 0; i < run.deadlock->waits.size(); ++i) {
      const Wait &a = run.deadlock->waits[i], &b = systemc.deadlock->waits[i];
      INFO(b.stage);
      CHECK(a.stage == b.stage);
      CHECK(a.fifo == b.fifo);
      CHECK(a.for_space == b.for_space);
      CHECK(a.beats == b.beats);
    }
    const Diagnosis d = diagnose(rtl.pipeline, rtl.plan, rtl.design, rtl.bench.workload, run,
                                 diagnose_options(options_of_run, scratch / "w.fst"));
    REQUIRE(d.run.deadlock.has_value());
    CHECK(d.run.deadlock->fifo == systemc.deadlock->fifo);
    CHECK(std::filesystem::exists(scratch / "w.fst"));
  }
  // A reset that would come after it has locked up: it comes then, and what locks up again is told.
  RtlRunOptions late;
  late.trace_path = scratch / "late.fst";
  late.trace_to_cycle = 200;
  const RtlRun once = rtl.run(late);
  late.reset_at_cycle = INT64_MAX / 2;
  const RtlRun again = rtl.run(late);
  REQUIRE((once.deadlock.has_value() && again.deadlock.has_value()));
  CHECK(again.images == 0);
  CHECK(again.deadlock->cycle == once.deadlock->cycle);
  CHECK(again.deadlock->fifo == once.deadlock->fifo);
  REQUIRE(again.deadlock->waits.size() == once.deadlock->waits.size());
  for (size_t i = 0; i < again.deadlock->waits.size(); ++i) {
    CHECK(again.deadlock->waits[i].stage == once.deadlock->waits[i].stage);
    CHECK(again.deadlock->waits[i].beats == once.deadlock->waits[i].beats);
  }
  CHECK(std::filesystem::file_size(scratch / "late.fst") > 1000);
}

TEST_CASE("a FIFO that takes what it cannot hold is told by its own assertion") {
  const Bench bench(network(8, 8, 1, 16, 4), 6, 5);
  const Pipeline pipeline = build_streaming(bench.model.network, options("rtl"));
  const CyclePrediction plan = predict_cycles(pipeline);
  DesignOptions o;
  o.scenario = "cosim-test";
  o.taps = true;
  Design design = generate_design(pipeline, plan, o);
  bool broken = false;
  for (TextFile& file : design.rtl) {
    const std::string right = "ready_q <= level_d != LevelWidth'(Depth);", wrong = "ready_q <= 1'b1;";
    const size_t at = file.text.find(right);
    if (file.name != "stream_fifo.sv" || at == std::string::npos) continue;
    file.text.replace(at, right.size(), wrong);
    broken = true;
  }
  REQUIRE(broken);
  RtlBuildOptions b;
  b.taps = b.assertions = true;
  b.trace = RtlBuildOptions::Trace::kFst;
  b.cache_dir = PSAFLOW_TEST_CACHE;
  const RtlBuild build = build_rtl(design, b);
  RtlRunOptions blocks;
  blocks.compare_taps = true;
  blocks.stalls.pattern = StallPattern::kSinkBlocks;  // fills the residual FIFOs
  const RtlRun run = run_rtl(pipeline, design, build, bench.workload, blocks);
  CHECK(run.failed());
  REQUIRE(run.assertion.has_value());
  INFO(run.assertion->text);
  CHECK_THAT(run.assertion->text, Contains("stream_fifo.sv") && Contains("no_overflow"));
  CHECK(run.assertion->cycle > 0);
  const ScratchFolder scratch;
  const Diagnosis d =
      diagnose(pipeline, plan, design, bench.workload, run, diagnose_options(blocks, scratch / "w.fst"));
  REQUIRE(d.run.assertion.has_value());
  CHECK(d.run.assertion->cycle == run.assertion->cycle);
  CHECK(d.wave_from_cycle < run.assertion->cycle);
  CHECK(std::filesystem::file_size(scratch / "w.fst") > 10000);
}

TEST_CASE("a build that lacks zlib names its package") {
  const ScratchFolder scratch;
  write_text(scratch / "verilator",
             "#!/bin/sh\n"
             "[ \"$1\" = --version ] && echo 'Verilator 5.006 2023-01-22 rev v5.006' && exit\n"
             "echo 'verilated_fst_c.cpp:29:10: fatal error: zlib.h: No such file or directory'\n"
             "exit 2\n");
  std::filesystem::permissions(scratch / "verilator", std::filesystem::perms::owner_all);
  Design design;
  design.top = "any";
  design.rtl = {{"any.sv", "module any;\nendmodule\n"}};
  RtlBuildOptions b;
  b.trace = RtlBuildOptions::Trace::kFst;
  b.cache_dir = scratch / "cache";
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", scratch.path().c_str(), 1);
  const std::string error = error_of([&] { build_rtl(design, b); });
  ::setenv("PATH", path.c_str(), 1);
  CHECK_THAT(error, Contains("zlib") && Contains("zlib1g-dev"));
}

TEST_CASE("builds that fail or were killed leave nothing behind") {
  const ScratchFolder scratch;
  Design broken;
  broken.top = "broken";
  broken.rtl = {{"broken.sv", "module broken;\n  nonsense here\nendmodule\n"}};
  RtlBuildOptions b;
  b.cache_dir = scratch / "cache";
  make_folder(b.cache_dir + "/aside-killed");
  write_text(b.cache_dir + "/aside-killed/lock", "");
  write_text(b.cache_dir + "/aside-killed/broken.sv", "");
  CHECK_THROWS_WITH(build_rtl(broken, b), Contains("broken.sv") && Contains("syntax error"));
  for (const auto& entry : std::filesystem::directory_iterator(b.cache_dir)) {
    const std::string file = entry.path().filename();
    CHECK((file == "failed-build.log" || file == "lock"));
  }
  write_text(scratch / "file", "");
  b.cache_dir = scratch / "file/cache";
  CHECK_THAT(error_of([&] { build_rtl(broken, b); }), Contains(b.cache_dir) && Contains("PSAFLOW_CACHE=DIR"));
}
