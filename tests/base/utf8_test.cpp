#include "sw/base/utf8.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <iterator>
#include <string>

namespace psaflow {
namespace {

// The encoding of a code point, by the table of RFC 3629, section 3; `bytes` more than it needs make it overlong.
std::string encoded(uint32_t code, int bytes) {
  if (bytes == 1) return {static_cast<char>(code)};
  std::string text;
  for (int i = 0; i < bytes - 1; ++i, code >>= 6) text.insert(text.begin(), static_cast<char>(0x80 | (code & 0x3f)));
  const uint32_t lead = 0xff00u >> bytes & 0xff;
  return static_cast<char>(lead | code) + text;
}

int bytes_of(uint32_t code) {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

TEST_CASE("Every code point is UTF-8, but for the surrogates") {
  for (uint32_t code = 0; code <= 0x10ffff; ++code) {
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    if (is_utf8(encoded(code, bytes_of(code))) != surrogate) continue;
    FAIL("code point " << code);
  }
  CHECK(is_utf8(""));
  CHECK(is_utf8("plain, h\xc3\xa9, \xe2\x82\xac, \xf0\x9f\x98\x80"));
}

TEST_CASE("Overlong, cut and stray bytes, and what is beyond Unicode, are not") {
  for (uint32_t code = 0; code < 0x10000; ++code) {
    for (int bytes = bytes_of(code) + 1; bytes <= 4; ++bytes) {
      if (!is_utf8(encoded(code, bytes))) continue;
      FAIL("code point " << code << " in " << bytes << " bytes");
    }
  }
  for (const uint32_t code : {0x110000u, 0x13ffffu, 0x1fffffu}) CHECK_FALSE(is_utf8(encoded(code, 4)));
  for (const uint32_t code : {0x80u, 0x7ffu, 0x800u, 0xffffu, 0x10000u, 0x10ffffu}) {
    const std::string whole = encoded(code, bytes_of(code));
    for (size_t length = 1; length < whole.size(); ++length) {
      INFO("code point " << code << ", " << length << " bytes");
      CHECK_FALSE(is_utf8(whole.substr(0, length)));
      CHECK_FALSE(is_utf8("a" + whole.substr(0, length) + "b"));
      CHECK_FALSE(is_utf8(whole.substr(0, length) + whole));
    }
    CHECK_FALSE(is_utf8("a" + whole.substr(1)));
  }
  for (int byte = 0x80; byte <= 0xff; ++byte) CHECK_FALSE(is_utf8(std::string(1, static_cast<char>(byte))));
}

TEST_CASE("What is printable stays, what commands a terminal or hides becomes a question mark") {
  for (const std::string& text : {std::string(""), std::string("plain ~ text"), std::string("h\xc3\xa9, \xe2\x82\xac"),
                                  std::string("\xf0\x9f\x98\x80"), std::string("\xd7\xa9\xd7\x9c")})
    CHECK(printable(text) == text);
  CHECK(printable(std::string("a\nb\r\t\x1b[31m\0\x7f", 12)) == "a?b???[31m??");
  CHECK(printable("\xc2\x9b"
                  "31m") == "?31m");  // C1's CSI as UTF-8,
  CHECK(printable("\x9b"
                  "31m\xff") == "?31m?");     // and as the byte of an 8-bit terminal
  CHECK(printable("\xc3") == "?");            // cut
  CHECK(printable("\xed\xa0\x80") == "???");  // a surrogate
  // Every code point: controls and what hides, by Unicode's own categories Cc, and Bidi_Control with the few others.
  for (uint32_t code = 0; code <= 0x10ffff; ++code) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    const bool bidi = code == 0x61c || code == 0x200e || code == 0x200f || (code >= 0x202a && code <= 0x202e) ||
                      (code >= 0x2066 && code <= 0x2069);
    const std::string shown = printable(encoded(code, bytes_of(code)));
    if ((control || bidi) && shown != "?") FAIL("code point " << code << " came through");
    if (shown != "?" && shown != encoded(code, bytes_of(code))) FAIL("code point " << code << " was changed");
  }
  for (const uint32_t code : {0xadu, 0x200bu, 0x2028u, 0x2029u, 0x2060u, 0xfeffu, 0xe0041u})
    CHECK(printable(encoded(code, bytes_of(code))) == "?");
}

TEST_CASE("A text is cut between characters") {
  const std::string text =
      "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xff"
      "z";
  const std::string cuts[] = {"", "a", "a\xc3\xa9", "a\xc3\xa9\xe2\x82\xac", "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"};
  for (size_t count = 0; count < std::size(cuts); ++count) CHECK(first_characters(text, count) == cuts[count]);
  CHECK(first_characters(text, 5) == text.substr(0, 11));
  CHECK(first_characters(text, 6) == text);
  CHECK(first_characters(text, 100) == text);
}

}  // namespace
}  // namespace psaflow
