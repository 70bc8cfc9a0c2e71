#include "tests/report/browser.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <sstream>

#include "tests/cli/program.h"
#include "tests/scratch_folder.h"

namespace psaflow::test {
namespace {

// NAME="..." within the tag that begins with `tag`.
std::string attribute(const std::string& dom, const std::string& tag, const std::string& name) {
  const size_t from = dom.find(tag), end = dom.find('>', from);
  if (from == std::string::npos || end == std::string::npos) return "";
  const std::string key = " " + name + "=\"";
  const size_t at = dom.find(key, from);
  if (at == std::string::npos || at > end) return "";
  return dom.substr(at + key.size(), dom.find('"', at + key.size()) - at - key.size());
}

}  // namespace

std::string Shown::data(const std::string& name) const {
  return attribute(dom, "<body", "data-" + name);
}

size_t Shown::number(const std::string& name) const {
  const std::string text = data(name);
  INFO("data-" << name << " is '" << text << "'");
  REQUIRE(!text.empty());
  REQUIRE(text.find_first_not_of("0123456789") == std::string::npos);
  return std::stoul(text);
}

Shown show_page(const std::string& page, const std::string& fragment, const std::string& options) {
  const char* browser = std::getenv("PSAFLOW_BROWSER");
  REQUIRE(browser != nullptr);
  const ScratchFolder scratch;
  write_text(scratch / "report.html", page);
  const std::string command =
      "export HOME='" + scratch.path().string() + "'; exec '" + browser +
      "' --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --enable-logging=stderr --v=0 "
      "--virtual-time-budget=5000 --window-size=1280,900 --user-data-dir='" +
      scratch / "profile" + "' " + options + " --dump-dom 'file://" + scratch / "report.html" + fragment + "'";
  const Outcome outcome = run_script(command, {});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  Shown shown;
  shown.dom = outcome.out;
  shown.failed = attribute(outcome.out, "<html", "data-failed");
  std::istringstream lines(outcome.err);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("CONSOLE") != std::string::npos) shown.console.push_back(line);
  }
  return shown;
}

}  // namespace psaflow::test
