// The fixed-size accelerator's IP by itself: its files, its test bench with each tool, planted faults, its driver on the Verilated model.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <set>

#include "sw/data/process.h"
#include "sw/golden/ports.h"
#include "sw/io/sha256.h"
#include "tests/package/small_ip.h"
#include "tests/scratch_folder.h"

using namespace psaflow;
using namespace psaflow::test;
using Catch::Contains;

namespace {

// Another last digit in the first line of a memory file.
void plant(const std::string& path) {
  std::string text = read_text(path);
  char& digit = text[text.find('\n') - 1];
  digit = digit == '0' ? '1' : '0';
  write_text(path, text);
}

}  // namespace

TEST_CASE("a simd IP: names, manifest, ports and files of the metadata") {
  const auto ip = small_simd_ip("tiny-fixed");
  const auto json = nlohmann::json::parse(file_of(ip->files, "manifest.json"));
  CHECK(json.at("top") == "tiny_fixed");
  CHECK(json.at("kind") == "simd");
  CHECK(json.at("figures").at("ii_cycles").get<int64_t>() > 0);
  std::set<std::string> ports;
  for (const auto& port : json.at("ports")) ports.insert(port.at("name").get<std::string>());
  for (const char* name :
       {"aclk", "aresetn", "s_axi_awaddr", "s_axi_rdata", "m_axi_araddr", "m_axi_wdata", "interrupt"})
    CHECK(ports.count(name) == 1);
  std::set<std::string> listed;
  for (const auto& file : json.at("files")) {
    const std::string& text = file_of(ip->files, file.at("path"));
    CHECK(file.at("sha256") == sha256_hex(text.data(), text.size()));
    listed.insert(file.at("path").get<std::string>());
  }
  CHECK(listed.size() + 1 == ip->files.size());
  const std::string& top = file_of(ip->files, "rtl/tiny_fixed.sv");
  for (const std::string& file : listed) {
    if (file.rfind("rtl/", 0) == 0) CHECK(file.rfind("rtl/tiny_fixed", 0) == 0);
    if (file.rfind("sim/", 0) == 0) CHECK(file.rfind("sim/tiny_fixed", 0) == 0);
  }
  for (const std::string& port : ports) CHECK_THAT(top, Contains(" " + port));
  for (const char* name : {"component.xml", "component-2014.xml"}) {
    const std::string& text = file_of(ip->files, name);
    pugi::xml_document document;
    REQUIRE(document.load_string(text.c_str()));
    CHECK_THAT(text, Contains("memoryMapRef") && Contains("addressSpaceRef") && Contains(">AWADDR<"));
    for (const std::string& port : ports) CHECK_THAT(text, Contains(">" + port + "<"));
    for (const std::string& file : listed) {
      if (file.rfind("rtl/", 0) == 0) CHECK_THAT(text, Contains(">" + file + "<"));
    }
  }
  CHECK_THAT(file_of(ip->files, "tiny_fixed.core"), Contains("rtl/tiny_fixed_simd_core.sv") && !Contains("roms"));
  CHECK_THAT(file_of(ip->files, "README.md"),
             Contains("| 0x08 | control |") && Contains("7 logits") && !Contains("{{"));
  const std::string& program = file_of(ip->files, "memory/tiny_fixed_program.bin");
  CHECK(program == std::string(ip->mapping.image.begin(), ip->mapping.image.end()));
}

TEST_CASE("Icarus: a simd IP passes under a strange path, from another folder", "[.icarus]") {
  const ScratchFolder scratch;
  write_files(small_simd_ip("alone", 5)->files, scratch / kStrange);
  const ProcessResult result = make(scratch / kStrange, "sim-icarus");
  INFO(result.messages);
  CHECK(result.ok());
  CHECK_THAT(result.messages, Contains("run 3: 1 images") && Contains("PASS"));
}

TEST_CASE("Icarus: each planted fault fails the simulation of a simd IP", "[.icarus]") {
  const ScratchFolder scratch;
  const std::string folder = scratch / "ip";
  const auto fails = [&](const std::string& says) {
    const ProcessResult result = make(folder, "sim-icarus");
    INFO(result.messages);
    CHECK_FALSE(result.ok());
    CHECK_THAT(result.messages, Contains(says));
    CHECK_THAT(result.messages, !Contains("PASS"));
  };
  write_files(small_simd_ip("faulty")->files, folder);
  SECTION("an expected value") {
    plant(folder + "/sim/faulty_expected.mem");
    fails("run 0 image 0 beat 0");
  }
  SECTION("the program's magic") {
    plant(folder + "/sim/faulty_memory.mem");
    fails("register 0c");
  }
  SECTION("a cycle more than planned") {
    plant(folder + "/sim/faulty_cycles.mem");
    fails("planned");
  }
  SECTION("data that do not wait") {
    replace(folder + "/rtl/faulty_simd_writer.sv", "if (w_ready_i) begin", "if (1'b1) begin");
    fails("FAIL");
  }
  SECTION("a burst that crosses 4 KiB") {
    replace(folder + "/rtl/faulty_simd_bursts.sv", "(span_q >> BurstLog2) == '0", "1'b1");
    replace(folder + "/rtl/faulty_simd_bursts.sv", "last_o ? ending : Most", "8'(span_q)");
    fails("a burst");
  }
  SECTION("an error that is not told") {
    replace(folder + "/rtl/faulty_simd_loader.sv", "if (r_valid_i && r_resp_i != 2'b00 && !halt_i) begin",
            "if (1'b0) begin");
    fails("run 2");
  }
}

TEST_CASE("Verilator: lint, test bench and driver of a simd IP under a strange path", "[.verilator]") {
  const ScratchFolder scratch;
  const std::string folder = scratch / kStrange;
  const auto ip = small_simd_ip("driven", 6);
  write_files(ip->files, folder);
  check_passes(folder, "lint");
  check_passes(folder, "sim");

  // The driver, as a host would use it: packs images, starts, waits, prints classes.
  const std::string host = scratch / "host";
  std::filesystem::create_directories(host);
  std::vector<std::string> argv = {"verilator", "--cc",         "--exe",  "--build",    "--no-timing", "--prefix",
                                   "Vdut",      "--top-module", "driven", "--Mdir",     "obj",         "-o",
                                   "../host",   "-CFLAGS",      "-I..",   "-MAKEFLAGS", "CURDIR=."};
  for (const TextFile& file : ip->files) {
    const std::filesystem::path path = file.name;
    const std::string part = path.parent_path().string(), name = path.filename().string();
    if (part != "rtl" && part != "sw" && part != "memory") continue;
    write_text(host + "/" + name, file.text);
    if (part == "rtl") argv.push_back(name);
  }
  const std::string source = PSAFLOW_SOURCE_DIR;
  write_text(host + "/axi_memory.h", read_text(source + "/rtl_gen/cosim/harness/axi_memory.h"));
  write_text(host + "/host.cpp", read_text(source + "/tests/package/simd_host.cpp"));
  write_text(host + "/images", std::string(ip->workload.inputs.begin(), ip->workload.inputs.end()));
  ProcessOptions options;
  options.folder = host;
  const ProcessResult compiled = run_process(
      {"cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O1", "-c", "psaflow_simd.c"}, options);
  INFO(compiled.messages);
  REQUIRE(compiled.ok());
  argv.insert(argv.end(), {"host.cpp", host + "/psaflow_simd.o"});
  const ProcessResult built = run_process(argv, options);
  INFO(built.messages);
  REQUIRE(built.ok());
  const ProcessResult run = run_process({host + "/host", "2"}, options);
  INFO(run.messages);
  CHECK(run.ok());
  for (size_t i = 0; i < 2; ++i) {
    const int wanted = named_class(ip->model.network, ip->workload.expected(i));
    CHECK_THAT(run.messages, Contains("image " + std::to_string(i) + ": class " + std::to_string(wanted) + "\n"));
  }
  CHECK_THAT(run.messages, Contains("refused: no program for this hardware"));
}

TEST_CASE("Yosys: synthesis of a simd IP under a strange path", "[.slow]") {
  const ScratchFolder scratch;
  const std::string folder = scratch / kStrange;
  write_files(small_simd_ip("synthesised", 4, {ImageForm::kPatches, true})->files, folder);
  check_passes(folder, "synth");
  CHECK_THAT(read_text(folder + "/build/synth.txt"), Contains("DSP48E2") && Contains("FDRE"));
}
