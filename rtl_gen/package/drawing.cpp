#include "rtl_gen/package/drawing.h"

#include <fmt/format.h>

#include "sw/base/svg.h"

namespace psaflow::ip {

void Drawing::box(const Box& at, const char* colour, const std::string& name, const std::vector<std::string>& lines,
                  const std::string& corner) {
  body_ += fmt::format(
      "<rect x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{3}\" rx=\"4\" fill=\"{4}\" stroke=\"#444\"/>"
      "<text x=\"{5}\" y=\"{6}\" class=\"l\">{7}</text>",
      at.x, at.y, at.width, at.height, colour, at.x + 8, at.y + 16, xml_text(name));
  if (!corner.empty()) {
    body_ += fmt::format("<text x=\"{}\" y=\"{}\" class=\"s\" text-anchor=\"end\">{}</text>", at.right() - 8, at.y + 15,
                         xml_text(corner));
  }
  for (size_t i = 0; i < lines.size(); ++i) {
    body_ += fmt::format("<text x=\"{}\" y=\"{}\" class=\"s\">{}</text>", at.x + 8,
                         at.y + 32 + 15 * static_cast<int>(i), xml_text(lines[i]));
  }
  body_ += "\n";
}

void Drawing::way(const std::string& path, const char* stroke, bool dashed) {
  body_ += fmt::format("<path d=\"{}\" stroke=\"{}\" fill=\"none\"{} marker-end=\"url(#a)\"/>\n", path, stroke,
                       dashed ? " stroke-dasharray=\"4 3\"" : "");
}

void Drawing::note(int x, int y, const std::string& text) {
  body_ += fmt::format("<text x=\"{}\" y=\"{}\" class=\"s\">{}</text>\n", x, y, xml_text(text));
}

void Drawing::label(int x, int y, const std::string& text) {
  body_ += fmt::format("<text x=\"{}\" y=\"{}\" class=\"t\">{}</text>\n", x, y, xml_text(text));
}

std::string Drawing::svg(int width, int height, int left, const std::string& heading) const {
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\">\n"
             "<!-- SPDX-License-Identifier: MIT -->\n"
             "<style>{2} .s {{ font: 10px sans-serif; fill: #555 }}</style>\n"
             "<defs><marker id=\"a\" markerWidth=\"8\" markerHeight=\"8\" refX=\"7\" refY=\"4\" orient=\"auto\">"
             "<path d=\"M0,0 L8,4 L0,8 z\" fill=\"#444\"/></marker></defs>\n"
             "<rect width=\"{0}\" height=\"{1}\" fill=\"white\"/>\n<text x=\"{3}\" y=\"34\" class=\"h\">{4}</text>\n",
             width, height, kSvgLettering, left, xml_text(heading)) +
         body_ + "</svg>\n";
}

}  // namespace psaflow::ip
