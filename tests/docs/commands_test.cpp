// What the pages tell a reader to type exists: verbs, options, arguments, files; and their links lead somewhere.
#include <catch2/catch.hpp>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "tests/cli/program.h"
#include "tests/docs/pages.h"

using namespace psaflow::test;

namespace {

struct VerbHelp {
  bool exists = false;
  size_t positional = 0;
  std::map<std::string, bool> options;  // name -> takes a value
};

// Read off `psaflow VERB --help`, the first time it is asked for.
const VerbHelp& help_of(const std::string& verb) {
  static std::map<std::string, VerbHelp> known;
  const auto [it, fresh] = known.try_emplace(verb);
  VerbHelp& help = it->second;
  if (!fresh) return help;
  const Outcome outcome = run_psaflow({verb, "--help"});
  help.exists = outcome.status == 0;
  static const std::regex option("(?:^|\n) +(?:-[a-z] \\[ )?--([a-z0-9-]+)(?: \\])?( arg)?");
  for (std::sregex_iterator m(outcome.out.begin(), outcome.out.end(), option), end; m != end; ++m)
    help.options[(*m)[1]] = (*m)[2].matched;
  std::istringstream usage(outcome.out.substr(0, outcome.out.find('\n')));  // psaflow VERB NAME... [options]
  std::string word;
  for (size_t i = 0; usage >> word && word != "[options]"; ++i) help.positional += i >= 2 ? 1 : 0;
  return help;
}

bool is_placeholder(const std::string& word) {
  return word.find("NAME") != std::string::npos || word.find("...") != std::string::npos;
}

// A path into the tree, going by its first folder; build, data and runs are the reader's own.
bool in_repository(const std::string& word) {
  static const std::set<std::string> folders = {"models", "rtl_gen", "scenarios", "scripts", "sim", "sw", "tests"};
  const size_t slash = word.find('/');
  return slash != std::string::npos && folders.count(word.substr(0, slash)) != 0;
}

// What is wrong with the words after `psaflow`; "": nothing.
std::string fault(const std::vector<std::string>& words) {
  static const std::set<std::string> global = {"--help", "-h", "help", "--version"};
  if (words.empty() || words[0] == "VERB" || global.count(words[0]) != 0) return "";
  const VerbHelp& help = help_of(words[0]);
  if (!help.exists) return "no verb '" + words[0] + "'";
  size_t positional = 0;
  for (size_t i = 1; i < words.size(); ++i) {
    std::string value = words[i];
    if (value.rfind("--", 0) == 0) {
      const size_t equals = value.find('=');
      const std::string name = value.substr(2, equals == std::string::npos ? std::string::npos : equals - 2);
      const auto option = help.options.find(name);
      if (option == help.options.end()) return "'" + words[0] + "' has no option --" + name;
      if (!option->second) continue;
      if (equals == std::string::npos && i + 1 == words.size()) return "";  // the option is mentioned, not used
      value = equals == std::string::npos ? words[++i] : value.substr(equals + 1);
    } else if (++positional > help.positional) {
      return "'" + words[0] + "' takes no argument '" + value + "'";
    }
    if (in_repository(value) && !is_placeholder(value) && !std::filesystem::exists(PSAFLOW_SOURCE_DIR "/" + value))
      return "no file " + value;
  }
  return "";
}

// The words after "psaflow " of a line: up to a comment, a wide gap or the shell's punctuation; brackets of usage lines
// are dropped.
std::vector<std::string> words_of(std::string command) {
  command = command.substr(0, std::min(command.find(" #"), command.find("  ")));
  std::vector<std::string> words;
  std::istringstream in(command);
  for (std::string word; in >> word;) {
    word.erase(
        std::remove_if(word.begin(), word.end(), [](char c) { return c == '[' || c == ']' || c == '"' || c == '\''; }),
        word.end());
    if (word == "|" || word == "&&" || word == ">" || word == ";") break;
    const bool last = !word.empty() && word.back() == ';';
    if (last) word.pop_back();
    if (!word.empty()) words.push_back(word);
    if (last) break;
  }
  return words;
}

// Where psaflow's words begin in a command line; npos when it runs something else.
size_t program_end(const std::string& line, bool bare_name) {
  static const std::string kBuilt = "build/psaflow ", kBare = "psaflow ";
  const size_t at = line.find(kBuilt);
  if (at != std::string::npos) return at + kBuilt.size();
  return bare_name && line.rfind(kBare, 0) == 0 ? kBare.size() : std::string::npos;
}

// Every command of a page: lines of code blocks, and `code` in running text.
std::vector<std::string> commands_of(const std::string& text) {
  static const std::regex span("`([^`]+)`");
  std::vector<std::string> commands;
  std::string before;  // lines that end in a backslash go on
  for (const PageLine& line : page_lines(text)) {
    if (line.code) {
      if (!line.text.empty() && line.text.back() == '\\') {
        before += line.text.substr(0, line.text.size() - 1);
        continue;
      }
      commands.push_back(before + line.text);
      before.clear();
    } else {
      for (std::sregex_iterator m(line.text.begin(), line.text.end(), span), end; m != end; ++m)
        commands.push_back((*m)[1]);
    }
  }
  std::vector<std::string> found;
  for (const std::string& command : commands) {
    const size_t at = program_end(command, true);
    if (at != std::string::npos) found.push_back(command.substr(at));
  }
  return found;
}

}  // namespace

TEST_CASE("the checker itself finds faults") {
  const auto fault_in = [](const std::string& command) { return fault(words_of(command)); };
  CHECK(fault_in("eval --model sw/zoo/psa-h96/model.safetensors --data data --json x.json  # a comment").empty());
  CHECK(fault_in("simulate scenarios/NAME.yaml | less").empty());
  CHECK(fault_in("VERB --help").empty());
  CHECK(fault_in("evil --model x") == "no verb 'evil'");
  CHECK(fault_in("eval --modle x") == "'eval' has no option --modle");
  CHECK(fault_in("eval --data data --model").empty());
  CHECK(fault_in("eval --data data sw") == "'eval' takes no argument 'sw'");
  CHECK(fault_in("simulate scenarios/a.yaml") == "no file scenarios/a.yaml");
  CHECK(fault_in("eval --model=sw/zoo/x.safetensors") == "no file sw/zoo/x.safetensors");
  CHECK(commands_of("text `psaflow a b`, `taskset -c 0 build/psaflow c`, `psaflow`\n```\nbuild/psaflow d \\\n  "
                    "e\nninja\n```\n`other`") == std::vector<std::string>{"a b", "c", "d   e"});
}

TEST_CASE("every command of every page can be typed") {
  size_t checked = 0;
  for (const std::string& page : markdown_pages()) {
    for (const std::string& command : commands_of(page_text(page))) {
      INFO(page << ": psaflow " << command);
      CHECK(fault(words_of(command)) == "");
      ++checked;
    }
  }
  CHECK(checked >= 15);
}

TEST_CASE("so can the examples in the verbs' own help, and the demo's") {
  std::istringstream help(run_psaflow({"--help"}).out);
  size_t verbs = 0;
  static const std::regex verb_line("  ([a-z-]+) +[a-z].*");
  for (std::string line; std::getline(help, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, verb_line)) continue;
    ++verbs;
    std::istringstream own(run_psaflow({match[1], "--help"}).out);
    size_t examples = 0;
    for (std::string text; std::getline(own, text);) {
      if (text.rfind("  psaflow ", 0) != 0) continue;
      INFO(text);
      CHECK(fault(words_of(text.substr(10))) == "");
      ++examples;
    }
    INFO(line);
    CHECK(examples == 1);
  }
  CHECK(verbs >= 9);

  size_t commands = 0;
  for (const PageLine& line : page_lines(page_text("scripts/demo"))) {
    const size_t at = program_end(line.text, false);
    if (at == std::string::npos) continue;
    INFO(line.text);
    CHECK(fault(words_of(line.text.substr(at))) == "");
    ++commands;
  }
  CHECK(commands >= 5);
}

TEST_CASE("every target of an exported Makefile that a page names is there, and every script") {
  const std::string makefile =
      page_text("rtl_gen/package/files/Makefile.in") + page_text("rtl_gen/package/files/Makefile-ice40.in");
  static const std::regex make("make -C [^ `]+((?: [a-z0-9-]+)+)"), script("(?:^|[ `=])(scripts/[a-z-]+)\\b(?!\\.)");
  size_t targets = 0, scripts = 0;
  for (const std::string& page : markdown_pages()) {
    for (const PageLine& line : page_lines(page_text(page))) {
      INFO(page << ": " << line.text);
      for (std::sregex_iterator m(line.text.begin(), line.text.end(), make), end; m != end; ++m) {
        std::istringstream words((*m)[1]);
        for (std::string target; words >> target; ++targets)
          CHECK_THAT(makefile, Catch::Matchers::Contains("\n" + target + ":"));
      }
      for (std::sregex_iterator m(line.text.begin(), line.text.end(), script), end; m != end; ++m, ++scripts)
        CHECK(std::filesystem::exists(PSAFLOW_SOURCE_DIR "/" + (*m)[1].str()));
    }
  }
  CHECK(targets >= 5);
  CHECK(scripts >= 5);
}

TEST_CASE("every link of every page leads to a file") {
  static const std::regex link("\\]\\(([^)#\\s]+)[^)]*\\)");
  size_t checked = 0;
  for (const std::string& page : markdown_pages()) {
    for (const PageLine& line : page_lines(page_text(page))) {
      if (line.code) continue;
      for (std::sregex_iterator m(line.text.begin(), line.text.end(), link), end; m != end; ++m) {
        const std::string target = (*m)[1];
        if (target.find("://") != std::string::npos || target.rfind("mailto:", 0) == 0) continue;
        INFO(page << ": " << target);
        CHECK(std::filesystem::exists((std::filesystem::path(PSAFLOW_SOURCE_DIR) / page).parent_path() / target));
        ++checked;
      }
    }
  }
  CHECK(checked >= 8);
}
