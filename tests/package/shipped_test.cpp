// The IPs of shipped scenarios by themselves, as a user has them: exported by the program, moved under a strange path, and checked from
// elsewhere by their own Makefile. Minutes each, so the tests are labelled slow; wall times are printed.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <regex>

#include "tests/package/small_ip.h"
#include "tests/scratch_folder.h"

using namespace psaflow;
using namespace psaflow::test;
using Catch::Contains;

namespace {

// The scenario's IP in `folder`, which is not where it was exported to.
class ShippedIp {
 public:
  // scenario: a file of scenarios/; more: keys that are added to it.
  explicit ShippedIp(const std::string& scenario, const std::string& more = "") : name_(scenario) {
    const std::filesystem::path shipped = std::filesystem::path(PSAFLOW_SOURCE_DIR) / "scenarios" / scenario;
    std::string path = shipped.string();
    if (!more.empty()) {
      path = scratch_ / "scenario.yaml";
      std::string text = read_text(shipped.string());
      for (size_t at = 0; (at = text.find("../", at)) != std::string::npos;)
        text.replace(at, 3, PSAFLOW_SOURCE_DIR "/");
      write_text(path, text + more);
      name_ += ", " + more.substr(0, more.find('\n'));
    }
    const ProcessResult result = run_process({PSAFLOW_PROGRAM, "export", path, "--out", scratch_ / "exported"});
    INFO(result.messages);
    REQUIRE(result.ok());
    folder_ = scratch_ / kStrange;
    std::filesystem::create_directories(std::filesystem::path(folder_).parent_path());
    std::filesystem::rename(scratch_ / "exported", folder_);
  }

  const std::string& folder() const { return folder_; }

  // make's targets and variables.
  ProcessResult make(const std::string& target, const std::vector<std::string>& variables = {}) const {
    const auto start = std::chrono::steady_clock::now();
    ProcessOptions options;
    options.folder = "/";
    std::vector<std::string> argv = {"make", "-s", "-f", folder_ + "/Makefile", target};
    argv.insert(argv.end(), variables.begin(), variables.end());
    ProcessResult result = run_process(argv, options);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    fmt::print("{}: make {} {}: {:.0f} s\n", name_, target, fmt::join(variables, " "), seconds);
    std::fflush(stdout);
    return result;
  }

  void passes(const std::string& target, const std::vector<std::string>& variables = {}) const {
    const ProcessResult result = make(target, variables);
    INFO(target << ": " << result.messages);
    CHECK(result.ok());
  }

  // The simulation has to notice a weight that is far from what it was, the last byte of a file's first word; then the file is whole again.
  // (A weight that is one off may be lost in rounding.)
  void notices(const std::string& file) const {
    const std::string path = folder_ + "/" + file, text = read_text(path);
    std::string other = text;
    const size_t at = other.find('\n') - 2;
    other.replace(at, 2, other[at] >= '8' ? "7f" : "80");
    write_text(path, other);
    const ProcessResult result = make("sim", {"SIM_ARGS=+images=1"});
    INFO(file << ": " << result.messages);
    CHECK_FALSE(result.ok());
    CHECK_THAT(result.messages, Contains("FAIL"));
    write_text(path, text);
  }

 private:
  ScratchFolder scratch_;
  std::string name_, folder_;
};

// "86.65" of "Max frequency for clock 'aclk': 86.65 MHz (PASS at 60.00 MHz)".
double achieved_mhz(const std::string& messages) {
  std::smatch match;
  REQUIRE(std::regex_search(messages, match, std::regex(R"(Max frequency for clock '[^']*': ([0-9.]+) MHz \(PASS)")));
  return std::stod(match[1]);
}

const char* const kRaw = "export: {input: pixels, output: class}\n";

}  // namespace

TEST_CASE("the flagship's streaming IP, one element a beat", "[.w1]") {
  const ShippedIp ip("psa-h96-w1.yaml");
  ip.passes("lint");
  ip.passes("sim");
  ip.notices("rtl/psa_h96_w1_embed_weight_rom.mem");
}

TEST_CASE("the flagship's streaming IP, one element a beat, raw images in and a class out", "[.w1]") {
  const ShippedIp ip("psa-h96-w1.yaml", kRaw);
  ip.passes("lint");
  ip.passes("sim");
}

TEST_CASE("the flagship's streaming IP, four elements a beat", "[.w4]") {
  const ShippedIp ip("psa-h96-w4.yaml");
  ip.passes("lint");
  ip.passes("sim");
}

TEST_CASE("the flagship's streaming IP, four elements a beat, raw images in and a class out", "[.w4]") {
  const ShippedIp ip("psa-h96-w4.yaml", kRaw);
  ip.passes("lint");
  ip.passes("sim");
}

TEST_CASE("the flagship's fixed-size IP", "[.simd]") {
  const ShippedIp ip("simd-psa-h96-t16.yaml");
  ip.passes("lint");
  ip.passes("sim");
  ip.passes("sim-icarus", {"ICARUS_ARGS=+images=1"});
}

TEST_CASE("the IP of handwritten digits, every target", "[.mnist]") {
  const ShippedIp ip("mnist/mnist.yaml");
  ip.passes("lint");
  ip.passes("sim");
  ip.passes("sim-icarus", {"ICARUS_ARGS=+images=1"});
  ip.passes("synth");
  ip.notices("rtl/mnist_head_weight_rom.mem");
}

TEST_CASE("handwritten digits on an iCE40 HX8K: a bitstream, its clock, and the test bench on its cells", "[.ice40]") {
  const ShippedIp ip("mnist/mnist-ice40.yaml");
  const ProcessResult result = ip.make("bitstream");
  INFO(result.messages);
  REQUIRE(result.ok());
  CHECK_THAT(result.messages, Contains("ICESTORM_LC:") && Contains("ICESTORM_RAM:"));
  CHECK(achieved_mhz(result.messages) >= 60);  // as the scenario asks
  fmt::print("{}", result.messages);
  // From here on the netlist is there already.
  CHECK(std::filesystem::file_size(ip.folder() + "/build/mnist_ice40.bin") == 135100);  // all that an HX8K loads
  ip.passes("sim-netlist", {"-o", "ice40-netlist"});
  // What does not fit is an error.
  CHECK_FALSE(ip.make("bitstream", {"ICE40_DEVICE=hx1k", "ICE40_PACKAGE=tq144", "-o", "ice40-netlist"}).ok());
}
