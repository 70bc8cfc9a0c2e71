#include "sim/command_line.h"

#include <cctype>

namespace psaflow {
namespace {

std::string quoted(const std::string& word) {
  static const std::string kPlain = "@%+=:,./_-";
  bool plain = !word.empty();
  for (const char c : word)
    plain = plain && (std::isalnum(static_cast<unsigned char>(c)) != 0 || kPlain.find(c) != std::string::npos);
  if (plain) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace

std::string command_line(const std::string& verb, const std::vector<std::string>& args) {
  std::string text = "psaflow " + verb;
  for (const std::string& word : args) text += " " + quoted(word);
  return text;
}

}  // namespace psaflow
