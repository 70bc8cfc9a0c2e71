// The picture is well-formed XML, has a panel a channel, and its curves can be read back as the tables they draw.
#include "sw/inspect/function_picture.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <regex>
#include <sstream>

#include "tests/inspect/small_models.h"
#include "tests/xml_fault.h"

using namespace psaflow;
using namespace psaflow::test;

namespace {

// "M0 510l2 -4 2 0" at whole x: the y of each.
std::vector<double> read_path(const std::string& d) {
  std::string numbers = d.substr(1);
  numbers[numbers.find('l')] = ' ';
  for (size_t i = 1; i < numbers.size(); ++i) {
    if (numbers[i] == '-' && numbers[i - 1] != ' ') numbers.insert(i++, " ");
  }
  std::istringstream in(numbers);
  double x = 0, y = 0, dx = 0, dy = 0;
  in >> x >> y;
  std::vector<double> curve = {y};
  while (in >> dx >> dy) {
    for (int i = 1; i <= static_cast<int>(dx); ++i) curve.push_back(y + dy * i / dx);
    y += dy;
  }
  return curve;
}

std::vector<std::string> curves(const std::string& svg) {
  static const std::regex path("<path class=\"[sbnc]\" d=\"(M[^\"]*)\"/>");
  std::vector<std::string> found;
  for (std::sregex_iterator it(svg.begin(), svg.end(), path), end; it != end; ++it) found.push_back((*it)[1]);
  return found;
}

}  // namespace

TEST_CASE("the checker itself finds faults") {
  CHECK(xml_fault("<a><b c=\"d\"/>&amp;</a>\n") == "");
  for (const char* bad : {"<a>", "<a></b>", "<a b=c/>", "<a>&</a>", "<a>\x01</a>", "</a>", "<a/>x", "<a b=\"<\"/>"})
    CHECK_FALSE(xml_fault(bad).empty());
}

TEST_CASE("integer curves read back as the tables") {
  for (int points : {9, 256}) {
    const std::vector<FunctionSet> sets = learned_functions(small_model(Activation::kFixed, points));
    const std::string svg = function_picture_svg(sets, "small");
    CHECK(xml_fault(svg) == "");
    CHECK(svg == function_picture_svg(sets, "small"));
    for (const FunctionSet& set : sets) CHECK(count(svg, ">" + set.layer + "</text>") == 1);
    CHECK(count(svg, "<text class=\"i\"") == 2 * (10 + 6));
    const std::vector<std::string> found = curves(svg);
    REQUIRE(found.size() == 2 * (10 + 6));
    size_t at = 0;
    for (const FunctionSet& set : sets) {
      for (int c = 0; c < set.channels; ++c, ++at) {
        INFO(set.layer << " channel " << c << ", seed " << kSeed << ": " << found[at]);
        const std::vector<double> curve = read_path(found[at]);
        REQUIRE(curve.size() == 511);
        bool equal = true;
        for (size_t i = 0; i < 256; ++i) equal = equal && std::abs(127 - curve[2 * i] / 2 - set.channel(c)[i]) < 1e-9;
        CHECK(equal);
      }
    }
  }
}

TEST_CASE("colours tell the shapes apart, and their legend counts them") {
  FunctionSet set;
  set.layer = "x";
  set.channels = 5;
  for (int x = -128; x <= 127; ++x) set.x.push_back(x);
  for (int c = 0; c < 5; ++c) {
    for (const double x : set.x)
      set.y.push_back(c == 0 ? x : c == 1 ? std::max(0.0, x) : c == 2 ? std::abs(x) - 1 : c == 3 ? 3 : -x);
  }
  const std::string svg = function_picture_svg({set}, "shapes");
  CHECK(xml_fault(svg) == "");
  for (const char* label : {">2 straight<", ">1 bent<", ">1 non-monotone<", ">1 constant<"})
    CHECK(count(svg, label) == 1);
  for (const auto& [css, times] : {std::pair{"s", 2}, {"b", 1}, {"n", 1}, {"c", 1}})
    CHECK(count(svg, std::string("<path class=\"") + css + "\" d=\"M0 ") == static_cast<size_t>(times));
  CHECK(count(svg, "Shaded") == 0);

  set.uses.assign(set.y.size(), 0);
  for (size_t i = 100; i < 150; ++i) {
    for (size_t c = 0; c < 5; ++c) set.uses[c * 256 + i] = 2;
  }
  const std::string measured = function_picture_svg({set}, "shapes");
  CHECK(xml_fault(measured) == "");
  CHECK(count(measured, "Shaded") == 1);
  CHECK(count(measured, "<path class=\"u\"") == 5);
  CHECK(count(measured, " p\" d=") == 2 * 5);  // pale on either side
}

TEST_CASE("float curves, one far wider than the rest: cut, not flattened") {
  std::vector<FunctionSet> sets = learned_functions(small_float_model());
  const std::string plain = function_picture_svg(sets, "float");
  CHECK(xml_fault(plain) == "");
  CHECK(curves(plain).size() == 2 * (10 + 6));
  for (double& y : sets[0].y) y = std::clamp(y, -2.5, 2.5);
  CHECK(count(function_picture_svg({sets[0]}, "float"), "cut)") == 0);
  sets[0].y[5] = 1e30;
  const std::string cut = function_picture_svg({sets[0]}, "float");
  CHECK(xml_fault(cut) == "");
  CHECK(count(cut, "cut)") == 1);
  CHECK(count(cut, "output \u22123 to 3") == 1);
}

TEST_CASE("any title, and no functions at all") {
  for (const char* title : {"a<b>&\"'", "caf\xc3\xa9", "\xff\xfe\x01\n", ""})
    CHECK(xml_fault(function_picture_svg({}, title)) == "");
  CHECK(count(function_picture_svg({}, "caf\xc3\xa9"), "caf\xc3\xa9") == 2);
  CHECK(count(function_picture_svg({}, "\xff\x01"), "??") == 2);
}
