// An IP by itself: under a strange path, called from elsewhere, with the tools that its Makefile names; faults planted in
// it must be found; two of them in one simulation.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "sw/data/process.h"
#include "tests/package/small_ip.h"
#include "tests/scratch_folder.h"

using namespace psaflow;
using namespace psaflow::test;
using Catch::Contains;

namespace {

// One character of one file is another.
void plant(const std::string& path, size_t at, char now) {
  std::string text = read_text(path);
  REQUIRE(at < text.size());
  REQUIRE(text[at] != now);
  text[at] = now;
  write_text(path, text);
}

}  // namespace

TEST_CASE("Icarus: the test bench passes under a strange path, from another folder", "[.icarus]") {
  const ScratchFolder scratch;
  write_ip(*small_ip("alone", 5, true), scratch / kStrange);
  const ProcessResult result = make(scratch / kStrange, "sim-icarus");
  INFO(result.messages);
  CHECK(result.ok());
  CHECK_THAT(result.messages, Contains("pass 2: 10 packets") && Contains("PASS"));
}

TEST_CASE("Icarus: each planted fault fails the simulation", "[.icarus]") {
  const auto ip = small_ip("faulty");
  const ScratchFolder scratch;
  const std::string folder = scratch / "ip";
  const auto fails = [&](const std::string& says) {
    const ProcessResult result = make(folder, "sim-icarus");
    INFO(result.messages);
    CHECK_FALSE(result.ok());
    CHECK_THAT(result.messages, Contains(says));
    CHECK_THAT(result.messages, !Contains("PASS"));
  };
  write_ip(*ip, folder);
  SECTION("an expected value") {
    const std::string path = folder + "/sim/faulty_expected.mem", text = read_text(path);
    plant(path, 1, text[1] == '0' ? '1' : '0');
    fails("pass 0 packet 0 (image 0) beat 0");
  }
  SECTION("a ROM word: the bias of a logit") {
    const std::string path = folder + "/rtl/faulty_head_param_rom.mem";
    const size_t low = read_text(path).find('\n') - 1;
    const char was = read_text(path)[low];
    plant(path, low, was < '8' ? static_cast<char>("89abcdef"[was - '0']) : '0');
    fails("expected");
  }
  SECTION("a ROM that is not there") {
    std::filesystem::remove(folder + "/rtl/faulty_embed_weight_rom.mem");
    fails("faulty_embed_weight_rom.mem");
  }
  SECTION("TLAST a beat early") {
    replace(folder + "/rtl/faulty_axis_out.sv", "BeatWidth'(Beats - 1)", "BeatWidth'(Beats - 2)");
    fails("TLAST");
  }
  SECTION("an error that never rises") {
    replace(folder + "/rtl/faulty_axis_in.sv", "axis_last_i != last", "1'b0");
    fails("pass 2");
  }
  SECTION("a short packet that is not filled up") {
    replace(folder + "/rtl/faulty_axis_in.sv", "(pad_q || axis_last_i) && !last", "1'b0");
    fails("pass 2");
  }
  SECTION("a long packet whose rest is not dropped") {
    replace(folder + "/rtl/faulty_axis_in.sv", "!axis_last_i && (drop_q || last)", "1'b0");
    fails("pass 2");
  }
  SECTION("a wrong packet that is not marked") {
    replace(folder + "/rtl/faulty_axis_in.sv", "= pad_q || !axis_last_i", "= !axis_last_i && !pad_q");
    fails("TUSER");
  }
  SECTION("a cycle more than planned") {
    const std::string path = folder + "/sim/faulty_cycles.mem", text = read_text(path);
    plant(path, 7, text[7] == '0' ? '1' : '0');
    fails("planned");
  }
  SECTION("a register without a reset: X reaches an output") {
    replace(folder + "/rtl/faulty_axis_in.sv", "error_q <= 1'b0;", "");
    fails("an X");
  }
}

TEST_CASE("Icarus: two IPs of different networks in one simulation", "[.icarus]") {
  const ScratchFolder scratch;
  write_ip(*small_ip("one", 3), scratch / "one");
  write_ip(*small_ip("other", 8, true), scratch / "the other");
  write_text(scratch / "both.sv",
             "module both;\n"
             "  one_tb #(.RomDir(\"one/rtl\"), .VectorDir(\"one/sim\"), .Finish(0)) u_one ();\n"
             "  other_tb #(.RomDir(\"the other/rtl\"), .VectorDir(\"the other/sim\"), .Finish(0)) u_other ();\n"
             "endmodule\n");
  std::vector<std::string> argv = {"iverilog", "-g2012", "-s", "both", "-o", "both.vvp", "both.sv"};
  for (const char* folder : {"one", "the other"}) {
    for (const char* part : {"rtl", "sim"}) {
      for (const auto& entry : std::filesystem::directory_iterator(scratch.path() / folder / part)) {
        if (entry.path().extension() == ".sv") argv.push_back(entry.path());
      }
    }
  }
  ProcessOptions options;
  options.folder = scratch.path();
  const ProcessResult build = run_process(argv, options);
  INFO(build.messages);
  REQUIRE(build.ok());
  const ProcessResult run = run_process({"vvp", "-n", "both.vvp"}, options);
  INFO(run.messages);
  CHECK(run.ok());
  const size_t first = run.messages.find("PASS");
  REQUIRE(first != std::string::npos);
  CHECK(run.messages.find("PASS", first + 1) != std::string::npos);
}

TEST_CASE("Icarus: raw images in, a class out", "[.icarus]") {
  for (const ImageForm form : {ImageForm::kInterleaved, ImageForm::kPlanar}) {
    const ScratchFolder scratch;
    const auto ip = small_ip("raw", 4, false, {form, true});
    write_ip(*ip, scratch / "ip");
    CHECK_THAT(ip->file("README.md"), Contains("unsigned as they are") && Contains("The class, an unsigned byte"));
    check_passes(scratch / "ip", "sim-icarus");
  }
}

TEST_CASE("Verilator: lint and test bench under a strange path, from another folder", "[.verilator]") {
  const ScratchFolder scratch;
  const std::string folder = scratch / kStrange;
  write_ip(*small_ip("verilated", 6, true, {ImageForm::kInterleaved, true}), folder);
  check_passes(folder, "lint");
  check_passes(folder, "sim");
  const std::string path = folder + "/sim/verilated_expected.mem", text = read_text(path);
  plant(path, 1, text[1] == '0' ? '1' : '0');
  const ProcessResult result = make(folder, "sim");
  CHECK_FALSE(result.ok());
  CHECK_THAT(result.messages, Contains("FAIL: pass 0 packet 0 (image 0) beat 0"));
  replace(folder + "/rtl/verilated.sv", "logic in_valid, in_ready;", "logic in_valid, in_ready, nobody;");
  CHECK_FALSE(make(folder, "lint").ok());
}

TEST_CASE("Yosys: synthesis under a strange path, from another folder", "[.yosys]") {
  const ScratchFolder scratch;
  const std::string folder = scratch / kStrange;
  write_ip(*small_ip("synthesised", 3, false, {ImageForm::kInterleaved, true}), folder);
  check_passes(folder, "synth");
  CHECK_THAT(read_text(folder + "/build/synth.txt"), Contains("DSP48E2") && Contains("FDRE"));
  CHECK(std::filesystem::exists(folder + "/build/synthesised.json"));
  std::filesystem::remove(folder + "/rtl/synthesised_embed_weight_rom.mem");
  CHECK_FALSE(make(folder, "synth").ok());
}
