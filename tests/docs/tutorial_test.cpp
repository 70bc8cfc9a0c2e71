// The tutorial of the README, command by command: each does what the page shows. A line of three dots stands for lines left out; figures
// that depend on the machine are not compared. The program is the one that was built, and what it writes goes to a folder of the test's own.
#include <catch2/catch.hpp>
#include <regex>
#include <sstream>

#include "tests/cli/program.h"
#include "tests/docs/pages.h"

using namespace psaflow::test;

namespace {

struct Step {
  std::string command;
  std::vector<std::string> shown;  // lines of its output, in order
};

std::vector<Step> tutorial() {
  std::string text = page_text("README.md");
  const size_t begin = text.find("## From a clone to an IP");
  REQUIRE(begin != std::string::npos);
  text = text.substr(begin, text.find("\n## ", begin) - begin);
  std::vector<Step> steps;
  for (const PageLine& line : page_lines(text)) {
    if (!line.code) continue;
    if (line.text.rfind("$ ", 0) == 0) {
      steps.push_back({line.text.substr(2), {}});
    } else {
      REQUIRE_FALSE(steps.empty());
      if (line.text != "...") steps.back().shown.push_back(line.text);
    }
  }
  return steps;
}

std::string replaced(std::string text, const std::string& was, const std::string& now) {
  for (size_t at = 0; (at = text.find(was, at)) != std::string::npos; at += now.size())
    text.replace(at, was.size(), now);
  return text;
}

// Without what another machine would have otherwise: seconds, and where the repository lies.
std::string comparable(const std::string& line) {
  static const std::regex seconds(R"(\d+(\.\d+)? s\b.*)");
  return std::regex_replace(replaced(line, std::string(PSAFLOW_SOURCE_DIR) + "/", ""), seconds, "");
}

}  // namespace

TEST_CASE("the tutorial has five commands, and builds with the first") {
  const std::vector<Step> steps = tutorial();
  REQUIRE(steps.size() == 5);
  CHECK(steps[0].command == "scripts/build release psaflow");
  for (const Step& step : steps) {
    INFO(step.command);
    CHECK_FALSE(step.shown.empty());
  }
}

TEST_CASE("each command of the tutorial prints what is shown", "[.tutorial]") {
  const ScratchFolder scratch;
  for (const Step& step : tutorial()) {
    if (step.command.rfind("scripts/build", 0) == 0) continue;  // or there would be no test
    INFO(step.command);
    std::string command = replaced(step.command, "build/psaflow", "\"$@\"");
    command = replaced(command, "out/", scratch / "");
    const Outcome outcome = run_script(command + " 2>&1", {}, 1500);
    INFO(outcome.out);
    REQUIRE(outcome.status == 0);
    std::istringstream lines(replaced(outcome.out, scratch / "", "out/"));
    std::string line;
    for (const std::string& shown : step.shown) {
      bool found = false;
      while (!found && std::getline(lines, line)) found = comparable(line) == comparable(shown);
      INFO(shown);
      CHECK(found);
    }
  }
}
