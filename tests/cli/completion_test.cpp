// Completion and manual page are made of the verbs' own options, so they have every one, and shells and man take them.
#include <catch2/catch.hpp>
#include <sstream>

#include "tests/cli/program.h"
#include "tests/scratch_folder.h"

using namespace psaflow::test;
using Catch::Matchers::Contains;

namespace {

// The verbs of `psaflow --help`, in order.
std::vector<std::string> verbs() {
  std::istringstream lines(run_psaflow({"--help"}).out);
  std::vector<std::string> names;
  bool listed = false;
  for (std::string line; std::getline(lines, line);) {
    if (listed && line.empty()) break;
    if (listed) names.push_back(line.substr(2, line.find(' ', 2) - 2));
    listed = listed || line == "verbs:";
  }
  return names;
}

}  // namespace

TEST_CASE("bash completes verbs and every option that their help has") {
  if (run_script("command -v bash", {}).status != 0) {
    WARN("skipped: bash is not installed");
    return;
  }
  const ScratchFolder scratch;
  const Outcome script = run_psaflow({"completion", "bash"});
  REQUIRE(script.status == 0);
  write_text(scratch / "psaflow.bash", script.out);
  CHECK(run_script("bash -n '" + (scratch / "psaflow.bash") + "'", {}).status == 0);
  const auto offer = [&](const std::string& words, int at) {
    const Outcome outcome =
        run_script("bash -c 'source \"" + (scratch / "psaflow.bash") + "\"; COMP_WORDS=(" + words +
                       "); COMP_CWORD=" + std::to_string(at) + "; _psaflow; echo \"${COMPREPLY[@]}\"'",
                   {});
    INFO(outcome.err);
    CHECK(outcome.status == 0);
    return outcome.out;
  };
  CHECK(offer("psaflow imp", 1) == "import\n");
  CHECK(offer("psaflow quantize --ca", 2) == "--calibration-images --card\n");
  CHECK(offer("psaflow import --weights w --c", 4) == "--config\n");
  CHECK(offer("psaflow help tr", 2) == "train\n");
  CHECK(offer("psaflow eval sw/", 2) == "\n");  // files, by bash itself
  const std::vector<std::string> names = verbs();
  REQUIRE(names.size() >= 15);
  for (const std::string& verb : names) {
    INFO(verb);
    CHECK_THAT(offer("psaflow ''", 1), Contains(verb));
    std::istringstream help(run_psaflow({verb, "--help"}).out);
    const std::string all = offer("psaflow " + verb + " --", 2);
    for (std::string line; std::getline(help, line);) {
      const size_t option = line.find("  --");
      if (option != 0) continue;
      const std::string name = line.substr(2, line.find(' ', 2) - 2);
      const bool positional = all.find(name) == std::string::npos;
      std::string upper;
      for (const char c : name.substr(2)) upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      if (positional) CHECK_THAT(run_psaflow({verb, "--help"}).out, Contains(" " + upper));
    }
  }
  check_user_error(run_psaflow({"completion", "fish"}), {"shell: found 'fish'; allowed: bash"});
  check_user_error(run_psaflow({"completion"}), {"--shell"});
}

TEST_CASE("the manual page has every verb, and man finds nothing wrong with it") {
  const ScratchFolder scratch;
  const Outcome page = run_psaflow({"man"});
  REQUIRE(page.status == 0);
  for (const std::string& verb : verbs()) {
    std::string name;
    for (const char c : verb) name += c == '-' ? std::string("\\-") : std::string(1, c);
    CHECK_THAT(page.out, Contains(".SS " + name + "\n"));
  }
  CHECK_THAT(page.out,
             Contains("\\fB\\-\\-weights\\fR \\fIarg\\fR") && Contains("(default: 512)") && Contains("(required)"));
  const std::string file = scratch / "psaflow.1";
  write_text(file, page.out);
  if (run_script("command -v man", {}).status == 0) {
    const Outcome man =
        run_script("LC_ALL=C.UTF-8 MANWIDTH=100 man --warnings -E UTF-8 -l '" + file + "' > '" + file + ".txt'", {});
    CHECK(man.status == 0);
    CHECK(man.err.empty());
    CHECK_THAT(read_text(file + ".txt"), Contains("psaflow import [options]") && Contains("--weights arg"));
  } else {
    WARN("man is not installed: its warnings are not seen");
  }
  if (run_script("command -v mandoc", {}).status == 0)
    CHECK(run_script("mandoc -T lint -W warning '" + file + "'", {}).status == 0);
}
