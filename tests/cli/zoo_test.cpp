// psaflow zoo end to end: the same figures in text, Markdown and JSON, and what it refuses.
#include <catch2/catch.hpp>
#include <sstream>

#include "tests/cli/program.h"
#include "tests/zoo_report/cards.h"

using namespace psaflow::test;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

// The cells of the Markdown row that starts with `first`; empty: there is none.
std::vector<std::string> markdown_row(const std::string& text, const std::string& first) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("| " + first + " |", 0) != 0) continue;
    std::vector<std::string> cells;
    for (size_t at = 2; at < line.size();) {
      const size_t end = line.find(" |", at);
      cells.push_back(line.substr(at, end - at));
      at = end + 3;
    }
    return cells;
  }
  return {};
}

void save_small_zoo(const ScratchFolder& scratch) {
  json psa = card_json("p", "psa", 96, 300, 8800, 8790), relu = card_json("r", "relu", 96, 300, 8600, 8605);
  psa["distilled_from"] = relu["distilled_from"] = "teacher-h384";
  psa["qat_epochs"] = relu["qat_epochs"] = 50;
  save_card(scratch, "zoo/p", psa);
  save_card(scratch, "zoo/r", relu);
  json gelu = card_json("g", "gelu", 48, 20, 7000, 6900);
  gelu["recipe"] = gelu["recipe"].get<std::string>() + "holdout: 0\n";
  gelu["holdout"] = {{"images", 0}, {"float_accuracy", 0}, {"int8_accuracy", 0}};
  save_card(scratch, "zoo/grid/g", gelu);
  std::filesystem::create_directories(scratch.path() / "zoo/teacher-h384");
}

}  // namespace

TEST_CASE("zoo: the table and the gains, in Markdown and JSON") {
  const ScratchFolder scratch;
  save_small_zoo(scratch);
  const std::string report = scratch / "z.json", plot = scratch / "z.svg";
  const Outcome outcome = run_psaflow({"zoo", scratch / "zoo", "--markdown", "--json", report, "--plot", plot});
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK(outcome.err.empty());
  // 88.00 against the paper's 88.3, 87.90 against 88.1, float less INT8 0.10.
  CHECK(markdown_row(outcome.out, "p") ==
        std::vector<std::string>{"p", "PSA", "96", "300", "distilled from teacher-h384, QAT 50", "96,000", "9,600,000",
                                 "256", "88.00", "88.3", "-0.30", "87.90", "88.1", "-0.20", "0.10", "50.00", "25.00"});
  CHECK(markdown_row(outcome.out, "r") ==
        std::vector<std::string>{"r", "ReLU", "96", "300", "distilled from teacher-h384, QAT 50", "96,000", "9,600,000",
                                 "-", "86.00", "86.2", "-0.20", "86.05", "86.1", "-0.05", "-0.05", "50.00", "25.00"});
  CHECK(markdown_row(outcome.out, "grid/g") ==
        std::vector<std::string>{"grid/g", "GELU", "48", "20", "plain, whole split", "48,000", "4,800,000", "256",
                                 "70.00", "-", "-", "69.00", "-", "-", "1.00", "-", "-"});
  CHECK(markdown_row(outcome.out, "PSA H=96 over ReLU H=96") ==
        std::vector<std::string>{"PSA H=96 over ReLU H=96", "p, r", "+2.00", "+2.1", "+1.85", "+2.0", "0.48",
                                 "300 epochs, distilled from teacher-h384, 50 epochs QAT"});
  CHECK(markdown_row(outcome.out, "PSA H=96 over ReLU H=192") ==
        std::vector<std::string>{"PSA H=96 over ReLU H=192", "-", "-", "+0.5", "-", "+0.2", "-",
                                 "no card of ReLU, H = 192"});
  CHECK(markdown_row(outcome.out, "NN2FPGA ResNet8 INT8") ==
        std::vector<std::string>{"NN2FPGA ResNet8 INT8", "88.7", "30,153", "KV260", "arXiv 2309.15631"});
  CHECK_THAT(outcome.out, Contains("Without a card, not listed: teacher-h384.") && Contains("ACM TRETS 18(2) 21"));
  CHECK_THAT(read_text(plot), Catch::Matchers::StartsWith("<svg") && Contains("p, H = 96, 300 epochs"));

  const json j = json::parse(read_text(report));
  REQUIRE(j["networks"].size() == 3);
  const json& p = j["networks"][1];
  CHECK(p["id"] == "p");
  CHECK(p["test"]["float_accuracy"] == 0.88);
  CHECK(p["published_int8_accuracy"].get<double>() == Approx(0.881));
  CHECK(p["int8_difference_points"] == -0.2);
  CHECK(p["quantisation_loss_points"] == 0.1);
  CHECK(p["distilled_from"] == "teacher-h384");
  CHECK(j["networks"][2]["distilled_from"].is_null());
  CHECK(j["networks"][2]["published_float_accuracy"].is_null());
  CHECK(j["gains"][0]["equal_budget"] == true);
  CHECK(j["gains"][0]["float_points"] == 2.0);
  CHECK(j["gains"][0]["int8_points"] == 1.85);
  CHECK(j["gains"][1]["network"] == "p");
  CHECK(j["gains"][1]["base_network"].is_null());
  CHECK(j["published"]["accuracies"].size() == 12);
  CHECK(j["without_card"] == json::array({"teacher-h384"}));
}

TEST_CASE("zoo: blocks have a column where depths differ, and the paper's figures stand beside its own depth") {
  const ScratchFolder scratch;
  save_small_zoo(scratch);
  save_card(scratch, "zoo/q8", deep_card_json("q8", "psa", 96, 8, 150, 9000, 8990));
  const Outcome outcome = run_psaflow({"zoo", scratch / "zoo", "--markdown", "--json", scratch / "z.json"});
  REQUIRE(outcome.status == 0);
  const std::vector<std::string> deep = markdown_row(outcome.out, "q8"), four = markdown_row(outcome.out, "p");
  CHECK(std::vector<std::string>(deep.begin(), deep.begin() + 6) ==
        std::vector<std::string>{"q8", "PSA", "96", "8", "150", "plain"});
  CHECK(deep[9] == "90.00");
  CHECK(deep[10] == "-");
  CHECK(four[3] == "4");
  CHECK(four[10] == "88.3");
  const json j = json::parse(read_text(scratch / "z.json"));
  CHECK(j["networks"][1]["blocks"] == 4);
  CHECK(j["networks"][2]["blocks"] == 8);
  CHECK(j["networks"][2]["published_float_accuracy"].is_null());
}

TEST_CASE("zoo: as text, columns in line") {
  const ScratchFolder scratch;
  save_small_zoo(scratch);
  const Outcome outcome = run_psaflow({"zoo", scratch / "zoo"});
  REQUIRE(outcome.status == 0);
  std::istringstream lines(outcome.out);
  std::vector<size_t> ends;  // where the held-out INT8 figure ends: the last column, to the right
  for (std::string line; std::getline(lines, line) && !line.empty();) {
    for (const std::string_view cell : {" 25.00", "     -", "  INT8"}) {
      if (line.size() > cell.size() && line.substr(line.size() - cell.size()) == cell) ends.push_back(line.size());
    }
  }
  CHECK(ends == std::vector<size_t>(4, ends.empty() ? 0 : ends[0]));
  CHECK_THAT(outcome.out,
             Contains("88.00") && Contains("+1.85") && Contains("300 epochs, distilled from teacher-h384"));
}

TEST_CASE("zoo: tables into a README, between their marks and nowhere else") {
  const ScratchFolder scratch;
  save_small_zoo(scratch);
  const std::string page = scratch / "README.md", marks = "<!-- psaflow zoo -->\nold\n<!-- end -->\n";
  write_text(page, "before\n" + marks + "after\n");
  const std::vector<std::string> args = {"zoo", scratch / "zoo", "--readme", page};
  REQUIRE(run_psaflow(args).status == 0);
  const std::string once = read_text(page), markdown = run_psaflow({"zoo", scratch / "zoo", "--markdown"}).out;
  CHECK(once == "before\n<!-- psaflow zoo -->\n\n" + markdown + "\n<!-- end -->\nafter\n");
  REQUIRE(run_psaflow(args).status == 0);
  CHECK(read_text(page) == once);
  for (const std::string& bad :
       {std::string("nothing\n"), marks + marks, std::string("<!-- end -->\n<!-- psaflow zoo -->\n")}) {
    write_text(page, bad);
    check_user_error(run_psaflow(args), {page, "--readme", "<!-- end -->"});
    CHECK(read_text(page) == bad);
  }
}

TEST_CASE("zoo: what it refuses") {
  const ScratchFolder scratch;
  save_small_zoo(scratch);
  const std::string zoo = scratch / "zoo", out = scratch / "x";
  check_user_error(run_psaflow({"zoo", scratch / "missing"}), {"missing", "no folder"});
  check_user_error(run_psaflow({"zoo", zoo, "--plot", out, "--json", out}), {"--json", "--plot"});
  check_user_error(run_psaflow({"zoo", zoo, "--json", scratch / "zoo/grid/../p/card.json"}),
                   {"--json", "a file that is read"});
  check_user_error(run_psaflow({"zoo", zoo, "--plot", scratch / "no/x.svg"}), {"--plot", "no folder"});
  check_user_error(run_psaflow({"zoo", zoo, "--readme", scratch / "none.md"}), {"none.md"});
  json broken = card_json("b", "psa", 96, 1, 1, 1);
  broken.erase("epochs");
  const std::string card = save_card(scratch, "zoo/b", broken);
  check_user_error(run_psaflow({"zoo", zoo, "--plot", out}), {card, "epochs", "found nothing"});
  CHECK_FALSE(std::filesystem::exists(out));
}
