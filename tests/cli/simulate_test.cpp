// psaflow simulate end to end: a good run, a fault that must be named, a deadlock that must be explained.
#include <algorithm>
#include <catch2/catch.hpp>
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
  CHECK(stalled.at("mismatches") == 0);
  CHECK(stalled.at("total_cycles") > smooth.at("total_cycles"));
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
