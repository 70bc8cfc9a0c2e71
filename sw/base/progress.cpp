#include "sw/base/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "sw/base/utf8.h"

namespace psaflow {
namespace {

std::string clock_text(double seconds) {
  const int64_t s = std::llround(seconds);
  return s >= 3600 ? fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
                   : fmt::format("{}:{:02}", s / 60, s % 60);
}

// A terminal that can go back to the beginning of a line.
bool can_draw() {
  const char* const terminal = std::getenv("TERM");
  return isatty(STDERR_FILENO) != 0 && (terminal == nullptr || std::strcmp(terminal, "dumb") != 0);
}

// Columns of the terminal, 80 where it does not say.
size_t columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

std::string rate_text(double rate) {
  // By the value that the digits show: 9.96 is "10", not "10.0".
  const int decimals = rate < 0.095 ? 3 : rate < 0.995 ? 2 : rate < 9.95 ? 1 : 0;
  if (rate < 0.001) return rate > 0 ? "<0.001" : "0";
  return fmt::format("{:.{}f}", rate, decimals);
}

Progress::Progress(std::string label, uint64_t total, std::string unit)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      terminal_(can_draw()),
      start_(Clock::now()),
      last_draw_(start_) {}

Progress::~Progress() {
  if (drawn_) std::fputs("\r\033[K", stderr);
}

void Progress::advance(uint64_t items) {
  const std::lock_guard<std::mutex> lock(mutex_);
  done_ += items;
  draw(false);
}

void Progress::note(const std::string& message) {
  const std::lock_guard<std::mutex> lock(mutex_);
  note_ = message;
  draw(false);
}

void Progress::draw(bool force) {
  if (!terminal_) return;
  const auto now = Clock::now();
  if (!force && now - last_draw_ < std::chrono::milliseconds(200)) return;
  last_draw_ = now;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  const double rate = elapsed > 0 ? static_cast<double>(done_) / elapsed : 0;
  std::string line = label_ + " ";
  if (total_ > 0) {
    constexpr int kWidth = 24;
    const double part = std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
    const int filled = static_cast<int>(part * kWidth);
    line += fmt::format("[{}{}] {}/{} {}", std::string(filled, '#'), std::string(kWidth - filled, '.'), done_, total_,
                        unit_);
  } else {
    line += fmt::format("{} {}", done_, unit_);
  }
  line += fmt::format("  {} {}/s", rate_text(rate), unit_);
  if (total_ > done_ && rate > 0) line += "  ETA " + clock_text(static_cast<double>(total_ - done_) / rate);
  if (!note_.empty()) line += "  " + note_;
  // A wrapped line could not be drawn over.
  std::fputs(("\r" + first_characters(printable(line), columns() - 1) + "\033[K").c_str(), stderr);
  std::fflush(stderr);
  drawn_ = true;
}

}  // namespace psaflow
