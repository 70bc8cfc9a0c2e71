// psaflow paper: the table follows from the networks' figures; what stands in a README is replaced; wrong places are told before the work.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/cli/program.h"
#include "tests/scratch_folder.h"
#include "tests/support/fake_yosys.h"

using namespace psaflow::test;
using Catch::Matchers::Contains;

namespace {

std::string row(const nlohmann::json& report, const std::string& what) {
  for (const auto& r : report.at("rows"))
    if (r.at("what") == what) return r.at("ours");
  return "no such row";
}

std::string percent(double now, double before) {
  return fmt::format("{:+.1f} %", 100 * (now / before - 1));
}

}  // namespace

TEST_CASE("the paper's table: its cycles under its timing, and ratios of our own figures") {
  const ScratchFolder scratch;
  ::setenv("PSAFLOW_CACHE", (scratch / "cache").c_str(), 1);
  const FakeYosys yosys(stat_text("     DSP48E2  2\n     LUT6  7", 9));
  const std::string json = scratch / "paper.json", readme = scratch / "README.md";
  write_text(readme, "before\n<!-- psaflow paper -->\nold\n<!-- end -->\nafter\n");
  const Outcome outcome = run_psaflow({"paper", "--json", json, "--readme", readme});
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("Yosys 0.23 (of a test)") && Contains("-25 %"));
  const auto report = nlohmann::json::parse(read_text(json));
  const auto &psa = report.at("networks").at("psa-h96"), &wide = report.at("networks").at("relu-h192"),
             &narrow = report.at("networks").at("relu-h96");
  CHECK(psa.at("paper_streaming_cycles") == 6240);
  CHECK(wide.at("paper_streaming_cycles") == 12352);
  CHECK(psa.at("streaming_cycles") == 6144);
  CHECK(wide.at("streaming_cycles") == 12288);
  CHECK(narrow.at("paper_simd_cycles").get<double>() ==
        Approx(29215).epsilon(0.01));  // what the profile is calibrated on
  CHECK(psa.at("paper_simd_cycles").get<double>() == Approx(29441).epsilon(0.01));
  CHECK(wide.at("paper_simd_cycles").get<double>() == Approx(47681).epsilon(0.01));
  CHECK(row(report, "multiplications, PSA 96 against ReLU 192") == percent(psa.at("macs"), wide.at("macs")));
  CHECK(psa.at("macs").get<int64_t>() < wide.at("macs").get<int64_t>());
  const auto lut_dsp = [](const nlohmann::json& n) {
    return n.at("streaming").at("lut").get<double>() + n.at("streaming").at("dsp").get<double>();
  };
  CHECK(psa.at("streaming").at("dsp").get<int>() > 0);
  CHECK(row(report, "streaming: LUT + DSP, PSA 96 against ReLU 192") == percent(lut_dsp(psa), lut_dsp(wide)));
  CHECK(row(report, "streaming: throughput, PSA 96 against ReLU 192") == "+100.0 %");
  CHECK(row(report, "SIMD: LUTs, PSA 96 against ReLU 192") ==
        percent(psa.at("simd").at("lut"), wide.at("simd").at("lut")));
  CHECK(row(report, "SIMD: throughput, PSA 96 against ReLU 192") ==
        percent(wide.at("simd_cycles"), psa.at("simd_cycles")));
  // Accuracies are compared at equal budgets alone.
  const auto zoo_card = [](const std::string& id) {
    return nlohmann::json::parse(read_text(std::string(PSAFLOW_SOURCE_DIR) + "/sw/zoo/" + id + "/card.json"));
  };
  for (const auto& [key, hidden] : {std::pair("over_relu_h192", "192"), {"over_relu_h96", "96"}}) {
    const auto& gain = report.at("psa_h96").at(key);
    const std::string networks = gain.at("networks");
    const size_t comma = networks.find(", ");
    REQUIRE(comma != std::string::npos);
    const auto own = zoo_card(networks.substr(0, comma)), rival = zoo_card(networks.substr(comma + 2));
    CHECK(own.at("activation") == "psa");
    CHECK(rival.at("activation") == "relu");
    CHECK(rival.at("hidden") == std::stoi(hidden));
    CHECK(own.at("epochs") == rival.at("epochs"));
    CHECK(own.at("epochs") >= 60);  // the longest
    const double points =
        100 * (own.at("test").at("int8_accuracy").get<double>() - rival.at("test").at("int8_accuracy").get<double>());
    CHECK(row(report, std::string("PSA 96 over ReLU ") + hidden) == fmt::format("{:+.2f} points", points));
  }
  const std::string page = read_text(readme);
  CHECK_THAT(page, Contains("before\n<!-- psaflow paper -->\n") && Contains("<!-- end -->\nafter\n") &&
                       Contains("| SIMD: LUTs, PSA 96 against ReLU 192 | +3.5 % |") && !Contains("old"));
}

TEST_CASE("a README without a place for the table, or a folder without the scenarios, is told before the work") {
  const ScratchFolder scratch;
  const FakeYosys yosys(stat_text("     LUT6  7", 7));
  write_text(scratch / "README.md", "nothing\n");
  check_user_error(run_psaflow({"paper", "--readme", scratch / "README.md"}), {"README.md", "<!-- psaflow paper -->"});
  check_user_error(run_psaflow({"paper", "--scenarios", scratch.path().string()}), {"paper-psa-h96.yaml"});
}
