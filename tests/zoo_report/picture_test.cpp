// The chart has the marks that it should, where its own axes say that they belong, and no name covers another.
#include "sw/zoo_report/accuracy_picture.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <random>

#include "sw/zoo_report/label_places.h"
#include "tests/xml_fault.h"
#include "tests/zoo_report/cards.h"

using namespace psaflow;
using namespace psaflow::test;

namespace {

constexpr size_t kPaperFloat = 12, kPaperInt8 = 3, kPaperLines = 3;  // in every panel

std::vector<std::smatch> all_matches(const std::string& text, const std::regex& pattern) {
  return {std::sregex_iterator(text.begin(), text.end(), pattern), std::sregex_iterator()};
}

struct Marks {
  size_t rings, dots, hollow, solid, lines, paper_lines;
};

// Without the one of each in the key.
Marks marks_of(const std::string& svg) {
  const auto drawn = [&](const char* css) { return count(svg, std::string("class=\"") + css + "\"") - 1; };
  return {drawn("ring"), drawn("dot"), drawn("hollow"), drawn("solid"), drawn("line"), drawn("paper")};
}

void check_marks(const std::string& svg, const Marks& wanted) {
  const Marks m = marks_of(svg);
  CHECK(m.rings == wanted.rings);
  CHECK(m.dots == wanted.dots);
  CHECK(m.hollow == wanted.hollow);
  CHECK(m.solid == wanted.solid);
  CHECK(m.lines == wanted.lines);
  CHECK(m.paper_lines == wanted.paper_lines);
}

// Names of lines: 13 px letters are at least 6 px wide, lines of text 14 px high.
void check_names_apart(const std::string& panel) {
  static const std::regex name(
      "<text class=\"[mq]\" x=\"([^\"]*)\" y=\"([^\"]*)\"( text-anchor=\"middle\")?>([^<]*)</text>");
  std::vector<Box> boxes;
  for (const std::smatch& m : all_matches(panel, name)) {
    const double width = 6 * static_cast<double>(m[4].length()), x = std::stod(m[1]), y = std::stod(m[2]);
    const double left = m[3].matched ? x - width / 2 : x;
    const Box box = {left, y - 12, left + width, y + 2};
    for (const Box& other : boxes) {
      INFO(m[4]);
      CHECK((box.right <= other.left || other.right <= box.left || box.bottom <= other.top || other.bottom <= box.top));
    }
    boxes.push_back(box);
  }
}

// Fills a zoo with {relu, gelu, bspline, psa} x {192, 96, 48, 24} of 20 epochs on the grid; accuracies differ
// everywhere.
void save_grid(const ScratchFolder& scratch) {
  int correct = 6000;
  for (const int hidden : {24, 48, 96, 192}) {
    for (const char* activation : {"relu", "gelu", "bspline", "psa"}) {
      const std::string name = activation + std::to_string(hidden);
      save_card(scratch, "grid/" + name, card_json(name, activation, hidden, 20, correct, correct - 20));
      correct += 70;
    }
  }
}

}  // namespace

TEST_CASE("one network among the paper's") {
  const ScratchFolder scratch;
  save_card(scratch, "psa-h96", card_json("psa-h96", "psa", 96, 100, 8410, 8386));
  const Zoo zoo = load_zoo(scratch.path().string());
  const std::string svg = accuracy_picture_svg(zoo, "a < b");
  CHECK(xml_fault(svg) == "");
  CHECK(svg == accuracy_picture_svg(zoo, "a < b"));
  CHECK(count(svg, ">a &lt; b</text>") == 1);
  CHECK(count(svg, "psa-h96, H = 96, 100 epochs: float 84.10 %, INT8 83.86 %") == 1);
  check_marks(svg, {1, 1, kPaperFloat, kPaperInt8, 0, kPaperLines});
  check_names_apart(svg);
  for (const char* name : {">PSA<", ">PSA, paper<", ">B-spline, paper<", ">ReLU, paper<", ">hidden size H<"})
    CHECK(count(svg, name) == 1);
  for (const char* tick : {">24<", ">48<", ">96<", ">192<", ">84 %<"}) CHECK(count(svg, tick) == 1);
}

TEST_CASE("networks of two depths are told apart by them") {
  const ScratchFolder scratch;
  save_card(scratch, "p", card_json("p", "psa", 96, 300, 8800, 8790));
  save_card(scratch, "p8", deep_card_json("p8", "psa", 96, 8, 150, 9000, 8990));
  const std::string svg = accuracy_picture_svg(load_zoo(scratch.path().string()), "t");
  CHECK(count(svg, ">PSA, 4 blocks<") == 1);
  CHECK(count(svg, ">PSA, 8 blocks<") == 1);
  CHECK(count(svg, "p8, H = 96, 8 blocks, 150 epochs: float 90.00 %") == 1);
  CHECK(count(svg, "p, H = 96, 300 epochs: float 88.00 %") == 1);
  check_names_apart(svg);
}

TEST_CASE("a network of the zoo's own with the grid's budget stands in both panels, on the grid's line") {
  const ScratchFolder scratch;
  save_card(scratch, "grid/psa48", card_json("grid/psa48", "psa", 48, 16, 8010, 7986));
  save_card(scratch, "psa-h96", card_json("psa-h96", "psa", 96, 16, 8410, 8386));
  save_card(scratch, "relu-h96", card_json("relu-h96", "relu", 96, 100, 8110, 8086));
  const std::string svg = accuracy_picture_svg(load_zoo(scratch.path().string()), "t");
  check_marks(svg, {4, 4, 2 * kPaperFloat, 2 * kPaperInt8, 1, 2 * kPaperLines});
  const std::string grid = svg.substr(svg.find(">The grid<"));
  CHECK(count(grid, "psa-h96, H = 96, 16 epochs") == 1);
  CHECK(count(grid, "relu-h96") == 0);
}

TEST_CASE("a full grid and the zoo's own networks: two panels, marks at their heights") {
  const ScratchFolder scratch;
  save_grid(scratch);
  save_card(scratch, "psa-h96", card_json("psa-h96", "psa", 96, 100, 8410, 8386));
  save_card(scratch, "relu-h96", card_json("relu-h96", "relu", 96, 100, 8110, 8086));
  save_card(scratch, "relu-h192", card_json("relu-h192", "relu", 192, 100, 8310, 8286));
  const Zoo zoo = load_zoo(scratch.path().string());
  const std::string svg = accuracy_picture_svg(zoo, "t");
  CHECK(xml_fault(svg) == "");
  check_marks(svg, {19, 19, 2 * kPaperFloat, 2 * kPaperInt8, 4 + 1, 2 * kPaperLines});

  const size_t second = svg.find(">The grid<");
  REQUIRE(second != std::string::npos);
  CHECK(svg.find(">Networks of the zoo<") < second);
  const size_t split = svg.rfind("<g transform", second);
  check_names_apart(svg.substr(0, split));
  const std::string grid = svg.substr(split);
  check_names_apart(grid);

  // The axis by its tick marks, read back.
  static const std::regex tick("<text class=\"a\" x=\"-9.0\" y=\"([^\"]*)\" text-anchor=\"end\">([^ ]*) %</text>");
  const auto ticks = all_matches(grid, tick);
  REQUIRE(ticks.size() >= 3);
  const double y0 = std::stod(ticks.front()[1]) - 4, y1 = std::stod(ticks.back()[1]) - 4;
  const double p0 = std::stod(ticks.front()[2]), p1 = std::stod(ticks.back()[2]);
  static const std::regex mark(
      "<title>grid/([a-z]+)([0-9]+), [^<]*</title><path[^>]*/><circle class=\"ring\" cx=\"([^\"]*)\" "
      "cy=\"([^\"]*)\"[^>]*/>"
      "<circle class=\"dot\" cx=\"([^\"]*)\" cy=\"([^\"]*)\"");
  const auto found = all_matches(grid, mark);
  REQUIRE(found.size() == 16);
  std::map<std::string, std::map<int, double>> x;
  for (const std::smatch& m : found) {
    INFO(m[0]);
    const auto card = std::find_if(zoo.cards.begin(), zoo.cards.end(),
                                   [&](const ZooCard& c) { return c.id == "grid/" + m[1].str() + m[2].str(); });
    REQUIRE(card != zoo.cards.end());
    const auto percent = [&](const std::string& y) { return p0 + (std::stod(y) - y0) / (y1 - y0) * (p1 - p0); };
    CHECK(percent(m[4]) == Approx(100 * *card->test.float_accuracy).margin(0.03));
    CHECK(percent(m[6]) == Approx(100 * *card->test.int8_accuracy).margin(0.03));
    CHECK(m[3] == m[5]);
    x[m[1]][std::stoi(m[2])] = std::stod(m[3]);
  }
  for (const auto& [activation, at] : x) {  // octaves are equally wide
    INFO(activation);
    CHECK(at.at(48) - at.at(24) == Approx(at.at(192) - at.at(96)).margin(0.21));
    CHECK(at.at(48) - at.at(24) == Approx(at.at(96) - at.at(48)).margin(0.21));
  }
}

TEST_CASE("unequal budgets are not joined, and what was not measured is not drawn") {
  const ScratchFolder scratch;
  save_card(scratch, "a", card_json("a", "psa", 96, 100, 8000, 7900));
  save_card(scratch, "b", card_json("b", "psa", 48, 300, 7800, 7700));
  auto unmeasured = card_json("c", "relu", 48, 100, 7000, 6900);
  unmeasured["test"]["int8_accuracy"] = -1;
  save_card(scratch, "c", unmeasured);
  unmeasured.erase("test");
  save_card(scratch, "d", unmeasured);
  const std::string svg = accuracy_picture_svg(load_zoo(scratch.path().string()), "t");
  CHECK(xml_fault(svg) == "");
  check_marks(svg, {3, 2, kPaperFloat, kPaperInt8, 0, kPaperLines});
  CHECK(count(svg, ">PSA, 100 epochs<") == 1);
  CHECK(count(svg, ">PSA, 300 epochs<") == 1);
  CHECK(count(svg, "budgets differ") == 1);
  check_names_apart(svg);

  const ScratchFolder other;
  save_card(other, "d", unmeasured);
  const std::string paper_alone = accuracy_picture_svg(load_zoo(other.path().string()), "t");
  CHECK(xml_fault(paper_alone) == "");
  check_marks(paper_alone, {0, 0, kPaperFloat, kPaperInt8, 0, kPaperLines});
}

TEST_CASE("spread_apart: in order, apart, inside, and no neighbour of the answer is nearer") {
  constexpr uint32_t kSeed = 11;
  std::mt19937 random(kSeed);
  for (int round = 0; round < 50; ++round) {
    const size_t n = 1 + random() % 6;
    std::vector<double> wanted(n);
    for (double& w : wanted) w = static_cast<double>(random() % 100);
    const double gap = 10, low = 0, high = 120;
    const std::vector<double> at = spread_apart(wanted, gap, low, high);
    INFO("seed " << kSeed << ", round " << round);
    REQUIRE(at.size() == n);
    const auto loss = [&](const std::vector<double>& places) {
      double sum = 0;
      for (size_t i = 0; i < n; ++i) sum += (places[i] - wanted[i]) * (places[i] - wanted[i]);
      return sum;
    };
    const auto legal = [&](const std::vector<double>& places) {
      bool fine = true;
      for (size_t i = 0; i < n; ++i) {
        fine = fine && places[i] >= low - 1e-9 && places[i] <= high + 1e-9;
        for (size_t k = 0; k < n; ++k) {
          if (wanted[k] > wanted[i] || (wanted[k] == wanted[i] && k > i))
            fine = fine && places[k] - places[i] >= gap - 1e-9;
        }
      }
      return fine;
    };
    CHECK(legal(at));
    for (int trial = 0; trial < 200; ++trial) {
      std::vector<double> moved = at;
      for (double& m : moved) m += (static_cast<double>(random() % 2001) - 1000) / 500;
      if (legal(moved)) CHECK(loss(moved) >= loss(at) - 1e-9);
    }
  }
  CHECK(spread_apart({}, 10, 0, 1).empty());
  const std::vector<double> crowded = spread_apart({5, 5, 5}, 10, 0, 10);
  CHECK(crowded == std::vector<double>{0, 5, 10});
}

TEST_CASE("a label finds the free side") {
  LabelPlaces places({0, 0, 200, 100});
  places.add_line(100, 50, 200, 50);  // to the right of the mark
  places.add_box({0, 40, 95, 60});    // to the left
  const Box box = places.place(100, 50, 30, 12);
  CHECK((box.bottom <= 50 || box.top >= 50));
  const Box next = places.place(100, 50, 30, 12);
  CHECK((next.bottom <= box.top || box.bottom <= next.top || next.right <= box.left || box.right <= next.left));
}
