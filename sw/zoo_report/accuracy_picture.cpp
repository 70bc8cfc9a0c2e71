#include "sw/zoo_report/accuracy_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "sw/base/svg.h"
#include "sw/zoo_report/accuracy_lines.h"
#include "sw/zoo_report/label_places.h"

namespace psaflow {
namespace {

constexpr double kMargin = 36, kHeader = 154, kFooter = 66, kTicks = 44;  // kTicks: room for the numbers of the y axis
constexpr double kPlotWidth = 416, kPlotHeight = 420, kInset = 40;  // kInset: from the frame to the outermost sizes
constexpr double kLabels = 124, kLabelGap = 17, kLetter = 7.4;      // beside a panel; a letter's width at most
constexpr double kPanel = kTicks + kPlotWidth + kLabels;
constexpr double kStep = 7;  // between the activations of one size, which stand side by side
constexpr double kRing = 4.3, kDot = 2.6, kHollow = 4, kSolid = 2.5;

// The activations' colours stay apart for colour-blind readers and in grey print, and are dark enough to read as text.
const char* const kCss =
    ".a{font-size:12px;fill:#5b6675}.g{stroke:#e4e8ed}.x{stroke:#aab2bd}.band{fill:#f5f7f9}"
    ".line{fill:none;stroke:currentColor;stroke-width:2.2;stroke-linejoin:round}"
    ".paper{fill:none;stroke:currentColor;stroke-width:1.4;stroke-dasharray:5 4}"
    ".stem{stroke:currentColor;stroke-width:1.4}"
    ".ring{fill:#fff;stroke:currentColor;stroke-width:1.7}.dot{fill:currentColor}"
    ".hollow{fill:#fff;stroke:currentColor;stroke-width:1.2}.solid{fill:currentColor}"
    ".lead{stroke:currentColor;stroke-opacity:.5;fill:none}"
    ".m{font-size:13px;font-weight:600;fill:currentColor}.q{font-size:12px;fill:currentColor}"
    ".relu{color:#5f6c7d}.gelu{color:#0b7f63}.bspline{color:#1768b3}.psa{color:#cc4a1b}.other{color:#8c4a9e}"
    ".key{color:#3c4653}";

std::string css_of(const std::string& activation) {
  return activation_order(activation) < activation_order("") ? activation : "other";
}

// Hidden sizes in octaves, common to all panels.
struct SizeAxis {
  std::set<int> sizes;

  double at(int hidden) const {
    const double first = std::log2(*sizes.begin()), last = std::log2(*sizes.rbegin());
    return kInset + (kPlotWidth - 2 * kInset) * (last > first ? (std::log2(hidden) - first) / (last - first) : 0.5);
  }
};

// Percent, from a whole step to a whole step around all that the panel shows.
struct PercentAxis {
  double low = std::numeric_limits<double>::infinity(), high = -low, step = 1;

  explicit PercentAxis(const AccuracyPanel& panel) {
    for (const AccuracyLine& line : panel.lines) {
      for (const AccuracyPoint& p : line.points) {
        for (const auto& value : {p.float_percent, p.int8_percent}) {
          if (!value) continue;
          low = std::min(low, *value);
          high = std::max(high, *value);
        }
      }
    }
    for (const double coarser : {2.0, 5.0, 10.0, 20.0}) {
      if (high - low > 9 * step) step = coarser;
    }
    low = std::max(0.0, std::floor(low / step - 0.25) * step);
    high = std::min(100.0, std::ceil(high / step + 0.25) * step);
  }
  double at(double percent) const { return kPlotHeight * (high - percent) / (high - low); }
};

std::string text(const char* css, double x, double y, const std::string& what, const char* more = "") {
  return fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\"{}>{}</text>\n", css, x, y, more, xml_text(what));
}

std::string circle(const char* css, double x, double y, double radius) {
  return fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\"/>", css, x, y, radius);
}

std::string diamond(const char* css, double x, double y, double reach) {
  return fmt::format("<path class=\"{0}\" d=\"M{1:.1f} {2:.1f}l{3} {3}l-{3} {3}l-{3} -{3}z\"/>", css, x, y - reach,
                     reach);
}

std::string float_mark(bool published, double x, double y) {
  return published ? diamond("hollow", x, y, kHollow) : circle("ring", x, y, kRing);
}

std::string int8_mark(bool published, double x, double y) {
  return published ? diamond("solid", x, y, kSolid) : circle("dot", x, y, kDot);
}

class PanelPicture {
 public:
  PanelPicture(const AccuracyPanel& panel, const SizeAxis& sizes) : panel_(panel), sizes_(sizes), percent_(panel) {}

  std::string svg(double left, double top) const {
    std::string svg = fmt::format("<g transform=\"translate({:.1f} {:.1f})\">\n", left, top);
    const auto [leads, names] = labels();
    svg += text("l", 0, -34, panel_.title) + text("t", 0, -15, panel_.budgets) + axes() + leads;
    for (const bool published : {true, false}) {  // the paper's behind ours
      for (const AccuracyLine& line : panel_.lines) {
        if (line.published == published) svg += curve(line);
      }
    }
    return svg + names + "</g>\n";
  }

 private:
  double x(const AccuracyLine& line, const AccuracyPoint& p) const {
    return sizes_.at(p.hidden) + kStep * (activation_order(line.activation) - (activation_order("") - 1) / 2.0);
  }
  double y(const AccuracyLine& line, const AccuracyPoint& p) const { return percent_.at(line.height(p)); }

  std::string axes() const {
    std::string svg;
    const double band = kStep * activation_order("") + 10;
    for (const int size : sizes_.sizes)
      svg += fmt::format("<rect class=\"band\" x=\"{:.1f}\" y=\"0\" width=\"{}\" height=\"{}\"/>\n",
                         sizes_.at(size) - band / 2, band, kPlotHeight);
    for (double tick = percent_.low; tick < percent_.high + percent_.step / 2; tick += percent_.step) {
      svg += fmt::format("<path class=\"g\" d=\"M0 {:.1f}H{}\"/>\n", percent_.at(tick), kPlotWidth);
      svg += text("a", -9, percent_.at(tick) + 4, fmt::format("{:g} %", tick), " text-anchor=\"end\"");
    }
    svg += fmt::format("<path class=\"x\" d=\"M0 {0}H{1}\"/>\n", kPlotHeight, kPlotWidth);
    double free_from = -kPlotWidth;  // sizes too close for their numbers keep the tick alone
    for (const int size : sizes_.sizes) {
      const double at = sizes_.at(size);
      svg += fmt::format("<path class=\"x\" d=\"M{:.1f} {}v6\"/>\n", at, kPlotHeight);
      if (at < free_from) continue;
      svg += text("a", at, kPlotHeight + 21, std::to_string(size), " text-anchor=\"middle\"");
      free_from = at + 30;
    }
    return svg + text("a", kPlotWidth / 2, kPlotHeight + 44, "hidden size H", " text-anchor=\"middle\"");
  }

  // A line and its networks: float, INT8 and a stem between them; pointed at, a browser shows the note.
  std::string curve(const AccuracyLine& line) const {
    std::string path, marks;
    for (const AccuracyPoint& p : line.points) {
      const double at = x(line, p);
      path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", at, y(line, p));
      marks += fmt::format("<g><title>{}</title>", xml_text(p.note));
      if (p.float_percent && p.int8_percent)
        marks += fmt::format("<path class=\"stem\" d=\"M{:.1f} {:.1f}V{:.1f}\"/>", at, percent_.at(*p.float_percent),
                             percent_.at(*p.int8_percent));
      if (p.float_percent) marks += float_mark(line.published, at, percent_.at(*p.float_percent));
      if (p.int8_percent) marks += int8_mark(line.published, at, percent_.at(*p.int8_percent));
      marks += "</g>\n";
    }
    std::string svg = fmt::format("<g class=\"{}\">\n", css_of(line.activation));
    if (line.points.size() > 1)
      svg += fmt::format("<path class=\"{}\" d=\"{}\"/>\n", line.published ? "paper" : "line", path);
    return svg + marks + "</g>\n";
  }

  std::string label(const AccuracyLine& line, double at_x, double at_y, const char* more) const {
    return fmt::format("<g class=\"{}\">{}</g>\n", css_of(line.activation),
                       text(line.published ? "q" : "m", at_x, at_y + 4.4, line.label, more));
  }

  // A line's name stands where it ends: in the right margin when that is the widest size and there is room, else beside
  // its last mark. Leads to the names, to be drawn below the marks, and the names.
  std::pair<std::string, std::string> labels() const {
    LabelPlaces places({0, 0, kPlotWidth + kLabels, kPlotHeight});
    std::vector<const AccuracyLine*> at_edge, inside;
    std::vector<double> wanted;
    for (const AccuracyLine& line : panel_.lines) {
      const AccuracyPoint* before = nullptr;
      for (const AccuracyPoint& p : line.points) {
        if (before != nullptr) places.add_line(x(line, *before), y(line, *before), x(line, p), y(line, p));
        before = &p;
        const double reach = kRing + 1;
        for (const auto& value : {p.float_percent, p.int8_percent}) {
          if (value)
            places.add_box(
                {x(line, p) - reach, percent_.at(*value) - reach, x(line, p) + reach, percent_.at(*value) + reach});
        }
      }
      const bool fits = kLetter * static_cast<double>(line.label.size()) < kLabels - 10;
      const bool edge = before->hidden == *sizes_.sizes.rbegin() && fits;
      (edge ? at_edge : inside).push_back(&line);
      if (edge) wanted.push_back(y(line, *before));
    }
    std::string leads, names;
    const double left = kPlotWidth + 14;
    const std::vector<double> at = spread_apart(wanted, kLabelGap, 8, kPlotHeight - 8);
    for (size_t i = 0; i < at.size(); ++i) {
      const AccuracyLine& line = *at_edge[i];
      const double from = x(line, line.points.back()) + kRing + 3;
      leads += fmt::format("<path class=\"lead {}\" d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\"/>\n", css_of(line.activation),
                           from, wanted[i], left - 4, at[i]);
      names += label(line, left, at[i], "");
      places.add_line(from, wanted[i], left, at[i]);
      places.add_box({left, at[i] - 8, left + kLabels, at[i] + 8});
    }
    for (const AccuracyLine* line : inside) {
      const AccuracyPoint& last = line->points.back();
      const double width = kLetter * static_cast<double>(line->label.size());
      const Box box = places.place(x(*line, last), y(*line, last), width, 15);
      names += label(*line, (box.left + box.right) / 2, (box.top + box.bottom) / 2, " text-anchor=\"middle\"");
    }
    return {leads, names};
  }

  const AccuracyPanel& panel_;
  const SizeAxis& sizes_;
  PercentAxis percent_;
};

// What the marks mean, in a row below the title.
std::string key(double x, double y) {
  std::string svg;
  for (const bool published : {false, true}) {
    svg += fmt::format("<g class=\"key\"><path class=\"{}\" d=\"M{:.1f} {:.1f}h34\"/>", published ? "paper" : "line", x,
                       y);
    svg += float_mark(published, x + 9, y) + int8_mark(published, x + 25, y) + "</g>\n";
    svg += text("t", x + 42, y + 4, published ? "published: float, INT8" : "measured: float, INT8");
    x += 200;
  }
  return svg;
}

}  // namespace

std::string accuracy_picture_svg(const Zoo& zoo, const std::string& title) {
  const std::vector<AccuracyPanel> panels = accuracy_panels(zoo);
  SizeAxis sizes;
  for (const AccuracyPanel& panel : panels) {
    for (const AccuracyLine& line : panel.lines) {
      for (const AccuracyPoint& p : line.points) sizes.sizes.insert(p.hidden);
    }
  }
  const double width = 2 * kMargin + kPanel * static_cast<double>(panels.size()),
               height = kHeader + kPlotHeight + kFooter;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\">\n<title>{2}</title>\n"
      "<style>{3}{4}</style>\n<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>\n",
      width, height, xml_text(title), kSvgLettering, kCss);
  svg += text("h", kMargin, 48, title) + key(kMargin, 78);
  for (size_t i = 0; i < panels.size(); ++i)
    svg += PanelPicture(panels[i], sizes).svg(kMargin + kPanel * static_cast<double>(i) + kTicks, kHeader);
  return svg + "</svg>\n";
}

}  // namespace psaflow
