#include "sw/zoo_report/accuracy_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "sw/zoo_report/compare.h"
#include "sw/zoo_report/published.h"

namespace psaflow {
namespace {

std::vector<AccuracyLine> paper_lines() {
  std::vector<AccuracyLine> lines;
  for (const PublishedAccuracy& p : published_accuracies()) {  // widest first
    const std::string title = activation_title(p.activation);
    if (lines.empty() || lines.back().activation != p.activation)
      lines.push_back({p.activation, title + ", paper", true, {}, {}});
    std::string note = fmt::format("Published: {}, H = {}: float {:.1f} %", title, p.hidden, p.float_percent);
    if (p.int8_percent) note += fmt::format(", INT8 {:.1f} %", *p.int8_percent);
    auto& points = lines.back().points;
    points.insert(points.begin(), {p.hidden, p.float_percent, p.int8_percent, note});
  }
  return lines;
}

AccuracyPoint point_of(const ZooCard& card) {
  AccuracyPoint point;
  point.hidden = card.hidden;
  point.note = fmt::format("{}, H = {}, {}{}:", card.id, card.hidden,
                           has_paper_shape(card) ? "" : fmt::format("{} blocks, ", card.blocks), budget_text(card));
  if (card.test.float_accuracy) {
    point.float_percent = 100 * *card.test.float_accuracy;
    point.note += fmt::format(" float {:.2f} %", *point.float_percent);
  }
  if (card.test.int8_accuracy) {
    point.int8_percent = 100 * *card.test.int8_accuracy;
    point.note += fmt::format("{} INT8 {:.2f} %", point.float_percent ? "," : "", *point.int8_percent);
  }
  return point;
}

// "PSA"; where the panel has several lines of PSA, with what tells them apart.
std::string label_of(const AccuracyLine& line, const std::vector<AccuracyLine>& lines) {
  const ZooCard& own = *line.cards.front();
  bool alone = true, epochs_tell = true, blocks_tell = true;
  for (const AccuracyLine& other : lines) {
    if (&other == &line || other.activation != line.activation) continue;
    alone = false;
    epochs_tell = epochs_tell && other.cards.front()->epochs != own.epochs;
    blocks_tell = blocks_tell && other.cards.front()->blocks != own.blocks;
  }
  std::string title = activation_title(line.activation);
  if (alone) return title;
  if (blocks_tell) return fmt::format("{}, {} blocks", title, own.blocks);
  return epochs_tell ? fmt::format("{}, {} epochs", title, own.epochs) : fmt::format("{}, {}", title, own.name);
}

AccuracyPanel panel_of(const std::vector<const ZooCard*>& cards, const std::string& title) {
  AccuracyPanel panel;
  panel.title = title;
  std::vector<AccuracyLine>& lines = panel.lines;
  bool equal = true;
  for (const ZooCard* card : cards) {
    equal = equal && budget_difference(*card, *cards.front()).empty();
    auto line = std::find_if(lines.begin(), lines.end(), [&](const AccuracyLine& l) {
      return l.activation == card->activation && budget_difference(*l.cards.front(), *card).empty() &&
             std::none_of(l.cards.begin(), l.cards.end(), [&](const ZooCard* c) { return c->hidden == card->hidden; });
    });
    if (line == lines.end()) line = lines.insert(line, {card->activation, "", false, {}, {}});
    const auto place = std::find_if(line->points.begin(), line->points.end(),
                                    [&](const AccuracyPoint& p) { return p.hidden > card->hidden; });
    line->points.insert(place, point_of(*card));
    line->cards.push_back(card);
  }
  for (AccuracyLine& line : lines) line.label = label_of(line, lines);
  panel.budgets =
      equal ? budget_text(*cards.front()) + (cards.size() > 1 ? " each" : "") : "budgets differ; lines join equal ones";
  for (const AccuracyLine& line : paper_lines()) lines.push_back(line);
  return panel;
}

}  // namespace

std::vector<AccuracyPanel> accuracy_panels(const Zoo& zoo) {
  const auto measured = [&zoo](const std::string& shelf) {
    std::vector<const ZooCard*> cards;
    for (const ZooCard& card : zoo.cards) {
      if (card.shelf == shelf && (card.test.float_accuracy || card.test.int8_accuracy)) cards.push_back(&card);
    }
    return cards;
  };
  const std::vector<const ZooCard*> own = measured("");
  std::vector<AccuracyPanel> panels;
  if (!own.empty()) panels.push_back(panel_of(own, "Networks of the zoo"));
  for (const ZooShelf& shelf : kZooShelves) {
    std::vector<const ZooCard*> cards = measured(shelf.folder);
    if (cards.empty()) continue;
    const ZooCard& first = *cards.front();
    std::copy_if(own.begin(), own.end(), std::back_inserter(cards),
                 [&](const ZooCard* card) { return budget_difference(*card, first).empty(); });
    panels.push_back(panel_of(cards, shelf.title));
  }
  if (panels.empty())
    panels.push_back({"Published", "no network of the zoo was measured on the test split", paper_lines()});
  return panels;
}

}  // namespace psaflow
