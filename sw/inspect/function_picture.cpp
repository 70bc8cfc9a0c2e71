#include "sw/inspect/function_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "sw/base/svg.h"

namespace psaflow {
namespace {

// Pixels, but for kBox: inside a panel, coordinates are whole numbers in 0..kBox, which keeps a curve at a few bytes a
// point (two units an INT8 step).
constexpr int kColumns = 12, kPanel = 84, kPitchX = 94, kPitchY = 104, kMargin = 36;
constexpr int kPageHeader = 136, kSectionHeader = 70, kSectionGap = 34;
constexpr int kWidth = 2 * kMargin + kColumns * kPitchX - (kPitchX - kPanel);
constexpr int kBox = 510, kUseBins = 64;
constexpr double kUseHeight = 0.34;  // of the panel, for the commonest input

struct Style {
  const char *name, *css;
};
// In the order of the legend; the colours stay apart for colour-blind readers and in grey print.
constexpr std::array<Style, 4> kStyles = {{{"straight", "s"}, {"bent", "b"}, {"non-monotone", "n"}, {"constant", "c"}}};

const Style& style_of(const FunctionShape& shape) {
  if (shape.constant) return kStyles[3];
  if (shape.straight()) return kStyles[0];
  return shape.monotone() ? kStyles[1] : kStyles[2];
}

const char* const kCss =
    ".k{font-size:10px;fill:#7a8493}.i{font-size:8.5px;fill:#8b94a1}"
    ".f{fill:#fcfcfd;stroke:#dfe3e8;stroke-width:6}.z{stroke:#eceff3;stroke-width:5}"
    ".d{stroke:#c3c9d2;stroke-width:5}.u{fill:#e4e9f1}"
    ".s,.b,.n,.c{fill:none;stroke-width:10;stroke-linejoin:round;stroke-linecap:round}"
    ".s{stroke:#5f6c7d}.b{stroke:#1768b3}.n{stroke:#cc4a1b}.c{stroke:#a9b1bc}.p{stroke-opacity:.32}";

// "-128", "127", "4.5", with a true minus sign.
std::string number(double value) {
  std::string text = fmt::format("{:.3g}", std::abs(value));
  return value < 0 ? "\u2212" + text : text;
}

// The input and output ranges that the panels of a section share.
struct Axes {
  double x_low, x_high, y_low, y_high;
  bool cuts = false;  // some curve leaves the frame
  int x(double value) const { return static_cast<int>(std::lround((value - x_low) / (x_high - x_low) * kBox)); }
  int y(double value) const {
    const double place = (y_high - value) / (y_high - y_low) * kBox;
    return static_cast<int>(std::lround(std::clamp(place, -1e6, 1e6)));
  }
};

// Float functions have no common output range: the frame holds what is used of all but the widest few, so that these do
// not flatten the rest.
Axes axes_of(const FunctionSet& set) {
  if (set.integer) return {-128, 127, -128, 127};
  std::vector<double> reaches;
  double widest = 0;
  for (int c = 0; c < set.channels; ++c) {
    const auto [first, last] = used_samples(set, c);
    double reach = 0;
    for (size_t i = 0; i < set.samples(); ++i) {
      const double y = std::abs(set.channel(c)[i]);
      if (i >= first && i <= last) reach = std::max(reach, y);
      widest = std::max(widest, y);
    }
    reaches.push_back(reach);
  }
  std::sort(reaches.begin(), reaches.end());
  double reach = std::max(set.x.back(), reaches[(reaches.size() - 1) * 95 / 100]);
  reach = std::ceil(reach * 2 - 1e-9) / 2;
  return {set.x.front(), set.x.back(), -reach, reach, widest > reach};
}

// Samples first..last of a curve as a path of relative moves; runs of equal direction become one.
std::string curve_path(const FunctionSet& set, const Axes& axes, int channel, size_t first, size_t last) {
  const double* y = set.channel(channel);
  int at_x = axes.x(set.x[first]), at_y = axes.y(y[first]);
  std::string path = fmt::format("M{} {}l", at_x, at_y);
  const size_t moves = path.size();
  int dx = 0, dy = 0;  // the pending move
  const auto flush = [&] {
    if (dx == 0 && dy == 0) return;
    path += fmt::format("{}{}{}{}", path.size() == moves ? "" : " ", dx, dy < 0 ? "" : " ", dy);
    dx = dy = 0;
  };
  for (size_t i = first + 1; i <= last; ++i) {
    const int step_x = axes.x(set.x[i]) - at_x, step_y = axes.y(y[i]) - at_y;
    if (dx * step_y != dy * step_x) flush();
    dx += step_x;
    dy += step_y;
    at_x += step_x;
    at_y += step_y;
  }
  flush();
  return path;
}

std::string uses_path(const FunctionSet& set, int channel) {
  const uint64_t* uses = set.uses_of(channel);
  if (uses == nullptr) return "";
  std::array<uint64_t, kUseBins> bins{};
  const size_t n = set.samples();
  for (size_t i = 0; i < n; ++i) bins[i * kUseBins / n] += uses[i];
  const uint64_t most = *std::max_element(bins.begin(), bins.end());
  if (most == 0) return "";
  std::string path = fmt::format("M0 {}", kBox);
  for (size_t b = 0; b < kUseBins; ++b) {
    const double share = static_cast<double>(bins[b]) / static_cast<double>(most);
    path += fmt::format("V{}H{}", kBox - std::lround(kUseHeight * kBox * share), (b + 1) * kBox / kUseBins);
  }
  return fmt::format("<path class=\"u\" d=\"{}V{}z\"/>", path, kBox);
}

std::string panel(const FunctionSet& set, const Axes& axes, int channel, int left, int top) {
  std::string svg =
      fmt::format("<g transform=\"translate({} {})\"><text class=\"i\" x=\"1\" y=\"-3\">{}</text>", left, top, channel);
  svg += fmt::format("<g transform=\"scale({:.6f})\"><use href=\"#{}\"/>", static_cast<double>(kPanel) / kBox,
                     set.integer ? "int8" : set.layer);
  svg += uses_path(set, channel);
  if (axes.cuts) svg += "<g clip-path=\"url(#frame)\">";
  const char* css = style_of(measure_shape(set, channel)).css;
  const auto [first, last] = used_samples(set, channel);
  const size_t end = set.samples() - 1;
  if (first > 0) svg += fmt::format("<path class=\"{} p\" d=\"{}\"/>", css, curve_path(set, axes, channel, 0, first));
  if (last < end) svg += fmt::format("<path class=\"{} p\" d=\"{}\"/>", css, curve_path(set, axes, channel, last, end));
  if (last > first)
    svg += fmt::format("<path class=\"{}\" d=\"{}\"/>", css, curve_path(set, axes, channel, first, last));
  return svg + (axes.cuts ? "</g></g></g>\n" : "</g></g>\n");
}

// What every panel of these axes starts with: frame, zero lines, y = x. Referred to by name, so that it is in the file
// once.
std::string backdrop(const std::string& id, const Axes& a) {
  const double low = std::max(a.x_low, a.y_low), high = std::min(a.x_high, a.y_high);
  return fmt::format(
      "<g id=\"{0}\"><rect class=\"f\" width=\"{1}\" height=\"{1}\" rx=\"12\"/>"
      "<path class=\"z\" d=\"M{2} 0V{1}M0 {3}H{1}\"/><path class=\"d\" d=\"M{4} {5}L{6} {7}\"/></g>\n",
      id, kBox, a.x(0), a.y(0), a.x(low), a.y(low), a.x(high), a.y(high));
}

std::string text(const char* css, double x, double y, const std::string& what, const std::string& more = "") {
  return fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\"{}>{}</text>\n", css, x, y, more, what);
}

// A panel without a function in the page's corner, to name the axes.
std::string key(const FunctionSet& set) {
  const Axes a = axes_of(set);
  const int left = kWidth - kMargin - kPanel, top = 26;
  const double scale = static_cast<double>(kPanel) / kBox;
  std::string svg = fmt::format("<g transform=\"translate({} {}) scale({:.6f})\"><use href=\"#{}\"/></g>\n", left, top,
                                scale, set.integer ? "int8" : set.layer);
  const std::string end = " text-anchor=\"end\"", middle = " text-anchor=\"middle\"";
  const double below = top + kPanel + 12, beside = left - 5, centre = left + kPanel / 2.0;
  svg += text("k", left, below, number(a.x_low)) + text("k", left + kPanel, below, number(a.x_high), end);
  svg += text("k", centre, below + (set.integer ? 11 : 0), "input", middle);
  svg += text("k", beside, top + 8, number(a.y_high), end) + text("k", beside, top + kPanel, number(a.y_low), end);
  svg += text("k", beside, top + kPanel / 2.0 + 4, "output", end);
  // "y = x" along the line, a quarter of the way up it.
  const double low = std::max(a.x_low, a.y_low), high = std::min(a.x_high, a.y_high), quarter = low + (high - low) / 4;
  const double x = left + scale * a.x(quarter), y = top + scale * a.y(quarter);
  const double angle = -std::atan2(a.y(low) - a.y(high), a.x(high) - a.x(low)) * 45 / std::atan(1.0);
  return svg + fmt::format(
                   "<text class=\"k\" transform=\"translate({:.1f} {:.1f}) rotate({:.1f})\" y=\"-4\"{}>y = x</text>\n",
                   x, y, angle, middle);
}

std::string section(const FunctionSet& set, int top) {
  const Axes a = axes_of(set);
  std::string svg = text("l", kMargin, top + 15, xml_text(set.layer));
  std::string facts = fmt::format("{} functions", set.channels);
  facts += set.integer ? ", inputs and outputs in INT8 steps"
                       : fmt::format(", input {} to {}, output {} to {}", number(a.x_low), number(a.x_high),
                                     number(a.y_low), number(a.y_high));
  if (a.cuts) facts += " (what leaves it is cut)";
  svg += text("t", kMargin, top + 36, facts);
  std::array<int, kStyles.size()> counts{};
  for (int c = 0; c < set.channels; ++c)
    ++counts[static_cast<size_t>(&style_of(measure_shape(set, c)) - kStyles.data())];
  double right = kWidth - kMargin;
  for (size_t s = kStyles.size(); s-- > 0;) {  // from the right edge inwards
    if (counts[s] == 0) continue;
    const std::string label = fmt::format("{} {}", counts[s], kStyles[s].name);
    right -= 7.2 * static_cast<double>(label.size());
    svg += text("t", right, top + 36, label);
    svg += fmt::format("<path class=\"{}\" style=\"stroke-width:3\" d=\"M{} {}h16\"/>\n", kStyles[s].css, right - 23,
                       top + 32);
    right -= 45;
  }
  for (int c = 0; c < set.channels; ++c) {
    svg += panel(set, a, c, kMargin + c % kColumns * kPitchX, top + kSectionHeader + c / kColumns * kPitchY);
  }
  return svg;
}

int section_height(const FunctionSet& set) {
  return kSectionHeader + (set.channels + kColumns - 1) / kColumns * kPitchY + kSectionGap;
}

}  // namespace

std::string function_picture_svg(const std::vector<FunctionSet>& sets, const std::string& title) {
  int height = kPageHeader;
  for (const FunctionSet& set : sets) height += section_height(set);
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\">\n<title>{2}</title>\n"
      "<style>{3}{4}</style>\n<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>\n<defs>\n",
      kWidth, height, xml_text(title), kSvgLettering, kCss);
  svg += fmt::format("<clipPath id=\"frame\"><rect width=\"{0}\" height=\"{0}\" rx=\"12\"/></clipPath>\n", kBox);
  bool integer = false;
  for (const FunctionSet& set : sets) {
    if (!set.integer) svg += backdrop(set.layer, axes_of(set));
    if (set.integer && !integer) svg += backdrop("int8", axes_of(set));
    integer = integer || set.integer;
  }
  svg += "</defs>\n" + text("h", kMargin, 48, xml_text(title));
  const bool measured = !sets.empty() && !sets.front().uses.empty();
  svg += text("t", kMargin, 74,
              "One panel a channel: its learned function, input to the right, output upwards, y = x in grey.");
  svg +=
      text("t", kMargin, 92,
           "Straight: a line explains 99.75 % of it; bent: monotone, but no line; non-monotone: it rises and falls.");
  if (measured) {
    svg +=
        text("t", kMargin, 110,
             "Shaded: how often each input occurs in the images measured; pale: the rarest 0.5 % of inputs at either "
             "end. Colours judge what is used.");
  }
  if (!sets.empty()) svg += key(sets.front());
  int top = kPageHeader;
  for (const FunctionSet& set : sets) {
    svg += section(set, top);
    top += section_height(set);
  }
  return svg + "</svg>\n";
}

}  // namespace psaflow
