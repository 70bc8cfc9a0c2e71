// Accuracies on the pages are those of the cards: no page may tell of a network that is no longer there.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <regex>

#include "sw/zoo_report/zoo.h"
#include "tests/cli/program.h"
#include "tests/docs/pages.h"

using namespace psaflow;
using namespace psaflow::test;

TEST_CASE("the zoo's page and chart are what psaflow zoo makes of the cards") {
  const ScratchFolder scratch;
  const std::string page = scratch / "README.md", chart = scratch / "accuracy.svg";
  write_text(page, page_text("sw/zoo/README.md"));
  const Outcome outcome = run_psaflow({"zoo", "sw/zoo", "--readme", page, "--plot", chart});
  INFO(outcome.err << "renew them: build/psaflow zoo --readme sw/zoo/README.md --plot sw/zoo/accuracy.svg");
  REQUIRE(outcome.status == 0);
  CHECK((read_text(page) == page_text("sw/zoo/README.md")));
  CHECK((read_text(chart) == page_text("sw/zoo/accuracy.svg")));
}

TEST_CASE("README.md's accuracies are those of the cards") {
  static const std::regex row(
      "\\| ([a-z0-9-]+), CIFAR-10 test split [^|]*\\| ([0-9.]+) % INT8, ([0-9.]+) % float \\|.*");
  const Zoo zoo = load_zoo(PSAFLOW_SOURCE_DIR "/sw/zoo");
  size_t checked = 0;
  for (const PageLine& line : page_lines(page_text("README.md"))) {
    std::smatch match;
    if (!std::regex_match(line.text, match, row)) continue;
    INFO(line.text);
    const auto card =
        std::find_if(zoo.cards.begin(), zoo.cards.end(), [&](const ZooCard& c) { return c.id == match[1]; });
    REQUIRE(card != zoo.cards.end());
    CHECK(match[2] == fmt::format("{:.2f}", 100 * card->test.int8_accuracy.value()));
    CHECK(match[3] == fmt::format("{:.2f}", 100 * card->test.float_accuracy.value()));
    ++checked;
  }
  CHECK(checked >= 1);
}

TEST_CASE("The pages' cycles are those of the approved baselines, which plan, SystemC and RTL are held against") {
  static const std::regex row(
      "\\| `?([a-z0-9-]+)`? (?:\\| ([0-9]) )?\\| ([0-9,]+) (?:\\| [0-9,]* ?)?\\| ([0-9,]+) \\| ([0-9,]+) \\|.*");
  const auto plain = [](std::string digits) {
    digits.erase(std::remove(digits.begin(), digits.end(), ','), digits.end());
    return digits;
  };
  const auto checked = [&](const std::string& page) {
    size_t rows = 0;
    for (const PageLine& line : page_lines(page_text(page))) {
      std::smatch match;
      if (!std::regex_match(line.text, match, row)) continue;
      INFO(line.text);
      const std::string baseline = page_text("tests/baselines/" + match[1].str() + ".txt");
      if (match[2].matched) CHECK(baseline.find(", lanes " + match[2].str() + "\n") != std::string::npos);
      CHECK(baseline.find("\nii_cycles " + plain(match[3]) + "\n") != std::string::npos);
      CHECK(plain(match[4]) == fmt::format("{}", std::llround(2e8 / std::stod(plain(match[3])))));
      CHECK(baseline.find("\nlatency_cycles " + plain(match[5]) + "\n") != std::string::npos);
      ++rows;
    }
    return rows;
  };
  CHECK(checked("README.md") == 8);
  CHECK(checked("scenarios/README.md") == 10);
}
