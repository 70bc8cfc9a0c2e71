#include "sim/fault_option.h"

#include <fmt/format.h>

#include <charconv>

#include "sw/base/error.h"
#include "sw/base/words.h"

namespace psaflow {

Fault fault_option(const std::string& text, const std::vector<FaultPlace>& places, const std::string& what) {
  const auto fail = [&text](const std::string& allowed) {
    throw UserError("", "--fault", fmt::format("'{}'", text), allowed);
  };
  const size_t second = text.rfind(':');
  const size_t first = second == std::string::npos || second == 0 ? std::string::npos : text.rfind(':', second - 1);
  if (first == std::string::npos) fail("STAGE:TOKEN:CHANNEL, such as blocks.0.token.mix:3:7");
  const std::string name = text.substr(0, first);
  const FaultPlace* place = nullptr;
  std::vector<std::string> names;
  for (const FaultPlace& p : places) {
    names.push_back(p.name);
    if (p.name == name) place = &p;
  }
  if (place == nullptr) {
    throw UserError("", "--fault", "stage " + quoted_word(name, names),
                    fmt::format("{}, such as {}", what, names.front()));
  }
  const auto number = [&](size_t begin, size_t end, int limit, const char* of) {
    int value = 0;
    const auto [stop, error] = std::from_chars(text.data() + begin, text.data() + end, value);
    if (error != std::errc() || stop != text.data() + end || value < 0 || value >= limit) {
      fail(fmt::format("a {} of {} in 0..{}", of, name, limit - 1));
    }
    return value;
  };
  return {name, number(first + 1, second, place->tokens, "token"),
          number(second + 1, text.size(), place->channels, "channel")};
}

}  // namespace psaflow
