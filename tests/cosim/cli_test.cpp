// psaflow cosim and psaflow export end to end: a good run, a fault that must be named, a missing Verilator, a folder of
// RTL.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "rtl_gen/cosim/build.h"
#include "sw/data/process.h"
#include "tests/cli/program.h"
#include "tests/scratch_folder.h"

using namespace psaflow;
using namespace psaflow::test;
using Catch::Matchers::Contains;

namespace {

std::string save_scenario(const ScratchFolder& scratch) {
  const std::string path = scratch / "cosim-cli.yaml";
  write_text(path,
             "name: cosim-cli\nmodel: {synthetic: {embed: 16, hidden: 8, blocks: 1, patch: 8, seed: 3}}\ndata: "
             "{dir: " PSAFLOW_SOURCE_DIR
             "/sw/data/samples, images: 5}\naccelerator:\n  kind: streaming\n  profile: vitis-hls-2023.1\n  lanes: 2\n "
             " stages:\n    embed: "
             "{simd: 48}\n");
  return path;
}

}  // namespace

TEST_CASE("cosim agrees with golden, SystemC and plan, and says so") {
  if (verilator_version().empty()) {
    WARN("verilator is not installed: not checked");
    return;
  }
  const ScratchFolder scratch;
  const std::string scenario = save_scenario(scratch), json = scratch / "c.json", wave = scratch / "w.vcd";
  const Outcome good = run_psaflow({"cosim", scenario, "--taps", "--json", json});
  INFO(good.out << good.err);
  REQUIRE(good.status == 0);
  CHECK(good.err.empty());
  for (const char* part : {"mismatches  0", "every output of all 18 stages", "18 of 18 stages agree",
                           "not that of the scenario's profile"})
    CHECK_THAT(good.out, Contains(part));
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
  }
  CHECK(report.at("systemc").at("total_cycles") == report.at("total_cycles"));
  CHECK(report.at("stages").size() == 18);
  CHECK(report.at("failures").empty());

  const Outcome stalled =
      run_psaflow({"cosim", scenario, "--taps", "--stalls", "0.3", "--reset-at", "2222", "--json", json});
  INFO(stalled.out << stalled.err);
  CHECK(stalled.status == 0);
  report = nlohmann::json::parse(read_text(json));
  CHECK(report.at("systemc").at("total_cycles") == report.at("total_cycles"));
  CHECK(report.at("reset_at_cycle") == 2222);

  const Outcome broken = run_psaflow({"cosim", scenario, "--taps", "--corrupt", "blocks.0.token.mix", "--json", json});
  CHECK(broken.status == 1);
  CHECK_THAT(broken.err, Contains("stage blocks.0.token.mix, token "));
  report = nlohmann::json::parse(read_text(json));
  CHECK(report.at("divergence").at("stage") == "blocks.0.token.mix");
  CHECK_FALSE(report.at("failures").empty());
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
  check_user_error(run_psaflow({"cosim", scenario, "--stalls", "1"}), {"--stalls"});
  check_user_error(run_psaflow({"cosim", scenario, "--reset-at", "0"}), {"--reset-at"});
}

TEST_CASE("without Verilator, cosim names the package") {
  const ScratchFolder scratch;
  const std::string scenario = save_scenario(scratch), path = std::getenv("PATH");
  ::setenv("PATH", scratch.path().c_str(), 1);
  const Outcome outcome = run_psaflow({"cosim", scenario});
  ::setenv("PATH", path.c_str(), 1);
  CHECK(outcome.status == 2);
  CHECK_THAT(outcome.err, Contains("verilator") && Contains("apt install verilator"));
}

TEST_CASE("export writes a folder that Yosys reads; what is there stays") {
  const ScratchFolder scratch;
  const std::string scenario = save_scenario(scratch), out = scratch / "ip";
  const Outcome outcome = run_psaflow({"export", scenario, "--out", out});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK(scratch.names() == std::set<std::string>{"cosim-cli.yaml", "ip"});
  const auto manifest = nlohmann::json::parse(read_text(out + "/manifest.json"));
  CHECK(manifest.at("top") == "cosim_cli");
  std::string script = "read_verilog -sv";
  for (const auto& file : manifest.at("rtl")) {
    CHECK(std::filesystem::exists(out + "/rtl/" + file.get<std::string>()));
    script += " " + file.get<std::string>();
  }
  CHECK_THAT(read_text(out + "/README.md"), Contains("cosim_cli") && Contains("s_valid_i"));
  check_user_error(run_psaflow({"export", scenario, "--out", out}), {out, "--out"});
  check_user_error(run_psaflow({"export", scenario}), {"out"});
  check_user_error(run_psaflow({"export", scenario, "--out", scenario}), {"--out"});
  if (!run_process({"yosys", "-V"}).ok()) {
    WARN("yosys is not installed: not read back");
    return;
  }
  ProcessOptions process;
  process.folder = out + "/rtl";
  const ProcessResult yosys =
      run_process({"yosys", "-q", "-p", script + "; hierarchy -check -top cosim_cli; proc; check -assert"}, process);
  INFO(yosys.messages);
  CHECK(yosys.ok());
}
