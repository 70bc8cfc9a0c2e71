#include "sw/base/utf8.h"

#include <algorithm>
#include <cstdint>

namespace psaflow {
namespace {

// Of a well-formed character.
char32_t code_point(std::string_view text, size_t at, size_t length) {
  const auto first = static_cast<unsigned char>(text[at]);
  char32_t code = length == 1 ? first : first & (0x7f >> length);
  for (size_t k = 1; k < length; ++k) code = code << 6 | (static_cast<unsigned char>(text[at + k]) & 0x3f);
  return code;
}

// Unicode's controls, and of its format characters those that are not seen or move others: soft hyphen, the marks,
// embeddings and isolates of bidirectional text, line and paragraph separators, joiners of words, tags. U+200C and
// U+200D stay: they shape letters.
bool is_plain(char32_t code) {
  struct Range {
    char32_t first, last;
  };
  static const Range kHidden[] = {{0, 0x1f},        {0x7f, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},
                                  {0x180e, 0x180e}, {0x200b, 0x200b}, {0x200e, 0x200f}, {0x2028, 0x202e},
                                  {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f}};
  return std::none_of(std::begin(kHidden), std::end(kHidden),
                      [code](const Range& r) { return code >= r.first && code <= r.last; });
}

}  // namespace

size_t utf8_length(std::string_view text, size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  const size_t length = byte < 0x80                   ? 1
                        : byte >= 0xc2 && byte < 0xe0 ? 2
                        : byte >= 0xe0 && byte < 0xf0 ? 3
                        : byte >= 0xf0 && byte < 0xf5 ? 4
                                                      : 0;
  if (length == 0 || at + length > text.size()) return 0;
  const auto second = length > 1 ? static_cast<unsigned char>(text[at + 1]) : 0;
  if ((byte == 0xe0 && second < 0xa0) || (byte == 0xed && second > 0x9f) || (byte == 0xf0 && second < 0x90) ||
      (byte == 0xf4 && second > 0x8f))
    return 0;  // overlong, a surrogate, or beyond U+10FFFF
  for (size_t k = 1; k < length; ++k) {
    if ((static_cast<unsigned char>(text[at + k]) & 0xc0) != 0x80) return 0;
  }
  return length;
}

bool is_utf8(const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    const size_t length = utf8_length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string first_characters(const std::string& text, size_t count) {
  size_t at = 0;
  for (; at < text.size() && count > 0; --count) at += std::max<size_t>(1, utf8_length(text, at));
  return text.substr(0, at);
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t length = utf8_length(text, at);
    if (length > 0 && is_plain(code_point(text, at, length))) {
      out.append(text, at, length);
    } else {
      out += '?';
    }
    at += std::max<size_t>(1, length);
  }
  return out;
}

}  // namespace psaflow
