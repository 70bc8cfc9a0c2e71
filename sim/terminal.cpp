#include "sim/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace psaflow {
namespace {

bool utf8_locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {  // the first that is set decides
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string text = value;
    return text.find("UTF-8") != std::string::npos || text.find("utf8") != std::string::npos ||
           text.find("UTF8") != std::string::npos;
  }
  return false;
}

std::string repeat(const char* part, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += part;
  return out;
}

}  // namespace

std::string grouped(int64_t value) {
  std::string digits = std::to_string(value);
  const size_t first = digits[0] == '-' ? 1 : 0;
  for (size_t at = digits.size(); at > first + 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string or_dash(double value) {
  return value > 0 ? grouped(std::llround(value)) : "-";
}

std::string device_text(const Device& device) {
  return fmt::format("{} ({}): {} LUT, {} FF, {} DSP, {} BRAM36, {} URAM", device.name, device.board,
                     grouped(device.lut), grouped(device.ff), grouped(device.dsp), grouped(device.bram36),
                     grouped(device.uram));
}

std::string bar(double solid, double shaded, int width) {
  static const char* const kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  solid = std::clamp(solid, 0.0, 1.0);
  shaded = std::clamp(shaded, 0.0, 1.0 - solid);
  if (!utf8_locale()) {
    const int full = static_cast<int>(std::lround(solid * width));
    const int part = std::min(static_cast<int>(std::lround(shaded * width)), width - full);
    return repeat("#", full) + repeat(":", part) + repeat(".", width - full - part);
  }
  const int eighths = static_cast<int>(std::lround(solid * width * 8));
  const int used = (eighths + 7) / 8;
  const int part = std::min(static_cast<int>(std::lround((solid + shaded) * width)), width) - used;
  return repeat("█", eighths / 8) + kEighths[eighths % 8] + repeat("░", std::max(part, 0)) +
         repeat("·", width - used - std::max(part, 0));
}

std::string mark() {
  return utf8_locale() ? "◀" : "<";
}

OurText bold(const std::string& text) {
  const auto is_set = [](const char* name) {
    const char* const value = std::getenv(name);
    return value != nullptr && *value != '\0';
  };
  static const bool kStyled = ::isatty(STDOUT_FILENO) == 1 && !is_set("NO_COLOR") &&
                              !(is_set("TERM") && std::getenv("TERM") == std::string("dumb"));
  const std::string shown = printable(text);
  return {kStyled ? "\033[1m" + shown + "\033[0m" : shown};
}

std::string folded(std::string name) {
  for (size_t at = 0; (at = name.find("blocks.", at)) != std::string::npos; ++at) {
    const size_t begin = at + 7, end = name.find('.', begin);
    if (end != std::string::npos) name.replace(begin, end - begin, "*");
  }
  return name;
}

}  // namespace psaflow
