#include "sim/zoo_report.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/terminal.h"
#include "sim/text_table.h"
#include "sw/base/error.h"
#include "sw/zoo_report/published.h"

namespace psaflow {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kTextWidth = 120;
const char* const kEnd = "<!-- end -->\n";

std::string percent(const std::optional<double>& fraction) {
  return fraction ? fmt::format("{:.2f}", 100 * *fraction) : "-";
}

// With its sign; `digits` after the point.
std::string points(const std::optional<double>& value, int digits) {
  if (!value) return "-";
  const double unit = std::pow(10, digits);
  return fmt::format("{:+.{}f}", std::round(*value * unit) / unit + 0.0, digits);  // + 0.0: no "-0.0"
}

std::optional<double> difference(const std::optional<double>& a, const std::optional<double>& b) {
  return a && b ? std::optional<double>(difference_points(*a, *b)) : std::nullopt;
}

struct Published {  // of a card, as fractions
  std::optional<double> float_accuracy, int8_accuracy;
};

Published published_of(const ZooCard& card) {
  const PublishedAccuracy* const p = find_published(card.activation, card.hidden);
  if (p == nullptr || !has_paper_shape(card)) return {};
  return {p->float_percent / 100, p->int8_percent ? std::optional<double>(*p->int8_percent / 100) : std::nullopt};
}

std::string published_text(const std::optional<double>& fraction) {
  return fraction ? fmt::format("{:.1f}", 100 * *fraction) : "-";
}

bool holds_out_nothing(const ZooCard& card) {
  const auto holdout = card.recipe.find("holdout");
  return holdout != card.recipe.end() && holdout->second == "0";
}

// "distilled from teacher-h384, QAT 50, whole split"
std::string training_text(const ZooCard& card) {
  std::string text = card.distilled_from.empty() ? "plain" : "distilled from " + card.distilled_from;
  if (card.qat_epochs > 0) text += fmt::format(", QAT {}", card.qat_epochs);
  if (holds_out_nothing(card)) text += ", whole split";
  return text;
}

std::string loss_text(const ZooCard& card) {
  const std::optional<double> loss = difference(card.test.float_accuracy, card.test.int8_accuracy);
  return loss ? fmt::format("{:.2f}", *loss) : "-";
}

TextTable networks_table(const Zoo& zoo) {
  bool trained_otherwise = false, other_depths = false;
  for (const ZooCard& card : zoo.cards) {
    trained_otherwise = trained_otherwise || training_text(card) != "plain";
    other_depths = other_depths || card.blocks != zoo.cards.front().blocks;
  }
  TextTable table;
  table.columns = {{"", "network", true}, {"", "activation", true}, {"", "H"}};
  if (other_depths) table.columns.push_back({"", "blocks"});
  table.columns.push_back({"", "epochs"});
  if (trained_otherwise) table.columns.push_back({"", "training", true});
  for (const char* title : {"parameters", "MACs", "points"}) table.columns.push_back({"", title});
  for (const char* group : {"float %", "INT8 %"}) {
    for (const char* title : {"ours", "paper", "diff."}) table.columns.push_back({group, title});
  }
  table.columns.push_back({"INT8 %", "loss"});
  table.columns.push_back({"held out %", "float"});
  table.columns.push_back({"held out %", "INT8"});
  for (const ZooCard& card : zoo.cards) {
    const Published paper = published_of(card);
    std::vector<std::string> row = {card.id, activation_title(card.activation), std::to_string(card.hidden)};
    if (other_depths) row.push_back(std::to_string(card.blocks));
    row.push_back(grouped(card.epochs));
    if (trained_otherwise) row.push_back(training_text(card));
    for (const std::string& cell :
         {grouped(card.parameters), grouped(card.macs),
          card.table_points == 0 ? "-" : std::to_string(card.table_points), percent(card.test.float_accuracy),
          published_text(paper.float_accuracy), points(difference(card.test.float_accuracy, paper.float_accuracy), 2),
          percent(card.test.int8_accuracy), published_text(paper.int8_accuracy),
          points(difference(card.test.int8_accuracy, paper.int8_accuracy), 2), loss_text(card),
          percent(card.holdout.float_accuracy), percent(card.holdout.int8_accuracy)})
      row.push_back(cell);
    table.rows.push_back(row);
  }
  return table;
}

TextTable gains_table(const std::vector<Gain>& gains) {
  TextTable table;
  table.columns = {{"", "gain, points", true}, {"", "networks", true}, {"float", "ours"}, {"float", "paper"},
                   {"INT8", "ours"},           {"INT8", "paper"},      {"", "s.e."},      {"", "budget", true}};
  for (const Gain& g : gains) {
    std::string networks = "-";
    if (g.card != nullptr && g.base != nullptr) networks = g.card->id + ", " + g.base->id;
    table.rows.push_back({fmt::format("{} H={} over {} H={}", activation_title(g.activation), g.hidden,
                                      activation_title(g.base_activation), g.base_hidden),
                          networks, points(g.float_points, 2), points(g.published_float_points, 1),
                          points(g.int8_points, 2), points(g.published_int8_points, 1),
                          g.error_points ? fmt::format("{:.2f}", *g.error_points) : "-", g.budget});
  }
  return table;
}

TextTable rivals_table() {
  TextTable table;
  table.columns = {{"", "published elsewhere", true},
                   {"", "accuracy %"},
                   {"", "images a second"},
                   {"", "device", true},
                   {"", "source", true}};
  for (const PublishedRival& r : published_rivals()) {
    table.rows.push_back({r.design, fmt::format("{:g}", r.accuracy_percent),
                          r.fps ? grouped(std::llround(*r.fps)) : "-", *r.device == '\0' ? "-" : r.device, r.source});
  }
  return table;
}

std::vector<std::string> notes(const Zoo& zoo) {
  std::vector<std::string> notes = {
      "Accuracies are of CIFAR-10's test split, from the cards; held out: of the training images that the network has "
      "not seen. Whole split: trained on those too, once its recipe was chosen. Loss: float less INT8.",
      "Gains are given between equal budgets alone: the same recipe but for the function and its hidden size. s.e.: "
      "one standard error of such a difference, were the two networks' mistakes independent.",
      fmt::format("Paper: {}.", kPaperSource)};
  if (!zoo.without_card.empty()) {
    std::string names;
    for (const std::string& id : zoo.without_card) names += (names.empty() ? "" : ", ") + id;
    notes.push_back("Without a card, not listed: " + names + ".");
  }
  return notes;
}

// Lines of at most kTextWidth characters, indented as the tables are.
std::string wrapped(const std::string& text) {
  std::string out, word, line = " ";
  std::istringstream words(text);
  while (words >> word) {
    if (line.size() + 1 + word.size() > kTextWidth) {
      out += line + "\n";
      line = " ";
    }
    line += " " + word;
  }
  return out + line + "\n";
}

template <typename Value>
Json json_or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json scores_json(const CardScores& s) {
  return {{"images", s.images},
          {"float_accuracy", json_or_null(s.float_accuracy)},
          {"int8_accuracy", json_or_null(s.int8_accuracy)}};
}

Json card_json(const ZooCard& c) {
  const Published paper = published_of(c);
  return {{"id", c.id},
          {"name", c.name},
          {"activation", c.activation},
          {"hidden", c.hidden},
          {"blocks", c.blocks},
          {"epochs", c.epochs},
          {"distilled_from", c.distilled_from.empty() ? Json(nullptr) : Json(c.distilled_from)},
          {"qat_epochs", c.qat_epochs},
          {"int8_parameters", c.parameters},
          {"macs_per_image", c.macs},
          {"table_points", c.table_points},
          {"test", scores_json(c.test)},
          {"holdout", scores_json(c.holdout)},
          {"quantisation_loss_points", json_or_null(difference(c.test.float_accuracy, c.test.int8_accuracy))},
          {"published_float_accuracy", json_or_null(paper.float_accuracy)},
          {"published_int8_accuracy", json_or_null(paper.int8_accuracy)},
          {"float_difference_points", json_or_null(difference(c.test.float_accuracy, paper.float_accuracy))},
          {"int8_difference_points", json_or_null(difference(c.test.int8_accuracy, paper.int8_accuracy))}};
}

Json gain_json(const Gain& g) {
  return {{"activation", g.activation},
          {"hidden", g.hidden},
          {"base_activation", g.base_activation},
          {"base_hidden", g.base_hidden},
          {"network", g.card == nullptr ? Json(nullptr) : Json(g.card->id)},
          {"base_network", g.base == nullptr ? Json(nullptr) : Json(g.base->id)},
          {"equal_budget", g.equal_budget},
          {"budget", g.budget},
          {"float_points", json_or_null(g.float_points)},
          {"int8_points", json_or_null(g.int8_points)},
          {"standard_error_points", json_or_null(g.error_points)},
          {"published_float_points", json_or_null(g.published_float_points)},
          {"published_int8_points", json_or_null(g.published_int8_points)}};
}

}  // namespace

OurText zoo_text(const Zoo& zoo, const std::vector<Gain>& gains) {
  std::string text = networks_table(zoo).terminal().text + "\n" + gains_table(gains).terminal().text + "\n" +
                     rivals_table().terminal().text;
  for (const std::string& note : notes(zoo)) text += "\n" + wrapped(printable(note));
  return {text};
}

std::string zoo_markdown(const Zoo& zoo, const std::vector<Gain>& gains) {
  std::string text =
      networks_table(zoo).markdown() + "\n" + gains_table(gains).markdown() + "\n" + rivals_table().markdown();
  for (const std::string& note : notes(zoo)) text += "\n" + note + "\n";
  return text;
}

std::string zoo_json(const std::string& dir, const Zoo& zoo, const std::vector<Gain>& gains) {
  Json json = {{"zoo", dir},
               {"version", PSAFLOW_VERSION},
               {"networks", Json::array()},
               {"gains", Json::array()},
               {"without_card", zoo.without_card}};
  for (const ZooCard& card : zoo.cards) json["networks"].push_back(card_json(card));
  for (const Gain& gain : gains) json["gains"].push_back(gain_json(gain));
  Json& published =
      json["published"] = {{"source", kPaperSource}, {"accuracies", Json::array()}, {"elsewhere", Json::array()}};
  for (const PublishedAccuracy& p : published_accuracies()) {
    published["accuracies"].push_back({{"activation", p.activation},
                                       {"hidden", p.hidden},
                                       {"float_percent", p.float_percent},
                                       {"int8_percent", json_or_null(p.int8_percent)}});
  }
  for (const PublishedRival& r : published_rivals()) {
    published["elsewhere"].push_back({{"design", r.design},
                                      {"accuracy_percent", r.accuracy_percent},
                                      {"fps", json_or_null(r.fps)},
                                      {"device", *r.device == '\0' ? Json(nullptr) : Json(r.device)},
                                      {"source", r.source}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string with_tables(const std::string& readme, const std::string& verb, const std::string& markdown,
                        const std::string& path) {
  const std::string line = fmt::format("<!-- psaflow {} -->", verb), first = line + "\n";
  const size_t begin = readme.find(first), end = readme.find(kEnd);
  const bool once = begin != std::string::npos && end != std::string::npos && begin < end &&
                    readme.find(first, begin + 1) == std::string::npos &&
                    readme.find(kEnd, end + 1) == std::string::npos;
  if (!once)
    throw UserError(path, "--readme", "no place for the tables",
                    fmt::format("one line '{}', and below it one '<!-- end -->'", line));
  return readme.substr(0, begin) + first + "\n" + markdown + "\n" + readme.substr(end);
}

}  // namespace psaflow
