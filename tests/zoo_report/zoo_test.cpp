// Reading cards: every figure lands where it belongs, and a card that lacks one is an error that names it.
#include "sw/zoo_report/zoo.h"

#include <catch2/catch.hpp>

#include "tests/error_text.h"
#include "tests/zoo_report/cards.h"

using namespace psaflow;
using namespace psaflow::test;
using Catch::Matchers::Contains;
using nlohmann::json;

TEST_CASE("a card's figures") {
  const ScratchFolder scratch;
  json card = card_json("n", "psa", 48, 20, 8123, 8100);
  const ZooCard plain = load_card(save_card(scratch, "n", card), "n");
  CHECK(plain.id == "n");
  CHECK(plain.name == "n");
  CHECK(plain.activation == "psa");
  CHECK(plain.hidden == 48);
  CHECK(plain.epochs == 20);
  CHECK(plain.parameters == 48000);
  CHECK(plain.macs == 4800000);
  CHECK(plain.table_points == 256);
  CHECK(plain.test.images == 10000);
  CHECK(*plain.test.float_accuracy == 0.8123);
  CHECK(*plain.test.int8_accuracy == 0.81);
  CHECK(*plain.holdout.float_accuracy == 0.5);
  CHECK(*plain.holdout.int8_accuracy == 0.25);
  CHECK(plain.distilled_from.empty());
  CHECK(plain.qat_epochs == 0);
  CHECK(plain.recipe.at("network.hidden") == "48");
  CHECK(plain.recipe.at("augmentation.flip") == "true");
  CHECK(plain.recipe.at("learning_rate") == "0.003");

  card["distilled_from"] = "teacher";
  card["qat_epochs"] = 50;
  card["test"]["int8_accuracy"] = -1;  // not measured
  card["holdout"]["images"] = 0;
  const ZooCard taught = load_card(save_card(scratch, "n", card), "n");
  CHECK(taught.distilled_from == "teacher");
  CHECK(taught.qat_epochs == 50);
  CHECK(taught.test.float_accuracy);
  CHECK_FALSE(taught.test.int8_accuracy);
  CHECK_FALSE(taught.holdout.float_accuracy);

  card.erase("test");
  CHECK_FALSE(load_card(save_card(scratch, "n", card), "n").test.float_accuracy);
}

TEST_CASE("a card's depth: of its recipe, four where that says nothing; which networks have the paper's shape") {
  const ScratchFolder scratch;
  json card = card_json("n", "psa", 96, 20, 8123, 8100);
  const auto with = [&](const std::string& from, const std::string& to) {
    json changed = card;
    auto recipe = card["recipe"].get<std::string>();
    recipe.replace(recipe.find(from), from.size(), to);
    changed["recipe"] = recipe;
    return changed.dump();
  };
  const auto read = [](const std::string& text) { return parse_card(text, "c.json", "n"); };
  CHECK(read(card.dump()).blocks == 4);
  CHECK(has_paper_shape(read(card.dump())));
  CHECK(has_paper_shape(read(with("  patch: 4\n  embed: 96\n", ""))));
  CHECK(read(with("\n  blocks: 4", "")).blocks == 4);
  CHECK(read(with("blocks: 4", "blocks: 8")).blocks == 8);
  CHECK_FALSE(has_paper_shape(read(with("blocks: 4", "blocks: 8"))));
  CHECK_FALSE(has_paper_shape(read(with("patch: 4", "patch: 8"))));
  CHECK_FALSE(has_paper_shape(read(with("embed: 96", "embed: 64"))));
  CHECK_FALSE(has_paper_shape(read(with("patch: 4", "image: [1, 28, 28]\n  patch: 4"))));
  for (const char* wrong : {"0", "many", "4.5", "1025"}) {
    CAPTURE(wrong);
    CHECK_THAT(test::error_of([&] { read(with("blocks: 4", std::string("blocks: ") + wrong)); }),
               Catch::Contains("c.json: recipe: network.blocks: found '") && Catch::Contains("1..1024"));
  }
}

TEST_CASE("a zoo: order, shelves, folders without a card") {
  const ScratchFolder scratch;
  for (const char* id : {"b-psa", "grid/z-psa"}) save_card(scratch, id, card_json("x", "psa", 96, 1, 1, 1));
  save_card(scratch, "a-psa", card_json("x", "psa", 96, 1, 1, 1));
  save_card(scratch, "z-relu", card_json("x", "relu", 96, 1, 1, 1));
  save_card(scratch, "y-relu", card_json("x", "relu", 192, 1, 1, 1));
  save_card(scratch, "x-bspline", card_json("x", "bspline", 96, 1, 1, 1));
  save_card(scratch, "a-swish", card_json("x", "swish", 96, 1, 1, 1));
  save_card(scratch, "grid/a-gelu", card_json("x", "gelu", 192, 1, 1, 1));
  save_card(scratch, "equal/e-psa", card_json("x", "psa", 96, 1, 1, 1));
  std::filesystem::create_directories(scratch.path() / "teacher");
  std::filesystem::create_directories(scratch.path() / "grid/empty");
  write_text(scratch / "README.md", "no folder");
  const Zoo zoo = load_zoo(scratch.path().string());
  std::vector<std::string> ids, shelves;
  for (const ZooCard& card : zoo.cards) {
    ids.push_back(card.id);
    shelves.push_back(card.shelf);
  }
  CHECK(ids == std::vector<std::string>{"y-relu", "z-relu", "x-bspline", "a-psa", "b-psa", "a-swish", "equal/e-psa",
                                        "grid/a-gelu", "grid/z-psa"});
  CHECK(shelves == std::vector<std::string>{"", "", "", "", "", "", "equal", "grid", "grid"});
  CHECK(zoo.without_card == std::vector<std::string>{"teacher", "grid/empty"});
}

TEST_CASE("missing and mistyped keys name file and key") {
  const ScratchFolder scratch;
  const json good = card_json("n", "psa", 48, 20, 8123, 8100);
  const auto error_with = [&](const json& card) {
    const std::string path = save_card(scratch, "n", card);
    const std::string error = error_of([&] { load_zoo(scratch.path().string()); });
    CHECK_THAT(error, Catch::Matchers::StartsWith(path));
    return error;
  };
  for (const char* key : {"name", "activation", "hidden", "epochs", "int8_parameters", "macs_per_image", "table_points",
                          "holdout", "recipe"}) {
    json card = good;
    card.erase(key);
    CHECK_THAT(error_with(card), Contains(std::string(": ") + key + ": found nothing"));
    card[key] = json::array();
    CHECK_THAT(error_with(card), Contains(std::string(": ") + key + ": found an array"));
  }
  for (const char* part : {"test", "holdout"}) {
    for (const char* key : {"images", "float_accuracy", "int8_accuracy"}) {
      json card = good;
      card[part].erase(key);
      CHECK_THAT(error_with(card), Contains(std::string(part) + "." + key + ": found nothing"));
      card[part][key] = "0.5";
      CHECK_THAT(error_with(card), Contains(std::string(part) + "." + key + ": found \"0.5\""));
    }
  }
  const auto with = [&](const char* pointer, const json& value) {
    json card = good;
    card[json::json_pointer(pointer)] = value;
    return error_with(card);
  };
  CHECK_THAT(with("/hidden", 0), Contains("hidden: found 0; allowed: an integer in 1.."));
  CHECK_THAT(with("/hidden", 96.0), Contains("hidden: found 96.0"));
  CHECK_THAT(with("/hidden", uint64_t{1} << 63), Contains("hidden: found 9223372036854775808"));
  CHECK_THAT(with("/epochs", -1), Contains("epochs: found -1"));
  CHECK_THAT(with("/test/int8_accuracy", 83.86),
             Contains("test.int8_accuracy: found 83.86; allowed: a fraction in 0..1"));
  CHECK_THAT(with("/test/float_accuracy", -0.5), Contains("test.float_accuracy: found -0.5"));
  CHECK_THAT(with("/test", 5), Contains("test: found 5"));
  CHECK_THAT(with("/distilled_from", 5), Contains("distilled_from: found 5"));
  CHECK_THAT(with("/qat_epochs", "many"), Contains("qat_epochs: found \"many\""));
  CHECK_THAT(with("/recipe", "epochs: [1"), Contains("recipe:"));
  CHECK_THAT(error_with(json::array()), Contains("array") && Contains("a JSON object"));
  write_text(scratch / "n/card.json", "{\"name\": ");
  CHECK_THAT(error_of([&] { load_zoo(scratch.path().string()); }), Contains("n/card.json: found no JSON"));
}

TEST_CASE("depth costs no stack") {
  const ScratchFolder scratch;
  std::filesystem::create_directory(scratch.path() / "n");
  const auto error_with = [&](const std::string& card) {
    write_text(scratch / "n/card.json", card);
    return error_of([&] { load_zoo(scratch.path().string()); });
  };
  const size_t depth = 400'000;
  const std::string open(depth, '['), close(depth, ']');
  CHECK_THAT(error_with("{\"name\": " + open + close + "}"), Contains("name: found an array; allowed: a text"));
  CHECK_THAT(error_with("{\"other\": " + open + close + "}"), Contains("name: found nothing"));
  CHECK_THAT(error_with("{\"name\": " + open), Contains("found no JSON"));
  std::string objects;
  for (size_t i = 0; i < 100'000; ++i) objects += "{\"a\":";
  CHECK_THAT(error_with("{\"name\": " + objects + "1" + std::string(100'000, '}') + "}"),
             Contains("name: found an object; allowed: a text"));
}

TEST_CASE("no zoo at all") {
  const ScratchFolder scratch;
  CHECK_THAT(error_of([&] { load_zoo(scratch / "missing"); }), Contains("missing") && Contains("no folder"));
  CHECK_THAT(error_of([&] { load_zoo(scratch.path().string()); }),
             Contains("found no card") && Contains("NAME/card.json"));
  // A card or a zoo that cannot be looked at is not one that is missing.
  std::filesystem::create_directory(scratch.path() / "n");
  std::filesystem::create_symlink("card.json", scratch.path() / "n/card.json");
  CHECK_THAT(error_of([&] { load_zoo(scratch.path().string()); }),
             Contains("n/card.json: cannot open: Too many levels of symbolic links"));
  CHECK_THAT(error_of([&] { load_zoo(scratch / "n/card.json"); }), Contains("found Too many levels"));
}

TEST_CASE("the cards of this repository can be read") {
  const Zoo zoo = load_zoo(PSAFLOW_SOURCE_DIR "/sw/zoo");
  for (const ZooCard& card : zoo.cards) {
    INFO(card.id);
    const json file = json::parse(read_text(PSAFLOW_SOURCE_DIR "/sw/zoo/" + card.id + "/card.json"));
    CHECK(file["name"] == card.name);
    CHECK(file["hidden"] == card.hidden);
    CHECK(file["test"]["int8_accuracy"] == card.test.int8_accuracy.value_or(-1));
    CHECK(card.recipe.at("network.activation") == card.activation);
    CHECK(card.recipe.at("network.hidden") == std::to_string(card.hidden));
  }
}
