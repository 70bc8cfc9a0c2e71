// psaflow synth: exit status, what is printed and the JSON, with a Yosys of the test's own.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/cli/program.h"
#include "tests/support/fake_yosys.h"

using namespace psaflow::test;
using Catch::Matchers::Contains;

namespace {

struct World {
  ScratchFolder scratch;
  World() { ::setenv("PSAFLOW_CACHE", (scratch / "cache").c_str(), 1); }
  ~World() { ::unsetenv("PSAFLOW_CACHE"); }

  std::string scenario(const std::string& accelerator) const {
    const std::string path = scratch / "small.yaml";
    write_text(path,
               "name: small\nmodel: {synthetic: {embed: 8, hidden: 8, blocks: 1, patch: 8}}\ndata: {dir: .}\n"
               "accelerator: {kind: streaming, dsp_packing: off" +
                   accelerator + "}\n");
    return path;
  }
};

}  // namespace

TEST_CASE("synth adds up the leaves, and says that they fit") {
  const World world;
  const FakeYosys yosys(stat_text("     DSP48E2  2\n     LUT6  7\n     RAMB18E2  1", 10, 5));
  const std::string scenario = world.scenario(", device: xck26, profile: vitis-hls-2023.1"),
                    json = world.scratch / "synth.json";
  const Outcome outcome = run_psaflow({"synth", scenario, "--json", json});
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK(outcome.err.empty());
  for (const char* part : {"small\n", "device xck26", "residual FIFO", "linear, ROMs", "xck26 has", "fits: yes",
                           "Yosys 0.23 (of a test)", "not that of the scenario's profile vitis-hls-2023.1"})
    CHECK_THAT(outcome.out, Contains(part));

  const auto report = nlohmann::json::parse(read_text(json));
  // Stages, one a leaf, and the FIFOs outside the forks; two DSPs each.
  int leaves = 0, lut = 0;
  for (const auto& row : report.at("stages")) {
    if (!row.at("roms").get<bool>()) leaves += row.at("count").get<int>();
    lut += row.at("lut").get<int>();
  }
  CHECK(leaves == 18 + 17);
  CHECK(report.at("dsp") == 2 * leaves);
  CHECK(report.at("bram36") == 0.5 * leaves);
  CHECK(report.at("uram") == 0);
  CHECK(report.at("lut") == lut);
  CHECK(report.at("ff").is_number_integer());
  CHECK(report.at("paired_lut").get<int>() < lut);
  CHECK(report.at("logic_levels").at("luts") == 2);
  for (const auto& row : report.at("stages")) CHECK(row.at("logic_levels").at("luts") == (row.at("roms") ? 1 : 2));
  CHECK(report.at("fits") == true);
  CHECK(report.at("too_much_of").empty());
  CHECK(report.at("device") == "xck26");
  CHECK(report.at("device_has").at("dsp") == 1248);
  CHECK(report.at("used_percent").at("dsp").get<double>() == Approx(100.0 * 2 * leaves / 1248));
  CHECK(report.at("clock_mhz") == 200);
  CHECK(report.at("ii_cycles") == 16 * 192);
  int dsp = 0;
  for (const auto& unit : report.at("units")) dsp += unit.at("count").get<int>() * unit.at("each").at("dsp").get<int>();
  CHECK(dsp == 2 * leaves);

  const int64_t asked = yosys.runs();
  const Outcome again = run_psaflow({"synth", scenario});
  CHECK(again.status == 0);
  CHECK(yosys.runs() == asked);
  CHECK_THAT(again.out, Contains("every leaf known from before"));
}

TEST_CASE("synth of a fixed-size accelerator: its parts") {
  const World world;
  const FakeYosys yosys(stat_text("     DSP48E2  2\n     LUT6  7", 9, 5));
  const std::string scenario = world.scratch / "fixed.yaml", json = world.scratch / "synth.json";
  write_text(scenario,
             "name: fixed\nmodel: {synthetic: {embed: 8, hidden: 8, blocks: 1, patch: 8}}\ndata: {dir: .}\n"
             "accelerator: {kind: simd, tile: 8, profile: vitis-hls-2023.1}\n");
  const Outcome outcome = run_psaflow({"synth", scenario, "--json", json});
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.status == 0);
  for (const char* part :
       {"fixed\n", "ways out", "sequencer", "tables", "fits: yes", "not that of the scenario's profile"})
    CHECK_THAT(outcome.out, Contains(part));
  const auto report = nlohmann::json::parse(read_text(json));
  int leaves = 0;
  for (const auto& unit : report.at("units")) leaves += unit.at("count").get<int>();
  CHECK(leaves == 19 + 8);  // a way out a lane
  CHECK(report.at("dsp") == 2 * leaves);
  CHECK(report.at("lut") == 7 * leaves);
  CHECK(report.at("bram36") == 0);
  CHECK(report.at("uram") == 0);
  CHECK(report.at("fits") == true);
  CHECK(report.at("ii_cycles").get<int>() > 0);
  const int64_t asked = yosys.runs();
  CHECK(run_psaflow({"synth", scenario}).status == 0);
  CHECK(yosys.runs() == asked);
}

TEST_CASE("what does not fit is named, with exit status 1") {
  const World world;
  const FakeYosys yosys(stat_text("     DSP48E2  11\n     LUT6  5000\n     URAM288  1", 5012));
  const std::string scenario = world.scenario(", device: xczu3eg"), json = world.scratch / "synth.json";
  const Outcome outcome = run_psaflow({"synth", scenario, "--json", json});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.out, Contains("fits: no, too much of LUT, DSP, URAM\n") && Contains("none"));
  CHECK(outcome.err == "psaflow: small does not fit xczu3eg: too much of LUT, DSP, URAM\n");
  const auto report = nlohmann::json::parse(read_text(json));
  CHECK(report.at("fits") == false);
  CHECK(report.at("too_much_of") == nlohmann::json({"lut", "dsp", "uram"}));
  CHECK(report.at("used_percent").at("uram").is_null());  // the device has none
}

TEST_CASE("synth refuses in one line what it cannot do") {
  const World world;
  const std::string scenario = world.scenario("");
  const auto last_line = [](const Outcome& outcome) {
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
    return outcome.err;
  };
  {
    const FakeYosys yosys(stat_text("     NEW_CELL  1", 1));
    const Outcome unknown = run_psaflow({"synth", scenario});
    CHECK(unknown.status == 2);
    CHECK_THAT(last_line(unknown), Contains("a cell NEW_CELL") && Contains("Yosys 0.23"));
  }
  check_user_error(run_psaflow({"synth", world.scratch / "missing.yaml"}), {"missing.yaml"});
  check_user_error(run_psaflow({"synth", scenario, "--json", scenario}), {"--json", "file of --scenario"});
  check_user_error(run_psaflow({"synth", world.scenario(", residual_fifo_depth: 1")}), {"locks up", "simulate"});
  check_user_error(run_psaflow({"synth"}), {"scenario", "psaflow synth --help"});

  const std::string path = ::getenv("PATH");
  ::setenv("PATH", (world.scratch / "nothing").c_str(), 1);
  const Outcome missing = run_psaflow({"synth", world.scenario("")});
  ::setenv("PATH", path.c_str(), 1);
  CHECK(missing.status == 2);
  CHECK_THAT(last_line(missing), Contains("yosys: found no such program") && Contains("apt install yosys"));
}
