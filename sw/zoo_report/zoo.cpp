#include "sw/zoo_report/zoo.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <tuple>

#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/io/flat_yaml.h"

namespace psaflow {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr size_t kMaxCardBytes = size_t{1} << 20;
constexpr int kMaxHidden = 1 << 20, kMaxEpochs = 1'000'000, kMaxBlocks = 1 << 10;
constexpr int64_t kMaxCount = int64_t{1} << 50;

struct Name {
  const char *key, *title;
};
constexpr Name kActivations[] = {{"relu", "ReLU"}, {"gelu", "GELU"}, {"bspline", "B-spline"}, {"psa", "PSA"}};

// Typed reading of one JSON object; every error names the file and the key's path.
class CardReader {
 public:
  CardReader(const Json& json, std::string file, std::string path = "")
      : json_(json), file_(std::move(file)), path_(std::move(path)) {}

  bool has(const std::string& key) const { return json_.contains(key); }

  std::string text(const std::string& key) const {
    const Json& value = at(key, "a text");
    if (!value.is_string()) fail(key, value, "a text");
    return value.get<std::string>();
  }

  int64_t integer(const std::string& key, int64_t low, int64_t high) const {
    const std::string wanted = fmt::format("an integer in {}..{}", low, high);
    const Json& value = at(key, wanted);
    const bool fits = value.is_number_unsigned() ? value.get<uint64_t>() <= static_cast<uint64_t>(high)
                                                 : value.is_number_integer() && value.get<int64_t>() <= high;
    if (!fits || value.get<int64_t>() < low) fail(key, value, wanted);
    return value.get<int64_t>();
  }

  // A fraction; -1 in the file: not measured.
  std::optional<double> fraction(const std::string& key) const {
    const std::string wanted = "a fraction in 0..1 (or -1: not measured)";
    const Json& value = at(key, wanted);
    if (!value.is_number()) fail(key, value, wanted);
    const auto number = value.get<double>();
    if (number == -1) return std::nullopt;
    if (!(number >= 0 && number <= 1)) fail(key, value, wanted);
    return number;
  }

  CardScores scores(const std::string& key) const {
    const Json& value = at(key, "an object");
    if (!value.is_object()) fail(key, value, "an object");
    const CardReader reader(value, file_, path_ + key + ".");
    CardScores scores;
    scores.images = reader.integer("images", 0, kMaxCount);
    if (scores.images == 0) return scores;  // nothing was measured
    scores.float_accuracy = reader.fraction("float_accuracy");
    scores.int8_accuracy = reader.fraction("int8_accuracy");
    return scores;
  }

 private:
  const Json& at(const std::string& key, const std::string& wanted) const {
    const auto found = json_.find(key);
    if (found == json_.end()) throw UserError(file_, path_ + key, "nothing", wanted);
    return *found;
  }
  [[noreturn]] void fail(const std::string& key, const Json& value, const std::string& wanted) const {
    // A list or object is not written out: writing recurses, as deep as the card pleases.
    throw UserError(file_, path_ + key,
                    value.is_array()    ? "an array"
                    : value.is_object() ? "an object"
                                        : value.dump(-1, ' ', false, Json::error_handler_t::replace),
                    wanted);
  }

  const Json& json_;
  std::string file_, path_;
};

std::string recipe_value(const std::map<std::string, std::string>& recipe, const std::string& key,
                         const std::string& fallback) {
  const auto found = recipe.find(key);
  return found == recipe.end() ? fallback : found->second;
}

int blocks_of(const std::map<std::string, std::string>& recipe, const std::string& path) {
  const std::string text = recipe_value(recipe, "network.blocks", std::to_string(ZooCard{}.blocks));
  int blocks = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), blocks);
  if (error != std::errc() || end != text.data() + text.size() || blocks < 1 || blocks > kMaxBlocks)
    throw UserError(path, "recipe: network.blocks", "'" + text + "'", fmt::format("an integer in 1..{}", kMaxBlocks));
  return blocks;
}

bool is_shelf(const std::string& name) {
  return std::any_of(std::begin(kZooShelves), std::end(kZooShelves),
                     [&](const ZooShelf& shelf) { return name == shelf.folder; });
}

// Adds the cards in the folders of dir; `shelf` is dir's place in the zoo.
void read_shelf(const fs::path& dir, const std::string& shelf, Zoo& zoo) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->is_directory(ignored)) names.push_back(it->path().filename().string());
  }
  if (error) throw UserError(dir.string(), "", error.message(), "a folder of trained networks");
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    if (shelf.empty() && is_shelf(name)) continue;
    const std::string id = shelf.empty() ? name : shelf + "/" + name;
    const fs::path card = dir / name / "card.json";
    if (!fs::exists(card, error) && !error) {  // what cannot be looked at is told when it is read
      zoo.without_card.push_back(id);
      continue;
    }
    zoo.cards.push_back(load_card(card.string(), id));
    zoo.cards.back().shelf = shelf;
  }
}

}  // namespace

ZooCard load_card(const std::string& path, const std::string& id) {
  const std::vector<char> bytes = read_file(path, kMaxCardBytes);
  return parse_card({bytes.data(), bytes.size()}, path, id);
}

ZooCard parse_card(const std::string& text, const std::string& path, const std::string& id) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) throw UserError(path, "", json.is_discarded() ? "no JSON" : json.type_name(), "a JSON object");
  const CardReader reader(json, path);
  ZooCard card;
  card.id = id;
  card.name = reader.text("name");
  card.activation = reader.text("activation");
  card.hidden = static_cast<int>(reader.integer("hidden", 1, kMaxHidden));
  card.epochs = static_cast<int>(reader.integer("epochs", 0, kMaxEpochs));
  card.parameters = reader.integer("int8_parameters", 0, kMaxCount);
  card.macs = reader.integer("macs_per_image", 0, kMaxCount);
  card.table_points = static_cast<int>(reader.integer("table_points", 0, kMaxHidden));
  card.holdout = reader.scores("holdout");
  if (reader.has("test")) card.test = reader.scores("test");  // written only when it was measured
  if (reader.has("distilled_from")) card.distilled_from = reader.text("distilled_from");
  if (reader.has("qat_epochs")) card.qat_epochs = static_cast<int>(reader.integer("qat_epochs", 0, kMaxEpochs));
  card.recipe = flat_yaml(parse_yaml(reader.text("recipe"), path + ": recipe"));
  card.blocks = blocks_of(card.recipe, path);
  return card;
}

bool has_paper_shape(const ZooCard& card) {
  return card.blocks == 4 && recipe_value(card.recipe, "network.patch", "4") == "4" &&
         recipe_value(card.recipe, "network.embed", "96") == "96" && card.recipe.count("network.image[0]") == 0;
}

Zoo load_zoo(const std::string& dir) {
  std::error_code error;
  const fs::file_status status = fs::status(dir, error);
  if (!fs::status_known(status)) throw UserError(dir, "", error.message(), "a folder of trained networks");
  if (!fs::is_directory(status)) throw UserError(dir, "", "no folder", "a folder of trained networks");
  Zoo zoo;
  read_shelf(dir, "", zoo);
  for (const ZooShelf& shelf : kZooShelves) {
    if (fs::is_directory(fs::path(dir) / shelf.folder, error))
      read_shelf(fs::path(dir) / shelf.folder, shelf.folder, zoo);
  }
  if (zoo.cards.empty())
    throw UserError(dir, "", "no card",
                    fmt::format("a folder with NAME/card.json or {}/NAME/card.json", kZooShelves[0].folder));
  std::stable_sort(zoo.cards.begin(), zoo.cards.end(), [](const ZooCard& a, const ZooCard& b) {
    const auto rank = [](const ZooCard& c) {
      return std::make_tuple(c.shelf, -c.hidden, activation_order(c.activation), c.activation, c.blocks);
    };
    return rank(a) < rank(b);
  });
  return zoo;
}

std::string activation_title(const std::string& activation) {
  for (const Name& name : kActivations) {
    if (activation == name.key) return name.title;
  }
  return activation;
}

int activation_order(const std::string& activation) {
  const auto* const found = std::find_if(std::begin(kActivations), std::end(kActivations),
                                         [&](const Name& name) { return activation == name.key; });
  return static_cast<int>(found - std::begin(kActivations));
}

}  // namespace psaflow
