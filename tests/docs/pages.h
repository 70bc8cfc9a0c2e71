// The repository's Markdown pages, as the tests of this folder read them.
#pragma once
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/scratch_folder.h"

namespace psaflow::test {

// Paths below the repository's root, in name order; builds and data are not looked into.
inline std::vector<std::string> markdown_pages() {
  namespace fs = std::filesystem;
  const fs::path root = PSAFLOW_SOURCE_DIR;
  std::vector<std::string> pages;
  for (fs::recursive_directory_iterator it(root), end; it != end; ++it) {
    const std::string name = it->path().filename().string();
    const bool foreign =
        name.front() == '.' || (it.depth() == 0 && (name.rfind("build", 0) == 0 || name == "data" || name == "runs" ||
                                                    name == "out" || name == "shared"));
    if (it->is_directory() && foreign) it.disable_recursion_pending();
    if (it->is_regular_file() && it->path().extension() == ".md")
      pages.push_back(fs::relative(it->path(), root).string());
  }
  std::sort(pages.begin(), pages.end());
  return pages;
}

inline std::string page_text(const std::string& page) {
  return read_text(PSAFLOW_SOURCE_DIR "/" + page);
}

struct PageLine {
  std::string text;
  bool code = false;  // between ``` fences
};

inline std::vector<PageLine> page_lines(const std::string& text) {
  std::vector<PageLine> lines;
  bool code = false;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.rfind("```", 0) == 0) {
      code = !code;
    } else {
      lines.push_back({line, code});
    }
  }
  return lines;
}

}  // namespace psaflow::test
