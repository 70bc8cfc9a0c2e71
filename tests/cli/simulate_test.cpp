// psaflow simulate end to end: a good run, a fault that must be named, a deadlock that must be explained.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/cli/program.h"
#include "tests/scratch_folder.h"

using namespace psaflow::test;
using Catch::Matchers::Contains;

namespace {

// A scenario small enough to run in a moment, in `scratch`.
std::string save_scenario(const ScratchFolder& scratch, const std::string& accelerator = "  lanes: 2\n") {
  const std::string path = scratch / "small.yaml";
  write_text(path,
             "name: small\nmodel: {synthetic: {embed: 16, hidden: 32, blocks: 2, patch: 8, seed: 3}}\ndata: "
             "{dir: " PSAFLOW_SOURCE_DIR
             "/sw/data/samples, images: 6}\naccelerator:\n  kind: streaming\n  clock_mhz: 250\n" +
                 accelerator);
  return path;
}

}  // namespace

TEST_CASE("a run agrees with golden and reports its cycles") {
  const ScratchFolder scratch;
  const std::string scenario = save_scenario(scratch), json = scratch / "s.json", timeline = scratch / "t.json",
                    vcd = scratch / "w.vcd";
  const Outcome outcome = run_psaflow({"simulate", scenario, "--json", json, "--timeline", timeline, "--vcd", vcd});
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK(outcome.err.empty());
  for (const char* part : {"small", "II, cycles", "latency, cycles", "bottleneck", "residual FIFO", "mismatches  0",
                           "blocks.*.token.mix"}) {
    CHECK_THAT(outcome.out, Contains(part));
  }
  const auto report = nlohmann::json::parse(read_text(json));
  CHECK(report.at("images") == 6);
  CHECK(report.at("mismatches") == 0);
  CHECK(report.at("clock_mhz") == 250);
  const int ii = report.at("ii_cycles");
  // 16 tokens of 192 features enter two at a time: the input alone takes 16 * 96 cycles, more than any later stage.
  CHECK(ii == 16 * 96);
  CHECK(report.at("fps").get<double>() == Approx(250e6 / ii));
  CHECK(report.at("latency_cycles").get<int>() > ii);
  CHECK(report.at("bottleneck") == "embed");
  CHECK(report.at("deadlock").is_null());
  CHECK(report.at("divergence").is_null());
  CHECK(report.at("accuracy").is_null());
  CHECK(report.at("stages").size() == 3 + 2 * 15);
  CHECK_FALSE(nlohmann::json::parse(read_text(timeline)).empty());
  CHECK_THAT(read_text(vcd), Contains("$enddefinitions"));
  CHECK(scratch.names() == std::set<std::string>{"small.yaml", "s.json", "t.json", "w.vcd"});
}

TEST_CASE("random stalls change cycles, never values") {
  const ScratchFolder scratch;
  const std::string scenario = save_scenario(scratch), json = scratch / "s.json";
  REQUIRE(run_psaflow({"simulate", scenario, "--json", json, "--step-all"}).status == 0);
  const auto smooth = nlohmann::json::parse(read_text(json));
  REQUIRE(run_psaflow({"simulate", scenario, "--json", json, "--stalls", "0.4", "--seed", "11"}).status == 0);
  const auto stalled = nlohmann::json::parse(read_text(json));
  CHECK(smooth.at("stepped_images") == 6);
  CHECK(smooth.at("stalls").is_null());
  CHECK(stalled.at("mismatches") == 0);
  CHECK(stalled.at("total_cycles") > smooth.at("total_cycles"));
  // What the plan says of a stalled run is what came about, and the report says that it was stalled.
  CHECK(stalled.at("stalls").at("pattern") == "random");
  CHECK(stalled.at("stalls").at("seed") == 11);
  CHECK(stalled.at("plan").at("ii_cycles") == stalled.at("ii_cycles"));
  CHECK(stalled.at("plan").at("latency_cycles") == stalled.at("latency_cycles"));
  CHECK(stalled.at("ii_cycles") > smooth.at("ii_cycles"));
}

TEST_CASE("a waveform goes where its name leads, and no file is asked for twice") {
  const ScratchFolder scratch;
  const std::string scenario = save_scenario(scratch);
  write_text(scratch / "real.vcd", "old");
  std::filesystem::create_symlink("real.vcd", scratch.path() / "link.vcd");
  REQUIRE(run_psaflow({"simulate", scenario, "--images", "2", "--vcd", scratch / "link.vcd"}).status == 0);
  CHECK(std::filesystem::is_symlink(scratch.path() / "link.vcd"));
  CHECK_THAT(read_text(scratch / "real.vcd"), Contains("$enddefinitions") && Contains("$comment all cycles written"));
  REQUIRE(run_psaflow({"simulate", scenario, "--images", "2", "--vcd", "/dev/null"}).status == 0);
  CHECK(std::filesystem::is_character_file("/dev/null"));

  const std::string text = read_text(scenario);
  check_user_error(run_psaflow({"simulate", scenario, "--json", scenario}), {"--json", "the file of --scenario"});
  CHECK(read_text(scenario) == text);
  check_user_error(run_psaflow({"simulate", scenario, "--vcd", scratch / "x", "--json", scratch / "./x"}),
                   {"--json", "the file of --vcd"});
  CHECK(scratch.names() == std::set<std::string>{"small.yaml", "real.vcd", "link.vcd"});
}

TEST_CASE("the model and the images that a scenario names are no outputs") {
  const ScratchFolder scratch;
  const std::string scenario = scratch / "zoo.yaml", model = scratch / "model.safetensors",
                    images = scratch / "test_batch.bin";
  std::filesystem::copy(PSAFLOW_SOURCE_DIR "/sw/zoo/relu-h96/model.safetensors", model);
  std::filesystem::copy(PSAFLOW_SOURCE_DIR "/sw/data/samples/test_batch.bin", images);
  write_text(scenario,
             "name: zoo\nmodel: model.safetensors\ndata: {dir: ., images: 2}\naccelerator: {kind: streaming}\n");
  const std::string before = read_text(model);
  for (const char* verb : {"simulate", "cosim", "synth"}) {
    for (const std::string& path :
         {model, images, scratch / "../" + scratch.path().filename().string() + "/model.safetensors"}) {
      INFO(verb << " " << path);
      check_user_error(run_psaflow({verb, scenario, "--json", path}), {"--json: found a file that is read"});
    }
  }
  check_user_error(run_psaflow({"simulate", scenario, "--vcd", model}), {"--vcd: found a file that is read"});
  check_user_error(run_psaflow({"simulate", scenario, "--record-stalls", model}), {"--record-stalls: found a file"});
  CHECK((read_text(model) == before));
}

TEST_CASE("options without effect are told, with what makes them so") {
  const ScratchFolder scratch;
  const std::string scenario = save_scenario(scratch), kept = scratch / "kept";
  for (const char* verb : {"simulate", "cosim"}) {
    INFO(verb);
    check_user_error(run_psaflow({verb, scenario, "--seed", "2"}), {"--seed: found no --stalls", "bursts"});
    check_user_error(run_psaflow({verb, scenario, "--seed", "2", "--stalls", "0"}), {"--seed: found no --stalls"});
    check_user_error(run_psaflow({verb, scenario, "--seed", "2", "--stall-pattern", "alternate"}),
                     {"--seed: found --stall-pattern alternate, which is not random"});
    check_user_error(run_psaflow({verb, scenario, "--seed", "2", "--replay-stalls", kept}),
                     {"--seed: found --replay-stalls"});
  }
  check_user_error(run_psaflow({"simulate", scenario, "--step-all", "--stalls", "0.1"}), {"--step-all: found stalls"});
}

TEST_CASE("stalls and waveforms go to standard output, and what a killed run left of one goes") {
  const ScratchFolder scratch;
  const std::string scenario = save_scenario(scratch), wave = scratch / "w.vcd";
  const Outcome stalls = run_psaflow({"simulate", scenario, "--stall-pattern", "alternate", "--record-stalls", "-"});
  INFO(stalls.err);
  CHECK(stalls.status == 0);
  CHECK_THAT(stalls.out, Catch::StartsWith("psaflow-pauses 1\n"));
  CHECK_THAT(stalls.err, Contains("mismatches  0"));
  const Outcome vcd = run_psaflow({"simulate", scenario, "--images", "1", "--vcd", "-"});
  CHECK(vcd.status == 0);
  CHECK_THAT(vcd.out, Catch::StartsWith("$") && Contains("$enddefinitions") && Contains("all cycles written"));

  const Outcome dead = run_script("sh -c 'echo $$'", {});
  const std::string pid = dead.out.substr(0, dead.out.find('\n'));
  const auto hour_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  for (const std::string& name : {"w.vcd.tmp." + pid + ".vcd", "w.vcd.tmp." + pid, "x.vcd.tmp." + pid + ".vcd"}) {
    write_text(scratch / name, "half");
    std::filesystem::last_write_time(scratch / name, hour_ago);
  }
  CHECK(run_psaflow({"simulate", scenario, "--images", "1", "--vcd", wave}).status == 0);
  CHECK(scratch.names() == std::set<std::string>{"small.yaml", "w.vcd", "x.vcd.tmp." + pid + ".vcd"});
}

TEST_CASE("what a design cannot do is said") {
  const ScratchFolder scratch;
  const Outcome few = run_psaflow({"simulate", save_scenario(scratch), "--images", "999"});
  CHECK(few.status == 0);
  CHECK_THAT(few.out, Contains("fewer than the 999 of --images") && !Contains("does not fit"));
  const Outcome large = run_psaflow({"simulate", save_scenario(scratch, "  device: xczu3eg\n  lanes: 8\n")});
  CHECK(large.status == 0);
  CHECK_THAT(large.out, Contains("does not fit: xczu3eg has 360 DSPs"));
  const Outcome shallow = run_psaflow({"simulate", save_scenario(scratch, "  fifo_depth: 1\n")});
  CHECK(shallow.status == 0);
  CHECK_THAT(shallow.out, Contains("FIFOs are too shallow to keep the II of"));
  check_user_error(run_psaflow({"simulate", save_scenario(scratch, "  target_fps: 10000000\n")}),
                   {"small.yaml:7: accelerator.target_fps: found 10000000; allowed: at most"});
}

TEST_CASE("a fault is named: stage, token and channel") {
  const ScratchFolder scratch;
  const std::string scenario = save_scenario(scratch), json = scratch / "s.json";
  for (const char* fault : {"embed:3:5", "blocks.0.token.mix:15:2", "blocks.1.channel.psa2:0:31", "head:0:9"}) {
    INFO(fault);
    const std::string text = fault, stage = text.substr(0, text.find(':'));
    const Outcome outcome = run_psaflow({"simulate", scenario, "--fault", fault, "--json", json});
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.err, Contains("stage " + stage));
    const auto divergence = nlohmann::json::parse(read_text(json)).at("divergence");
    CHECK(divergence.at("stage") == stage);
    const std::string place =
        std::to_string(divergence.at("token").get<int>()) + ":" + std::to_string(divergence.at("channel").get<int>());
    CHECK(text == stage + ":" + place);
    CHECK((divergence.at("expected").get<int>() ^ divergence.at("found").get<int>()) != 0);
  }
}

TEST_CASE("faults that cannot be") {
  const ScratchFolder scratch;
  const std::string scenario = save_scenario(scratch);
  for (const char* fault : {"", "embed", "embed:1", ":1:2", "embed:16:0", "embed:0:16", "embed:-1:0", "embed:x:0",
                            "embed:0:0x", "blocks.0.token.mix:16:0"}) {
    INFO("'" << fault << "'");
    check_user_error(run_psaflow({"simulate", scenario, "--fault", fault}), {"--fault"});
  }
  check_user_error(run_psaflow({"simulate", scenario, "--fault", "blocks.0.token.mxi:0:0"}),
                   {"did you mean 'blocks.0.token.mix'?"});
  check_user_error(run_psaflow({"simulate", scenario, "--stalls", "1"}), {"--stalls", "0..0.95"});
  check_user_error(run_psaflow({"simulate", scenario, "--images", "0"}), {"--images"});
  check_user_error(run_psaflow({"simulate", scenario, "--vcd", scratch / "no/w.vcd"}), {"w.vcd"});
  CHECK(scratch.names() == std::set<std::string>{"small.yaml"});
}

TEST_CASE("the deadlock demo fails, names the FIFO, and runs with the depth it was told") {
  const Outcome outcome = run_psaflow({"simulate", "scenarios/deadlock-demo.yaml"});
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  CHECK_THAT(outcome.err, Contains("deadlock") && Contains("blocks.0.token.residual->blocks.0.token.add") &&
                              Contains("full with 100 beats"));
  const std::string before = "a depth of ";
  const size_t at = outcome.err.find(before);
  REQUIRE(at != std::string::npos);
  const int needed = std::stoi(outcome.err.substr(at + before.size()));
  CHECK(needed > 100);

  const ScratchFolder scratch;
  std::string text = read_text(PSAFLOW_SOURCE_DIR "/scenarios/deadlock-demo.yaml");
  const auto replace = [&text](const std::string& from, const std::string& to) {
    REQUIRE(text.find(from) != std::string::npos);
    text.replace(text.find(from), from.size(), to);
  };
  replace("../sw", PSAFLOW_SOURCE_DIR "/sw");
  replace("residual_fifo_depth: 100", "residual_fifo_depth: " + std::to_string(needed));
  write_text(scratch / "deeper.yaml", text);
  const Outcome cured = run_psaflow({"simulate", scratch / "deeper.yaml"});
  INFO(cured.err);
  CHECK(cured.status == 0);
}

namespace {

std::string save_simd_scenario(const ScratchFolder& scratch, const std::string& more = "") {
  const std::string path = scratch / "small.yaml";
  write_text(path,
             "name: small\nmodel: {synthetic: {embed: 16, hidden: 32, blocks: 2, patch: 8, seed: 3}}\ndata: "
             "{dir: " PSAFLOW_SOURCE_DIR
             "/sw/data/samples, images: 9}\naccelerator:\n  kind: simd\n  clock_mhz: 250\n  tile: 8\n" +
                 more);
  return path;
}

}  // namespace

TEST_CASE("a fixed-size accelerator agrees with golden and tells where each layer's cycles go") {
  const ScratchFolder scratch;
  const std::string scenario = save_simd_scenario(scratch), json = scratch / "s.json", timeline = scratch / "t.json";
  const Outcome outcome = run_psaflow({"simulate", scenario, "--json", json, "--timeline", timeline});
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK(outcome.err.empty());
  for (const char* part : {"mismatches  0", "II, cycles", "blocks.*.token.mix", "linear over tokens", "stall"})
    CHECK_THAT(outcome.out, Contains(part));
  const auto report = nlohmann::json::parse(read_text(json));
  CHECK(report.at("images") == 9);
  CHECK(report.at("mismatches") == 0);
  CHECK(report.at("clock_mhz") == 250);
  const int64_t ii = report.at("ii_cycles");
  CHECK(report.at("plan").at("ii_cycles") == ii);
  CHECK(report.at("plan").at("latency_cycles") == report.at("latency_cycles"));
  CHECK(report.at("fps").get<double>() == Approx(250e6 / static_cast<double>(ii)));
  CHECK(report.at("layers").size() == 1 + 2 * 3 + 2);
  int64_t sum = 0;
  for (const auto& layer : report.at("layers"))
    for (const char* part : {"compute_cycles", "idle_cycles", "drain_cycles", "stall_cycles"})
      sum += layer.at(part).get<int64_t>();
  CHECK(std::abs(sum - ii) <= 1);
  CHECK_FALSE(nlohmann::json::parse(read_text(timeline)).empty());
}

TEST_CASE("a fixed-size accelerator's faults are found, its misfits and wrong options told") {
  const ScratchFolder scratch;
  const std::string scenario = save_simd_scenario(scratch);
  const Outcome fault = run_psaflow({"simulate", scenario, "--fault", "blocks.1.channel.psa2:3:17"});
  CHECK(fault.status == 1);
  CHECK_THAT(fault.err, Contains("stage blocks.1.channel.psa2, token 3, channel 17"));
  check_user_error(run_psaflow({"simulate", scenario, "--fault", "blocks.1.channel.fc1:3:17"}), {"--fault", "psa1"});
  check_user_error(run_psaflow({"simulate", scenario, "--vcd", scratch / "w.vcd"}), {"--vcd", "streaming"});
  check_user_error(run_psaflow({"simulate", scenario, "--stall-pattern", "alternate"}), {"--stall-pattern", "random"});
  const std::string small = save_simd_scenario(scratch, "  buffers: {side_tiles: 3}\n");
  check_user_error(run_psaflow({"simulate", small}),
                   {"small.yaml:8", "accelerator.buffers.side_tiles", "3 tiles", "layer embed", "residuals"});
}
