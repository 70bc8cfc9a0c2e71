// A page in a browser without a window.
#pragma once
#include <string>
#include <vector>

namespace psaflow::test {

struct Shown {
  std::string dom;                   // as it stands at the end
  std::vector<std::string> console;  // lines that the page had to say: errors, mostly
  std::string failed;                // how often its own handler of errors was called; ""

  // An attribute data-NAME of the body; "" without it.
  std::string data(const std::string& name) const;
  size_t number(const std::string& name) const;  // of one that must be there
};

// Opens `page` (its text) at `fragment` ("#front=1"), 1280 wide, with more of the browser's options. The browser is the
// environment's PSAFLOW_BROWSER.
Shown show_page(const std::string& page, const std::string& fragment = "", const std::string& options = "");

}  // namespace psaflow::test
