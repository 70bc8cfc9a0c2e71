// Gains against figures worked out by hand, and only between equal budgets.
#include "sw/zoo_report/compare.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "sw/zoo_report/published.h"
#include "tests/zoo_report/cards.h"

using namespace psaflow;
using namespace psaflow::test;
using nlohmann::json;

namespace {

ZooCard card_of(const json& file) {
  const ScratchFolder scratch;
  return load_card(save_card(scratch, "x", file), "x");
}

// The rows of one comparison.
std::vector<Gain> rows(const std::vector<Gain>& gains, const std::string& activation, int hidden,
                       const std::string& base, int base_hidden) {
  std::vector<Gain> found;
  for (const Gain& g : gains) {
    if (g.activation == activation && g.hidden == hidden && g.base_activation == base && g.base_hidden == base_hidden)
      found.push_back(g);
  }
  return found;
}

}  // namespace

TEST_CASE("budgets: epochs, teacher, QAT and recipe count; the function and its size do not") {
  const json base = card_json("a", "psa", 96, 100, 1, 1);
  const ZooCard card = card_of(base);
  CHECK(budget_difference(card, card_of(card_json("b", "relu", 24, 100, 9, 9))).empty());
  CHECK(budget_text(card) == "100 epochs");

  CHECK(budget_difference(card, card_of(card_json("b", "psa", 96, 300, 1, 1))) == "100 epochs against 300");
  CHECK(budget_difference(card_of(card_json("b", "psa", 96, 300, 1, 1)), card) == "300 epochs against 100");

  json taught = base;
  taught["distilled_from"] = "t";
  taught["qat_epochs"] = 50;
  CHECK(budget_difference(card, card_of(taught)) == "distilled from no teacher against t, 0 epochs QAT against 50");
  CHECK(budget_text(card_of(taught)) == "100 epochs, distilled from t, 50 epochs QAT");
  CHECK(budget_difference(card_of(taught), card_of(taught)).empty());

  const auto with_recipe = [&](const std::string& from, const std::string& to) {
    json other = base;
    auto recipe = other["recipe"].get<std::string>();
    const size_t at = recipe.find(from);
    REQUIRE(at != std::string::npos);
    other["recipe"] = recipe.replace(at, from.size(), to);
    return card_of(other);
  };
  const auto taught_by = [&](const std::string& path) {
    return with_recipe("epochs:", "distillation: {teacher: " + path + "}\nepochs:");
  };
  CHECK(budget_difference(taught_by("zoo/t/f.safetensors"), taught_by("./zoo/a/../t//f.safetensors")).empty());
  CHECK_THAT(budget_difference(taught_by("zoo/t/f.safetensors"), taught_by("zoo/u/f.safetensors")),
             Catch::Contains("distillation.teacher"));
  CHECK(budget_difference(card, with_recipe("learning_rate: 0.003", "learning_rate: 0.002")) ==
        "learning_rate 0.003 against 0.002");
  CHECK(budget_difference(card, with_recipe("flip: true, ", "")) == "augmentation.flip true against unset");
  CHECK(budget_difference(
            card, with_recipe("blocks: 4", "blocks: 4\n  psa: exact\n  experts: 4\n  grid_points: 9\n  grid_range: 2"))
            .empty());
  CHECK(budget_difference(card, with_recipe("embed: 96", "embed: 64")) == "network.embed 96 against 64");
  // Stopped early: the card's epochs are those done, the recipe's those planned.
  CHECK(budget_difference(card, with_recipe("epochs: 100", "epochs: 300")) == "epochs 100 against 300");
  CHECK(budget_difference(card, with_recipe("seed: 1", "seed: 2\na: 1\nb: 1\nc: 1")) ==
        "a unset against 1, b unset against 1, c unset against 1 and 1 more");
}

TEST_CASE("gains between equal budgets, with the paper's beside them") {
  const ScratchFolder scratch;
  save_card(scratch, "p96", card_json("p96", "psa", 96, 300, 8800, 8750));
  save_card(scratch, "r96", card_json("r96", "relu", 96, 300, 8600, 8620));
  save_card(scratch, "r192", card_json("r192", "relu", 192, 200, 8700, 8700));  // shorter
  save_card(scratch, "grid/p96", card_json("p96", "psa", 96, 20, 7000, 6900));
  save_card(scratch, "grid/r192", card_json("r192", "relu", 192, 20, 7100, 7000));
  save_card(scratch, "grid/g96", card_json("g96", "gelu", 96, 20, 6900, 6950));
  const Zoo zoo = load_zoo(scratch.path().string());
  const std::vector<Gain> gains = compare(zoo);

  const auto same = rows(gains, "psa", 96, "relu", 96);
  REQUIRE(same.size() == 1);  // the grid has no ReLU of 96 to compare, and its budget is another on purpose
  CHECK(same[0].card->id == "p96");
  CHECK(same[0].base->id == "r96");
  CHECK(same[0].equal_budget);
  CHECK(same[0].budget == "300 epochs");
  CHECK(*same[0].float_points == Approx(2.0));
  CHECK(*same[0].int8_points == Approx(1.3));
  CHECK(*same[0].error_points == Approx(100 * std::sqrt(0.875 * 0.125 / 1e4 + 0.862 * 0.138 / 1e4)));
  CHECK(*same[0].published_float_points == Approx(2.1));  // 88.3 - 86.2
  CHECK(*same[0].published_int8_points == Approx(2.0));   // 88.1 - 86.1

  const auto twice = rows(gains, "psa", 96, "relu", 192);
  REQUIRE(twice.size() == 2);
  CHECK_FALSE(twice[0].equal_budget);
  CHECK(twice[0].budget == "unequal budget: 300 epochs against 200");
  CHECK_FALSE(twice[0].float_points);
  CHECK_FALSE(twice[0].int8_points);
  CHECK_FALSE(twice[0].error_points);
  CHECK(*twice[0].published_float_points == Approx(0.5));  // 88.3 - 87.8
  CHECK(*twice[0].published_int8_points == Approx(0.2));   // 88.1 - 87.9
  CHECK(twice[1].card->id == "grid/p96");
  CHECK(*twice[1].float_points == Approx(-1.0));
  CHECK(*twice[1].int8_points == Approx(-1.0));

  const auto spline = rows(gains, "psa", 96, "bspline", 96);
  REQUIRE(spline.size() == 1);
  CHECK(spline[0].base == nullptr);
  CHECK(spline[0].budget == "no card of B-spline, H = 96");
  CHECK(*spline[0].published_float_points == Approx(0.6));  // 88.3 - 87.7
  CHECK_FALSE(spline[0].published_int8_points);

  const auto gelu = rows(gains, "psa", 96, "gelu", 96);
  REQUIRE(gelu.size() == 1);
  CHECK(*gelu[0].float_points == Approx(1.0));
  CHECK(*gelu[0].int8_points == Approx(-0.5));
  CHECK_FALSE(gelu[0].published_float_points);
  CHECK(gains.size() == 5);
}

TEST_CASE("networks of another depth: compared among themselves alone, without the paper's figures") {
  const ScratchFolder scratch;
  save_card(scratch, "p", card_json("p", "psa", 96, 300, 8800, 8790));
  save_card(scratch, "r", card_json("r", "relu", 96, 200, 8600, 8605));
  save_card(scratch, "p8", deep_card_json("p8", "psa", 96, 8, 300, 9000, 8990));
  const Zoo shallow = load_zoo(scratch.path().string());
  const auto alone = rows(compare(shallow), "psa", 96, "relu", 96);
  REQUIRE(alone.size() == 1);  // none of p8 against r: another network, not another budget
  CHECK(alone[0].card->id == "p");
  save_card(scratch, "r8", deep_card_json("r8", "relu", 96, 8, 300, 8900, 8880));
  const Zoo both = load_zoo(scratch.path().string());
  const auto deep = rows(compare(both), "psa", 96, "relu", 96);
  REQUIRE(deep.size() == 2);
  CHECK(deep[1].card->id == "p8");
  CHECK(deep[1].base->id == "r8");
  CHECK(deep[1].equal_budget);
  CHECK(*deep[1].int8_points == Approx(1.1));
  CHECK(deep[0].published_int8_points);
  CHECK_FALSE(deep[1].published_int8_points);
  CHECK_FALSE(deep[1].published_float_points);
}

TEST_CASE("a zoo of one network still lists what is asked for") {
  const ScratchFolder scratch;
  save_card(scratch, "r24", card_json("r24", "relu", 24, 1, 5000, 5000));
  const Zoo zoo = load_zoo(scratch.path().string());
  const std::vector<Gain> gains = compare(zoo);
  REQUIRE(gains.size() == 3);
  for (const Gain& g : gains) {
    CHECK(g.budget == "no card of PSA, H = 96");
    CHECK_FALSE(g.equal_budget);
    CHECK(g.published_float_points);
  }
}

TEST_CASE("published figures: each activation at each size once, INT8 of the three designs that were built") {
  int with_int8 = 0;
  for (const char* activation : {"relu", "bspline", "psa"}) {
    double wider = 100;
    for (const int hidden : {192, 96, 48, 24}) {
      const auto& all = published_accuracies();
      CHECK(std::count_if(all.begin(), all.end(), [&](const PublishedAccuracy& p) {
              return activation == std::string(p.activation) && p.hidden == hidden;
            }) == 1);
      const PublishedAccuracy* const p = find_published(activation, hidden);
      REQUIRE(p != nullptr);
      CHECK(p->float_percent < wider);  // a typing error would show
      wider = p->float_percent;
      with_int8 += p->int8_percent ? 1 : 0;
      if (p->int8_percent) CHECK(std::abs(*p->int8_percent - p->float_percent) < 0.5);
    }
  }
  CHECK(published_accuracies().size() == 12);
  CHECK(with_int8 == 3);
  CHECK(find_published("gelu", 96) == nullptr);
  CHECK(find_published("psa", 97) == nullptr);
}
