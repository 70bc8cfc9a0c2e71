// psaflow cosim and psaflow export end to end: a good run, faults that must be named without being asked for, stalls
// kept and repeated, a folder of RTL. All runs of cosim share two builds: as exported, and with taps and FST.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sw/data/process.h"
#include "tests/cosim/cli_scenario.h"

using namespace psaflow;
using namespace psaflow::test;
using Catch::Matchers::Contains;

TEST_CASE("cosim agrees with golden, SystemC and plan, and says so", "[.verilator]") {
  const ScratchFolder scratch;
  const std::string scenario = save_scenario(scratch), json = scratch / "c.json", wave = scratch / "w.fst";
  const Outcome good = cosim({scenario, "--taps", "--json", json, "--wave", wave});
  INFO(good.out << good.err);
  REQUIRE(good.status == 0);
  CHECK(good.err.empty());
  for (const char* part : {"mismatches  0", "every output of all 18 stages", "18 of 18 stages agree",
                           "not that of the scenario's profile", "w.fst: all signals, cycles 0 to 2000"})
    CHECK_THAT(good.out, Contains(part));
  CHECK(std::filesystem::file_size(wave) > 10000);
  auto report = nlohmann::json::parse(read_text(json));
  CHECK(report.at("images") == 5);
  CHECK(report.at("mismatches") == 0);
  CHECK(report.at("clock_mhz") == 200);
  // 16 patches of 192 features, two a beat; the folded embedding takes 4 slices x 8 pairs of outputs, which is less.
  const int ii = report.at("ii_cycles");
  CHECK(ii == 16 * 96);
  CHECK(report.at("fps").get<double>() == Approx(200e6 / ii));
  for (const char* view : {"plan", "systemc"}) {
    CHECK(report.at(view).at("ii_cycles") == ii);
    CHECK(report.at(view).at("latency_cycles") == report.at("latency_cycles"));
    CHECK(report.at(view).at("total_cycles") == report.at("total_cycles"));
  }
  CHECK(report.at("rtl_off_percent").at("total") == 0);
  REQUIRE(report.at("stages").size() == 18);
  for (const auto& stage : report.at("stages")) {
    for (const char* key : {"first_out_cycles", "last_out_cycles", "interval_cycles"}) {
      INFO(stage.at("name") << " " << key);
      CHECK(stage.at("plan").at(key) == stage.at("rtl").at(key));
      CHECK(stage.at("systemc").at(key) == stage.at("rtl").at(key));
      CHECK(stage.at("rtl").at(key) > 0);
    }
    CHECK(stage.at("rtl_off_cycles") == 0);
  }
  CHECK(report.at("failures").empty());
  CHECK(report.at("stalls").is_null());

  const Outcome reset = cosim({scenario, "--taps", "--wave", wave, "--wave-cycles", "5:9", "--stalls", "0.3",
                               "--reset-at", "2222", "--json", json});
  INFO(reset.out << reset.err);
  CHECK(reset.status == 0);
  report = nlohmann::json::parse(read_text(json));
  CHECK(report.at("systemc").at("total_cycles") == report.at("total_cycles"));
  CHECK(report.at("plan").at("total_cycles") == report.at("total_cycles"));
  CHECK(report.at("reset_at_cycle") == 2222);
  CHECK(report.at("stalls").at("pattern") == "random");
  CHECK(report.at("wave").at("to_cycle") == 9);
}

TEST_CASE(
    "a fixed-size accelerator's build serves every network that fits it, and its memory's stalls are kept and repeated",
    "[.verilator]") {
  const ScratchFolder scratch;
  const auto save = [&](const char* name, const char* network) {
    const std::string path = scratch / (std::string(name) + ".yaml");
    write_text(
        path,
        std::string("name: ") + name + "\nmodel: {synthetic: {" + network +
            "}}\ndata: {dir: " PSAFLOW_SOURCE_DIR
            "/sw/data/samples, images: 9}\naccelerator:\n  kind: simd\n  tile: 4\n  buffers: {program_passes: 16, "
            "main_tiles: 64, side_tiles: 32, input_beats: 512, constant_beats: 256, weight_beats: 512, "
            "table_beats: 2048, result_words: 8}\n");
    return path;
  };
  const std::string one = save("one", "embed: 16, hidden: 8, blocks: 1, patch: 8"),
                    other = save("other", "embed: 12, hidden: 20, blocks: 3, patch: 8, classes: 7"),
                    json = scratch / "c.json", kept = scratch / "pauses";
  const auto report = [&] { return nlohmann::json::parse(read_text(json)); };
  const Outcome first = cosim({one, "--json", json});
  INFO(first.out << first.err);
  REQUIRE(first.status == 0);
  const Outcome second = cosim({other, "--json", json});
  INFO(second.out << second.err);
  REQUIRE(second.status == 0);
  CHECK_THAT(second.out, Contains("RTL built before"));
  const int64_t steady = report().at("ii_cycles");
  const Outcome stalled = cosim({other, "--stalls", "0.4", "--seed", "5", "--record-stalls", kept, "--json", json});
  INFO(stalled.out << stalled.err);
  REQUIRE(stalled.status == 0);
  const auto random = report();
  CHECK(random.at("ii_cycles") > steady);
  CHECK(random.at("passes_that_differ") == 0);
  CHECK(random.at("systemc_passes_that_differ") == 0);
  for (const char* view : {"plan", "systemc"})
    CHECK(random.at(view).at("latency_cycles") == random.at("latency_cycles"));
  CHECK_THAT(random.at("stalls").get<std::string>(), Contains("0.40, seed 5"));
  CHECK(cosim({other, "--replay-stalls", kept, "--json", json}).status == 0);
  CHECK(report().at("total_cycles") == random.at("total_cycles"));
  CHECK(report().at("layers") == random.at("layers"));
  CHECK(run_psaflow({"simulate", other, "--replay-stalls", kept, "--json", json}).status == 0);
  CHECK(report().at("ii_cycles") == random.at("ii_cycles"));
  CHECK(report().at("latency_cycles") == random.at("latency_cycles"));
  check_user_error(cosim({save_scenario(scratch), "--replay-stalls", kept}),
                   {"pauses", "read_requests", "source, sink"});
  check_user_error(cosim({one, "--stall-pattern", "bursts"}), {"--stall-pattern", "simd", "random"});
}

TEST_CASE("a wrong value is traced to its stage without being asked to", "[.verilator]") {
  const ScratchFolder scratch;
  const std::string scenario = save_scenario(scratch), json = scratch / "c.json";
  const Outcome good = cosim({scenario, "--json", json});
  CHECK(good.status == 0);
  CHECK_THAT(good.out, !Contains("waveform"));
  CHECK(nlohmann::json::parse(read_text(json)).at("stages").at(0).at("rtl").is_null());

  const std::string here = scratch / "here";
  std::filesystem::create_directory(here);
  const Outcome broken = cosim({scenario, "--corrupt", "blocks.0.token.mix", "--json", json}, here);
  INFO(broken.out << broken.err);
  CHECK(broken.status == 1);
  CHECK_THAT(broken.err, Contains("the first difference in RTL: image 0, stage blocks.0.token.mix, token "));
  CHECK_THAT(broken.out,
             Contains("once more with taps") && Contains("waveform    cosim-cli.fst: all signals, cycles "));
  CHECK(std::filesystem::file_size(here + "/cosim-cli.fst") > 10000);
  CHECK(std::distance(std::filesystem::directory_iterator(here), std::filesystem::directory_iterator()) == 1);
  const auto report = nlohmann::json::parse(read_text(json));
  CHECK(report.at("divergence").at("stage") == "blocks.0.token.mix");
  CHECK(report.at("divergence").at("cycle") > 0);
  CHECK(report.at("wave").at("file") == "cosim-cli.fst");
  CHECK_FALSE(report.at("failures").empty());
}

TEST_CASE("stalls are kept and repeated, by simulate too", "[.verilator]") {
  const ScratchFolder scratch;
  const std::string scenario = save_scenario(scratch), json = scratch / "c.json", kept = scratch / "kept.txt";
  const Outcome first =
      cosim({scenario, "--stall-pattern", "bursts", "--seed", "9", "--record-stalls", kept, "--json", json});
  INFO(first.out << first.err);
  CHECK(first.status == 0);
  CHECK_THAT(first.out, Contains("bursts at both ends, seed 9"));
  const auto total = [&] { return nlohmann::json::parse(read_text(json)).at("total_cycles").get<int64_t>(); };
  const int64_t cycles = total();
  CHECK(cosim({scenario, "--replay-stalls", kept, "--json", json}).status == 0);
  CHECK(total() == cycles);
  write_text(scratch / "rtl.yaml",
             read_text(scenario).replace(read_text(scenario).find("vitis-hls-2023.1"), 16, "rtl"));
  CHECK(run_psaflow({"simulate", scratch / "rtl.yaml", "--replay-stalls", kept, "--json", json}).status == 0);
  CHECK(total() == cycles);
}

TEST_CASE("cosim's usage errors") {
  const ScratchFolder scratch;
  const std::string scenario = save_scenario(scratch);
  check_user_error(run_psaflow({"cosim"}), {"scenario", "psaflow cosim --help"});
  check_user_error(run_psaflow({"cosim", scenario, "--wave", scratch / "w.txt"}), {"--wave", ".vcd or .fst"});
  check_user_error(run_psaflow({"cosim", scenario, "--wave-cycles", "1:2"}), {"--wave-cycles"});
  for (const char* range : {"", "5", "5:", ":5", "9:5", "-1:5", "1:2x"}) {
    INFO(range);
    check_user_error(
        run_psaflow({"cosim", scenario, "--wave", scratch / "w.vcd", std::string("--wave-cycles=") + range}),
        {"wave-cycles"});
  }
  check_user_error(run_psaflow({"cosim", scenario, "--corrupt", "pool"}), {"--corrupt", "'pool'"});
  check_user_error(run_psaflow({"cosim", scenario, "--corrupt", "blocks.0.token.mxi"}),
                   {"did you mean 'blocks.0.token.mix'?"});
  check_user_error(run_psaflow({"cosim", scenario, "--reset-at", "0"}), {"--reset-at"});
  check_user_error(run_psaflow({"cosim", scratch / "no.yaml"}), {"no.yaml", "cannot open"});
  check_user_error(run_psaflow({"cosim", scenario, "--images", "0"}), {"--images"});
  check_user_error(run_psaflow({"cosim", scenario, "--data", scratch / "none"}), {"none"});
  check_user_error(run_psaflow({"cosim", scenario, "--json", scratch / "no/c.json"}), {"--json"});
  write_text(scratch / "pauses", "psaflow-pauses 1\nsource\nsink 1 x\n");
  for (const char* verb : {"cosim", "simulate"}) {
    check_user_error(run_psaflow({verb, scenario, "--stalls", "1"}), {"--stalls"});
    check_user_error(run_psaflow({verb, scenario, "--stall-pattern", "evil"}), {"'evil'", "random, bursts"});
    check_user_error(run_psaflow({verb, scenario, "--stall-pattern", "bursts", "--stalls", "0.1"}), {"--stalls"});
    check_user_error(run_psaflow({verb, scenario, "--replay-stalls", scratch / "no"}), {"no", "cannot open"});
    check_user_error(run_psaflow({verb, scenario, "--replay-stalls", scratch / "pauses"}), {"line 3", "'x'"});
    check_user_error(run_psaflow({verb, scenario, "--replay-stalls", "x", "--stalls", "0.1"}), {"--replay-stalls"});
    check_user_error(run_psaflow({verb, scenario, "--record-stalls", scratch / "no/file"}), {"--record-stalls"});
  }
  CHECK(scratch.names() == std::set<std::string>{"cosim-cli.yaml", "pauses"});
}

TEST_CASE("export writes a folder; what is there stays") {
  const ScratchFolder scratch;
  const std::string scenario = save_scenario(scratch), out = scratch / "ip";
  const Outcome outcome = run_psaflow({"export", scenario, "--out", out});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK(scratch.names() == std::set<std::string>{"cosim-cli.yaml", "ip"});
  const auto manifest = nlohmann::json::parse(read_text(out + "/manifest.json"));
  CHECK(manifest.at("top") == "cosim_cli");
  for (const auto& file : manifest.at("rtl")) CHECK(std::filesystem::exists(out + "/rtl/" + file.get<std::string>()));
  CHECK_THAT(read_text(out + "/README.md"), Contains("cosim_cli") && Contains("s_axis_tvalid"));
  check_user_error(run_psaflow({"export", scenario, "--out", out}), {out, "--out"});
  check_user_error(run_psaflow({"export", scenario}), {"out"});
  check_user_error(run_psaflow({"export", scenario, "--out", scenario}), {"--out"});
}

TEST_CASE("Yosys reads what export writes, without a warning", "[.yosys]") {
  const ScratchFolder scratch;
  const std::string out = scratch / "ip";
  REQUIRE(run_psaflow({"export", save_scenario(scratch), "--out", out}).status == 0);
  ProcessOptions process;
  process.folder = out + "/rtl";
  const ProcessResult yosys =
      run_process({"yosys", "-q", "-e", ".", "-w", "Literal has a width", "-p",
                   "read_verilog -sv *.sv; hierarchy -check -top cosim_cli; proc; check -assert"},
                  process);
  INFO(yosys.messages);
  CHECK(yosys.ok());
}

TEST_CASE("shares of a co-simulation come to the same as one run", "[.verilator]") {
  const ScratchFolder scratch;
  const std::string scenario = save_scenario(scratch, 7), out = scratch / "parts", json = scratch / "whole.json";
  REQUIRE(cosim({scenario, "--json", json}).status == 0);
  const auto whole = nlohmann::json::parse(read_text(json));
  const Outcome early = cosim({scenario, "--merge", "--out", scratch / "parts"});
  CHECK(early.status == 2);
  CHECK_THAT(early.err, Contains("--merge"));
  for (const char* share : {"3/3", "1/3"}) REQUIRE(cosim({scenario, "--shard", share, "--out", out}).status == 0);
  const Outcome missing = cosim({scenario, "--merge", "--out", out});
  CHECK(missing.status == 2);
  CHECK_THAT(missing.err, Contains("cosim-2-of-3.json") && Contains("missing"));
  REQUIRE(cosim({scenario, "--shard", "2/3", "--out", out}).status == 0);
  const Outcome merged = cosim({scenario, "--merge", "--out", out, "--json", json});
  INFO(merged.out << merged.err);
  REQUIRE(merged.status == 0);
  CHECK_THAT(merged.out, Contains("7 images in 3 shares, 0 mismatches"));
  auto report = nlohmann::json::parse(read_text(json));
  for (const char* key : {"scenario", "images", "mismatches", "ii_cycles", "latency_cycles", "clock_mhz", "fps"}) {
    INFO(key);
    CHECK(report.at(key) == whole.at(key));
  }
  CHECK(report.at("equal_cycles") == true);

  // A share that found a mismatch, or other cycles, shows.
  const std::string part = out + "/cosim-2-of-3.json", kept = read_text(part);
  auto wrong = nlohmann::json::parse(kept);
  wrong["mismatches"] = 1;
  wrong["plan"]["latency_cycles"] = 1;
  write_text(part, wrong.dump());
  const Outcome bad = cosim({scenario, "--merge", "--out", out});
  CHECK(bad.status == 1);
  CHECK_THAT(bad.err, Contains("1 of 7 images differ") && Contains("cycles differ"));
  auto failed = nlohmann::json::parse(kept);
  failed["failures"] = {"an assertion"};
  write_text(part, failed.dump());
  const Outcome told = cosim({scenario, "--merge", "--out", out});
  CHECK(told.status == 1);
  CHECK_THAT(told.err, Contains("1 of 3 shares failed"));
  for (const std::string& damaged : {std::string("{"), kept.substr(0, kept.size() / 2), std::string("[1]")}) {
    write_text(part, damaged);
    const Outcome refused = cosim({scenario, "--merge", "--out", out});
    CHECK(refused.status == 2);
    CHECK_THAT(refused.err, Contains("cosim-2-of-3.json"));
  }
}

TEST_CASE("cosim refuses shares that are none") {
  const ScratchFolder scratch;
  const std::string scenario = save_scenario(scratch);
  const auto refused = [&](std::vector<std::string> more, const char* part) {
    more.insert(more.begin(), scenario);
    const Outcome outcome = cosim(more);
    INFO(outcome.err);
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, Contains(part));
  };
  refused({"--shard", "1/2"}, "--out");
  refused({"--shard", "3/2", "--out", scratch / "x"}, "I/N");
  refused({"--shard", "1/2", "--merge", "--out", scratch / "x"}, "--merge");
  refused({"--shard", "1/2", "--out", scratch / "x", "--json", scratch / "x.json"}, "--json");
  refused({"--out", scratch / "x"}, "--out");
  refused({"--shard", "1/6", "--out", scratch / "x"}, "at most 5 shares");
}
