#include "sim/say.h"

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace psaflow::detail {

void put(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) < text.size())
    throw std::system_error(errno, std::generic_category(), "standard output");
}

void put_line_on_stderr(const std::string& line) {
  std::fputs(("psaflow: " + line + "\n").c_str(), stderr);
}

}  // namespace psaflow::detail
