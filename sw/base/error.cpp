#include "sw/base/error.h"

#include "sw/base/utf8.h"

namespace psaflow {
namespace {

// One line, printable, of bounded length, whatever bytes the input held.
std::string one_line(const std::string& text) {
  constexpr size_t kMaxCharacters = 300;
  const std::string start = first_characters(text, kMaxCharacters);
  return printable(start) + (start.size() < text.size() ? "..." : "");
}

std::string compose(const std::string& file, const std::string& key, const std::string& value,
                    const std::string& allowed) {
  std::string out = one_line(file);
  const auto add = [&out](const std::string& separator, const std::string& part) {
    if (part.empty()) return;
    if (!out.empty()) out += separator;
    out += one_line(part);
  };
  add(": ", key);
  if (!value.empty()) add(": ", "found " + value);
  if (!allowed.empty()) add("; ", "allowed: " + allowed);
  return out;
}

}  // namespace

UserError::UserError(const std::string& file, const std::string& key, const std::string& value,
                     const std::string& allowed)
    : std::runtime_error(compose(file, key, value, allowed)),
      file_(file),
      key_(key),
      value_(value),
      allowed_(allowed) {}

namespace detail {

void check_failed(const char* file, int line, const char* condition, const std::string& message) {
  throw std::logic_error(std::string(file) + ":" + std::to_string(line) + ": internal check failed: " + condition +
                         ": " + message);
}

}  // namespace detail
}  // namespace psaflow
