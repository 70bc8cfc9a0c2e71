#include "sw/base/utf8.h"

#include <catch2/catch.hpp>
#include <cstdint>
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

}  // namespace
}  // namespace psaflow
