// A strict reader for the pictures that we write.
#pragma once
#include <cstdint>
#include <regex>
#include <string>
#include <vector>

namespace psaflow::test {

// How often `text` holds `part`.
inline size_t count(const std::string& text, const std::string& part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

// A strict reader of the XML that we write: elements nest, attributes are quoted and distinct, & starts an entity, no
// control characters. Returns what is wrong, or "".
inline std::string xml_fault(const std::string& text) {
  static const std::regex tag("<(/?)([A-Za-z]+)((?:\\s+[A-Za-z:-]+=\"[^\"<]*\")*)\\s*(/?)>"),
      entity("&(lt|gt|amp|quot);");
  std::vector<std::string> open;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n') return "a control character";
    std::smatch match;
    const std::string::const_iterator here = text.begin() + static_cast<int64_t>(at);
    if (c == '&') {
      if (!std::regex_search(here, text.end(), match, entity, std::regex_constants::match_continuous))
        return "a bare &";
      at += static_cast<size_t>(match.length());
    } else if (c == '<') {
      const size_t end = text.find('>', at);
      if (end == std::string::npos) return "an open tag at the end";
      const std::string one = text.substr(at, end + 1 - at);
      if (!std::regex_match(one, match, tag)) return "no tag: " + one;
      if (match[1] == "/") {
        if (open.empty() || open.back() != match[2]) return "unexpected " + one;
        open.pop_back();
        if (open.empty() && text.find_first_not_of('\n', end + 1) != std::string::npos) return "text after the root";
      } else if (match[4] != "/") {
        open.push_back(match[2]);
      }
      at = end + 1;
    } else {
      if (open.empty() && c != '\n') return "text outside the root";
      ++at;
    }
  }
  return open.empty() ? "" : "unclosed " + open.back();
}

}  // namespace psaflow::test
