// psaflow export where it must refuse, and where it writes to.
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/cli/program.h"
#include "tests/scratch_folder.h"

using namespace psaflow::test;
using Catch::Matchers::Contains;

namespace {

std::string save_scenario(const ScratchFolder& scratch, const std::string& accelerator,
                          const std::string& name = "small") {
  const std::string path = scratch / "small.yaml";
  write_text(path, "name: " + name +
                       "\nmodel: {synthetic: {embed: 16, hidden: 16, blocks: 1, patch: 8, seed: 3}}\ndata: {dir: .}\n"
                       "accelerator: {kind: streaming" +
                       accelerator + "}\n");
  return path;
}

int cycles_of(const std::string& folder) {
  return nlohmann::json::parse(read_text(folder + "/manifest.json")).at("plan").at("ii_cycles");
}

}  // namespace

TEST_CASE("export promises what the FIFOs allow, and nothing for a design that locks up") {
  const ScratchFolder scratch;
  REQUIRE(run_psaflow({"export", save_scenario(scratch, ""), "--out", scratch / "deep"}).status == 0);
  REQUIRE(run_psaflow({"export", save_scenario(scratch, ", fifo_depth: 1"), "--out", scratch / "shallow"}).status == 0);
  CHECK(cycles_of(scratch / "deep") == 16 * 192);    // the input alone: 16 tokens of 192 features
  CHECK(cycles_of(scratch / "shallow") > 16 * 192);  // a beat every other cycle at best
  const std::string locks_up = save_scenario(scratch, ", residual_fifo_depth: 1");
  check_user_error(run_psaflow({"export", locks_up, "--out", scratch / "no"}), {locks_up, "locks up", "simulate"});
  CHECK(scratch.names() == std::set<std::string>{"small.yaml", "deep", "shallow"});
}

TEST_CASE("export fills an empty folder in its place, through links too") {
  const ScratchFolder scratch;
  const std::string scenario = save_scenario(scratch, ", profile: vitis-hls-2023.1");
  std::filesystem::create_directory(scratch.path() / "empty");
  std::filesystem::create_symlink("empty", scratch.path() / "link");
  const Outcome outcome = run_psaflow({"export", scenario, "--out", scratch / "link"});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("not that of the scenario's profile vitis-hls-2023.1"));
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(scratch.path() / "empty"))
    names.insert(entry.path().filename());
  const std::set<std::string> wanted = {
      "rtl",       "sim",           "constraints",  "scripts",       "Makefile",           "README.md",
      "LICENSE",   "manifest.json", "d_small.core", "component.xml", "component-2014.xml", "d_small.svg",
      "AXI-DMA.md"};
  CHECK(names == wanted);
  check_user_error(run_psaflow({"export", scenario, "--out", scratch / "link"}), {"--out", "something is there"});

  std::filesystem::create_directory(scratch.path() / "here");
  REQUIRE(run_psaflow({"export", scenario, "--out", "."}, 120, scratch / "here").status == 0);
  CHECK(std::filesystem::exists(scratch.path() / "here/manifest.json"));
}

TEST_CASE("export of a fixed-size accelerator leaves its block diagram, manifest and README tell of it") {
  const ScratchFolder scratch;
  write_text(scratch / "small.yaml",
             "name: small\nmodel: {synthetic: {embed: 16, hidden: 16, blocks: 1, patch: 8, seed: 3}}\ndata: {dir: .}\n"
             "accelerator: {kind: simd, tile: 4}\n");
  const Outcome outcome = run_psaflow({"export", scratch / "small.yaml", "--out", scratch / "ip"});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK_THAT(read_text(scratch / "ip/d_small.svg"), Contains("4 x 4 DSP slices"));
  CHECK_THAT(read_text(scratch / "ip/README.md"), Contains("`d_small.svg`"));
  bool listed = false;
  const nlohmann::json manifest = nlohmann::json::parse(read_text(scratch / "ip/manifest.json"));
  for (const auto& file : manifest.at("files")) listed = listed || file.at("path") == "d_small.svg";
  CHECK(listed);
}

TEST_CASE("an IP is synthesised for the family of its device") {
  const ScratchFolder scratch;
  for (const auto& [device, family] : {std::pair("xc7a100t", "xc7"), std::pair("xck26", "xcup")}) {
    const std::string ip = scratch / device;
    REQUIRE(run_psaflow({"export", save_scenario(scratch, std::string(", device: ") + device), "--out", ip}).status ==
            0);
    CHECK_THAT(read_text(ip + "/Makefile"), Contains(std::string("SYNTH_FAMILY ?= ") + family + "\n"));
    CHECK_THAT(read_text(ip + "/d_small.core"), Contains(std::string("[-family, ") + family + "]"));
    CHECK_THAT(read_text(ip + "/scripts/vivado.tcl"), Contains(device));
  }
}

TEST_CASE("export refuses before the work what cannot be written") {
  const ScratchFolder scratch;
  const std::string scenario = save_scenario(scratch, "");
  write_text(scratch / "file", "");
  check_user_error(run_psaflow({"export", scenario, "--out", scratch / "file"}), {"--out", "no folder"});
  check_user_error(run_psaflow({"export", scenario, "--out", scratch / "file/ip"}), {scratch / "file"});
  check_user_error(run_psaflow({"export", scenario, "--out", scratch / std::string(256, 'x')}), {"--out"});
  check_user_error(run_psaflow({"export", save_scenario(scratch, "", std::string(300, 'n')), "--out", scratch / "x"}),
                   {"small.yaml:1: name", "at most 200 bytes"});
  CHECK(scratch.names() == std::set<std::string>{"small.yaml", "file"});
}

TEST_CASE("explore takes a synthetic network, and its designs are scenarios that run") {
  const ScratchFolder scratch;
  write_text(scratch / "s.yaml",
             "name: s\nmodel: {synthetic: {embed: 12, hidden: 12, blocks: 1, patch: 8, seed: 3}}\ndata: {dir: " +
                 std::string(PSAFLOW_SOURCE_DIR) +
                 "/sw/data/samples, images: 2}\naccelerator: {kind: streaming}\nexplore: {lanes: [1, 2]}\n");
  const Outcome explored = run_psaflow({"explore", scratch / "s.yaml", "--out", scratch / "x", "--simulate", "1"});
  INFO(explored.out << explored.err);
  REQUIRE(explored.status == 0);
  const std::filesystem::directory_iterator designs(scratch.path() / "x/scenarios");
  CHECK(run_psaflow({"simulate", designs->path().string()}).status == 0);
}

TEST_CASE("export and explore of a fixed-size accelerator") {
  const ScratchFolder scratch;
  const auto scenario = [&](const std::string& more) {
    const std::string path = scratch / "fixed.yaml";
    write_text(path,
               "name: fixed\nmodel: {synthetic: {embed: 12, hidden: 12, blocks: 1, patch: 8, seed: 3}}\ndata: {dir: " +
                   std::string(PSAFLOW_SOURCE_DIR) +
                   "/sw/data/samples, images: 4}\naccelerator: {kind: simd, tile: 8}\n" + more);
    return path;
  };
  const Outcome exported = run_psaflow({"export", scenario(""), "--out", scratch / "ip"});
  INFO(exported.err);
  REQUIRE(exported.status == 0);
  CHECK_THAT(exported.out, Contains("top module fixed") && Contains("4 golden images"));
  const auto manifest = nlohmann::json::parse(read_text(scratch / "ip/manifest.json"));
  CHECK(manifest.at("kind") == "simd");
  CHECK(manifest.at("top") == "fixed");
  for (const char* file : {"rtl/fixed.sv", "sim/fixed_tb.sv", "sw/psaflow_simd.c", "sw/fixed.h",
                           "memory/fixed_program.bin", "Makefile", "fixed.core", "component.xml"})
    CHECK(std::filesystem::exists(scratch.path() / "ip" / file));

  const Outcome explored =
      run_psaflow({"explore", scenario("explore: {devices: [xcu50, xczu3eg]}\n"), "--out", scratch / "x"});
  INFO(explored.out << explored.err);
  REQUIRE(explored.status == 0);
  const auto points = nlohmann::json::parse(read_text(scratch / "x/points.json"));
  REQUIRE(points.size() == 8);
  for (const auto& point : points) {
    for (const char* key :
         {"tile", "ii_cycles", "fps", "lut", "ff", "dsp", "bram36", "uram", "accuracy", "fits", "pareto"})
      CHECK(point.contains(key));
    CHECK(point.at("kind") == "simd");
    const int tile = point.at("tile");
    CHECK(point.at("dsp") == tile * tile + 3 * tile);
    CHECK(point.at("fits") == (tile < 32 || point.at("device") == "xcu50"));  // 360 DSPs are fewer than 1120
    if (point.contains("simulated")) {
      CHECK(point.at("simulated").at("mismatches") == 0);
      CHECK(point.at("simulated").at("ii_cycles") == point.at("ii_cycles"));
    }
    if (!point.at("pareto").get<bool>()) continue;
    const std::string again = scratch.path() / "x" / point.at("scenario");
    const Outcome simulated = run_psaflow({"simulate", again, "--json", scratch / "again.json"});
    INFO(simulated.err);
    CHECK(simulated.status == 0);
  }
  CHECK_THAT(read_text(scratch / "x/points.csv"), Contains("\n0,") && Contains(",simd,4,,,,xcu50,"));
  check_user_error(run_psaflow({"explore", scenario("explore: {lanes: 2}\n"), "--out", scratch / "y"}),
                   {"fixed.yaml:5", "explore", "lanes"});
  check_user_error(run_psaflow({"explore", scenario("explore: {tile: 5}\n"), "--out", scratch / "y"}),
                   {"explore.tile", "5"});
  check_user_error(run_psaflow({"explore", scenario("explore: {kind: both}\n"), "--out", scratch / "y"}),
                   {"explore.kind", "both", "streaming, simd"});
  const Outcome both =
      run_psaflow({"explore", scenario("explore: {kind: [simd, streaming], tile: 4, lanes: 2, rom_style: auto}\n"),
                   "--out", scratch / "both", "--simulate", "4"});
  INFO(both.out << both.err);
  REQUIRE(both.status == 0);
  CHECK_THAT(both.out, Contains("least LUT + DSP above 1,000 images a second"));
  std::map<std::string, size_t> kinds;
  for (const auto& point : nlohmann::json::parse(read_text(scratch / "both/points.json"))) {
    ++kinds[point.at("kind").get<std::string>()];
    if (!point.at("pareto").get<bool>()) continue;
    CHECK(run_psaflow({"simulate", scratch.path() / "both" / point.at("scenario")}).status == 0);
  }
  CHECK(kinds["simd"] == 1);
  CHECK(kinds["streaming"] > 3);
}

TEST_CASE("export --onnx writes a file, with an IP or without") {
  const ScratchFolder scratch;
  const std::string scenario = save_scenario(scratch, "");
  const Outcome outcome = run_psaflow({"export", scenario, "--onnx", scratch / "net.onnx"});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("int8 [N,16,192] -> int8 [N,10]") && Contains("opset 13"));
  CHECK_THAT(read_text(scratch / "net.onnx"), Contains("blocks.0.token.mix") && Contains("psaflow"));
  REQUIRE(run_psaflow({"export", scenario, "--onnx", scratch / "again.onnx", "--out", scratch / "ip"}).status == 0);
  CHECK(read_text(scratch / "again.onnx") == read_text(scratch / "net.onnx"));
  CHECK(scratch.names() == std::set<std::string>{"small.yaml", "net.onnx", "again.onnx", "ip"});
  check_user_error(run_psaflow({"export", scenario}), {"--onnx", "--out"});
  check_user_error(run_psaflow({"export", scenario, "--onnx", scenario}), {"--onnx"});
  check_user_error(run_psaflow({"export", scenario, "--onnx", scratch / "no/net.onnx"}), {"--onnx"});
}
