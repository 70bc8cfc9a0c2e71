#include "sw/zoo_report/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <set>

#include "sw/zoo_report/published.h"

namespace psaflow {
namespace {

constexpr int kHeadlineHidden = 96;  // the size that the paper builds
constexpr size_t kMaxReasons = 3;

struct Kind {
  const char *activation, *base;
  int base_factor;  // the base's hidden size over the other's
  bool headline;    // listed at kHeadlineHidden even without cards
};
constexpr Kind kKinds[] = {{"psa", "relu", 1, true},
                           {"psa", "relu", 2, true},
                           {"psa", "bspline", 1, true},
                           {"psa", "gelu", 1, false},
                           {"bspline", "relu", 1, false}};

// Keys of a recipe that say which function is trained, not how long or how well.
bool free_key(const std::string& key) {
  static const std::set<std::string> free = {"name",
                                             "network.activation",
                                             "network.hidden",
                                             "network.psa",
                                             "network.experts",
                                             "network.grid_points",
                                             "network.grid_range",
                                             "network.tv2_weight"};
  return free.count(key) != 0;
}

std::string value_of(const ZooCard& card, const std::string& key) {
  const auto found = card.recipe.find(key);
  if (found == card.recipe.end()) return "unset";
  if (key != "distillation.teacher") return found->second;
  std::error_code error;  // one file has many paths
  const std::filesystem::path path = std::filesystem::weakly_canonical(std::filesystem::absolute(found->second), error);
  return error ? found->second : path.string();
}

std::vector<const ZooCard*> cards_with(const Zoo& zoo, const std::string& activation, int hidden) {
  std::vector<const ZooCard*> found;
  for (const ZooCard& card : zoo.cards) {
    if (card.activation == activation && card.hidden == hidden) found.push_back(&card);
  }
  return found;
}

Gain gain_of(const Kind& kind, int hidden, const ZooCard* card, const ZooCard* base) {
  Gain g;
  g.activation = kind.activation;
  g.base_activation = kind.base;
  g.hidden = hidden;
  g.base_hidden = hidden * kind.base_factor;
  g.card = card;
  g.base = base;
  const PublishedAccuracy* const p = find_published(g.activation, g.hidden);
  const PublishedAccuracy* const q = find_published(g.base_activation, g.base_hidden);
  const auto of_paper_shape = [](const ZooCard* c) { return c == nullptr || has_paper_shape(*c); };
  if (p != nullptr && q != nullptr && of_paper_shape(card) && of_paper_shape(base)) {
    g.published_float_points = difference_points(p->float_percent / 100, q->float_percent / 100);
    if (p->int8_percent && q->int8_percent)
      g.published_int8_points = difference_points(*p->int8_percent / 100, *q->int8_percent / 100);
  }
  if (card == nullptr || base == nullptr) {
    g.budget = card == nullptr
                   ? fmt::format("no card of {}, H = {}", activation_title(g.activation), g.hidden)
                   : fmt::format("no card of {}, H = {}", activation_title(g.base_activation), g.base_hidden);
    return g;
  }
  const std::string difference = budget_difference(*card, *base);
  g.equal_budget = difference.empty();
  g.budget = g.equal_budget ? budget_text(*card) : "unequal budget: " + difference;
  if (!g.equal_budget) return g;
  const auto subtract = [&](std::optional<double> a, std::optional<double> b) -> std::optional<double> {
    if (!a || !b) return std::nullopt;
    const auto variance = [](double p_right, int64_t images) {
      return p_right * (1 - p_right) / static_cast<double>(images);
    };
    g.error_points = 100 * std::sqrt(variance(*a, card->test.images) + variance(*b, base->test.images));
    return difference_points(*a, *b);
  };
  g.float_points = subtract(card->test.float_accuracy, base->test.float_accuracy);
  g.int8_points = subtract(card->test.int8_accuracy, base->test.int8_accuracy);
  return g;
}

// The rows of one kind and size. Unequal budgets are told of within a shelf only: they are short on purpose.
void add_gains(const Zoo& zoo, const Kind& kind, int hidden, std::vector<Gain>& gains) {
  const std::vector<const ZooCard*> cards = cards_with(zoo, kind.activation, hidden);
  const std::vector<const ZooCard*> bases = cards_with(zoo, kind.base, hidden * kind.base_factor);
  const size_t before = gains.size();
  for (const ZooCard* card : cards) {
    const ZooCard* unequal = nullptr;
    bool compared = false;
    for (const ZooCard* base : bases) {
      if (budget_difference(*card, *base).empty()) {
        gains.push_back(gain_of(kind, hidden, card, base));
        compared = true;
      } else if (unequal == nullptr && base->shelf == card->shelf && base->blocks == card->blocks) {
        unequal = base;
      }
    }
    if (!compared && unequal != nullptr) gains.push_back(gain_of(kind, hidden, card, unequal));
  }
  if (gains.size() == before && kind.headline && hidden == kHeadlineHidden) {
    gains.push_back(
        gain_of(kind, hidden, cards.empty() ? nullptr : cards.front(), bases.empty() ? nullptr : bases.front()));
  }
}

}  // namespace

std::string budget_difference(const ZooCard& a, const ZooCard& b) {
  std::vector<std::string> reasons;
  if (a.epochs != b.epochs) reasons.push_back(fmt::format("{} epochs against {}", a.epochs, b.epochs));
  if (a.distilled_from != b.distilled_from) {
    const auto teacher = [](const ZooCard& c) { return c.distilled_from.empty() ? "no teacher" : c.distilled_from; };
    reasons.push_back(fmt::format("distilled from {} against {}", teacher(a), teacher(b)));
  }
  if (a.qat_epochs != b.qat_epochs)
    reasons.push_back(fmt::format("{} epochs QAT against {}", a.qat_epochs, b.qat_epochs));
  std::set<std::string> keys;
  for (const ZooCard* card : {&a, &b}) {
    for (const auto& [key, value] : card->recipe) keys.insert(key);
  }
  for (const std::string& key : keys) {
    if (free_key(key) || (key == "epochs" && a.epochs != b.epochs)) continue;
    const std::string left = value_of(a, key), right = value_of(b, key);
    if (left != right) reasons.push_back(fmt::format("{} {} against {}", key, left, right));
  }
  std::string text;
  for (size_t i = 0; i < std::min(reasons.size(), kMaxReasons); ++i) text += (i == 0 ? "" : ", ") + reasons[i];
  if (reasons.size() > kMaxReasons) text += fmt::format(" and {} more", reasons.size() - kMaxReasons);
  return text;
}

std::string budget_text(const ZooCard& card) {
  std::string text = fmt::format("{} epoch{}", card.epochs, card.epochs == 1 ? "" : "s");
  if (!card.distilled_from.empty()) text += ", distilled from " + card.distilled_from;
  if (card.qat_epochs > 0) text += fmt::format(", {} epochs QAT", card.qat_epochs);
  return text;
}

std::vector<Gain> compare(const Zoo& zoo) {
  std::set<int, std::greater<>> sizes = {kHeadlineHidden};
  for (const ZooCard& card : zoo.cards) sizes.insert(card.hidden);
  std::vector<Gain> gains;
  for (const Kind& kind : kKinds) {
    for (const int hidden : sizes) add_gains(zoo, kind, hidden, gains);
  }
  return gains;
}

double difference_points(double a, double b) {
  return std::round(100 * (a - b) * 1e6) / 1e6;
}

}  // namespace psaflow
