// Completion and manual page are made of the verbs' own options, so they have every one, and shells and man take them.
#include <catch2/catch.hpp>
#include <iterator>
#include <set>
#include <sstream>

#include "tests/cli/program.h"
#include "tests/scratch_folder.h"
#include "tests/xml_fault.h"

using namespace psaflow::test;
using Catch::Matchers::Contains;

namespace {

struct HelpOption {
  std::string name;  // "data"
  bool takes_value = false;
};

struct VerbHelp {
  std::vector<std::string> positional;  // as the usage line has them: "SCENARIO"
  std::vector<HelpOption> options;      // all that the help lists, positional ones too
};

VerbHelp help_of(const std::string& verb) {
  VerbHelp help;
  std::istringstream lines(run_psaflow({verb, "--help"}).out);
  std::string line;
  std::getline(lines, line);
  std::istringstream usage(line);
  usage >> line >> line;
  for (std::string word; usage >> word && word != "[options]";) help.positional.push_back(word);
  while (std::getline(lines, line)) {
    if (line.rfind("  --", 0) != 0) continue;
    std::istringstream words(line.substr(4));
    std::string name, value;
    words >> name >> value;
    help.options.push_back({name, value == "arg"});
  }
  return help;
}

std::string upper(const std::string& text) {
  std::string out;
  for (const char c : text) out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

std::set<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '-' ? std::string("\\-") : std::string(1, c);
  return out;
}

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
    const VerbHelp help = help_of(verb);
    std::set<std::string> wanted = {"--help"};
    for (const HelpOption& option : help.options) {
      if (std::count(help.positional.begin(), help.positional.end(), upper(option.name)) == 0)
        wanted.insert("--" + option.name);
    }
    CHECK(words_of(offer("psaflow " + verb + " --", 2)) == wanted);
  }
  check_user_error(run_psaflow({"completion", "fish"}), {"shell: found 'fish'; allowed: bash"});
  check_user_error(run_psaflow({"completion"}), {"--shell"});
}

TEST_CASE("the manual page has every verb, and man finds nothing wrong with it") {
  const ScratchFolder scratch;
  const Outcome page = run_psaflow({"man"});
  REQUIRE(page.status == 0);
  size_t options = 0;
  for (const std::string& verb : verbs()) {
    INFO(verb);
    const size_t begin = page.out.find(".SS " + roff(verb) + "\n");
    REQUIRE(begin != std::string::npos);
    const std::string section = page.out.substr(begin, page.out.find("\n.S", begin + 1) - begin);
    const VerbHelp help = help_of(verb);
    for (const std::string& place : help.positional) CHECK_THAT(section, Contains("\\fI" + roff(place) + "\\fR"));
    for (const HelpOption& option : help.options) {
      const bool positional = std::count(help.positional.begin(), help.positional.end(), upper(option.name)) != 0;
      const std::string line = ".TP\n\\fB\\-\\-" + roff(option.name) + "\\fR";
      INFO(option.name);
      CHECK((section.find(line + (option.takes_value ? " \\fIarg\\fR\n" : "\n")) != std::string::npos) != positional);
      options += positional ? 0 : 1;
    }
    CHECK(count(section, ".TP\n") == help.options.size() - help.positional.size());
  }
  CHECK(options > 100);
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
