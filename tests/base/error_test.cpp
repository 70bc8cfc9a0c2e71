#include "sw/base/error.h"

#include <catch2/catch.hpp>
#include <string>

#include "sw/base/utf8.h"
#include "tests/error_text.h"

namespace psaflow {
namespace {

using test::error_of;

std::string text(const std::string& file, const std::string& key, const std::string& value,
                 const std::string& allowed) {
  return UserError(file, key, value, allowed).what();
}

TEST_CASE("A user error names file, key, value and what is allowed; empty parts are left out") {
  CHECK(text("a.yaml", "clock", "-1", "above 0") == "a.yaml: clock: found -1; allowed: above 0");
  CHECK(text("", "--dir", "'x'", "a folder") == "--dir: found 'x'; allowed: a folder");
  CHECK(text("a", "cannot open: No such file", "", "") == "a: cannot open: No such file");
  CHECK(text("a", "", "", "b") == "a; allowed: b");
  CHECK(text("", "", "x", "") == "found x");
  CHECK(text("", "", "", "").empty());
}

TEST_CASE("A user error is one printable line of bounded length, whatever the input held") {
  const std::string hostile("a\nb\r\t\x1b[31m\0\x7f", 12);
  const std::string line = text(hostile, hostile, hostile, hostile);
  for (const char c : line) CHECK((static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
  CHECK(text("f", "k", std::string(1'000'000, 'x'), "y").size() < 400);
  CHECK(text(std::string(10'000, 'f'), std::string(10'000, 'k'), std::string(10'000, 'v'), std::string(10'000, 'a'))
            .size() < 1400);
  CHECK(text("f\xc2\x9b"
             "2J",
             "k", "\xe2\x80\xae", "") == "f?2J: k: found ?");  // C1, and text turned round
  std::string accents;
  for (int i = 0; i < 1000; ++i) accents += "\xc3\xa9";
  CHECK(is_utf8(text("f", "k", accents, "")));                        // not cut inside a character
  CHECK(text("f", "k", "h\xc3\xa9", "") == "f: k: found h\xc3\xa9");  // UTF-8 stays
}

TEST_CASE("An error that names neither file nor option is told to be of a file") {
  const auto named = [](const std::string& file, const std::string& key) {
    return error_of([&] { naming("f", [&]() -> int { throw UserError(file, key, "x", "y"); }); });
  };
  CHECK(named("", "tap") == "f: tap: found x; allowed: y");
  CHECK(named("g", "tap") == "g: tap: found x; allowed: y");
  CHECK(named("", "--option") == "--option: found x; allowed: y");
  CHECK(naming("f", [] { return 7; }) == 7);
  CHECK_THROWS_AS(naming("f", []() -> int { throw std::logic_error("a bug"); }), std::logic_error);
}

TEST_CASE("A broken invariant is a logic error with place, condition and reason, in every build type") {
  CHECK_NOTHROW(PSAFLOW_CHECK(1 + 1 == 2, "arithmetic"));
  try {
    PSAFLOW_CHECK(1 + 1 == 3, "arithmetic");
    FAIL("nothing thrown");
  } catch (const UserError&) {
    FAIL("a bug of ours is no user error");
  } catch (const std::logic_error& error) {
    const std::string what = error.what();
    CHECK(what.find("error_test.cpp:") != std::string::npos);
    CHECK(what.find("1 + 1 == 3: arithmetic") != std::string::npos);
  }
}

}  // namespace
}  // namespace psaflow
