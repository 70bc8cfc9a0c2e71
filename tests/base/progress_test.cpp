// The progress line on terminals of every width, drawn into a pseudo terminal; and on those that cannot be drawn on.
#include "sw/base/progress.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>
#include <thread>

#include "sw/base/utf8.h"

namespace psaflow {
namespace {

// What a terminal of so many columns gets of a progress line that is drawn twice; `type`: TERM.
std::string drawn(const char* type, unsigned short columns, const std::string& note) {
  const int ours = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  REQUIRE(ours >= 0);
  REQUIRE(::grantpt(ours) == 0);
  REQUIRE(::unlockpt(ours) == 0);
  const int theirs = ::open(::ptsname(ours), O_RDWR | O_NOCTTY | O_CLOEXEC);
  REQUIRE(theirs >= 0);
  winsize size{};
  size.ws_col = columns;
  REQUIRE(::ioctl(theirs, TIOCSWINSZ, &size) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("TERM", type, 1);
    if (::dup2(theirs, STDERR_FILENO) < 0) ::_exit(1);
    {
      Progress progress("epoch 12/100", 45000, "images");
      progress.note(note);
      for (int i = 0; i < 2; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(210));
        progress.advance(100);
      }
    }
    ::_exit(0);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  ::close(theirs);  // the last one: reading ends, once everything written has come
  std::string text;
  char part[4096];
  for (ssize_t got = 0; (got = ::read(ours, part, sizeof part)) > 0;) text.append(part, static_cast<size_t>(got));
  ::close(ours);
  return text;
}

size_t characters(const std::string& text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size(); ++count) at += std::max<size_t>(1, utf8_length(text, at));
  return count;
}

TEST_CASE("A progress line fits the terminal, in characters, and is cleared at the end") {
  const std::string note = "loss \xe2\x82\xac\xe2\x82\xac\xe2\x82\xac 1.2345";
  for (const unsigned short columns : {1, 2, 20, 40, 80, 87, 88, 89, 90, 91, 200}) {
    INFO(columns << " columns");
    const std::string text = drawn("xterm", columns, note);
    size_t lines = 0;
    for (size_t at = text.find('\r'); at != std::string::npos; at = text.find('\r', at + 1)) {
      const size_t end = text.find("\x1b[K", at);
      REQUIRE(end != std::string::npos);
      const std::string line = text.substr(at + 1, end - at - 1);
      CHECK(characters(line) < columns);
      CHECK(is_utf8(line));
      ++lines;
      if (columns == 200 && lines == 1) CHECK(line.find("epoch 12/100 [") == 0);
    }
    CHECK(lines >= 2);
    CHECK(text.substr(text.size() - 4) == "\r\x1b[K");
  }
  CHECK(drawn("xterm", 200, "a\x1b[2Jb").find("a?[2Jb") != std::string::npos);
}

TEST_CASE("A terminal that cannot go back in its line gets nothing") {
  CHECK(drawn("dumb", 80, "").empty());
}

TEST_CASE("A rate has two digits or more, and no power of ten") {
  CHECK(rate_text(0) == "0");
  CHECK(rate_text(1e-9) == "<0.001");
  CHECK(rate_text(0.0123) == "0.012");
  CHECK(rate_text(0.0949) == "0.095");
  CHECK(rate_text(0.1234) == "0.12");
  CHECK(rate_text(0.996) == "1.0");
  CHECK(rate_text(3.44) == "3.4");
  CHECK(rate_text(9.96) == "10");
  CHECK(rate_text(55.6) == "56");
  CHECK(rate_text(99.7) == "100");
  CHECK(rate_text(32812.4) == "32812");
  CHECK(rate_text(3.28e9) == "3280000000");
}

}  // namespace
}  // namespace psaflow
