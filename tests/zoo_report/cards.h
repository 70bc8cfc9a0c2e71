// Cards in a scratch folder, as quantize --card writes them, with whatever a test wants changed.
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/scratch_folder.h"

namespace psaflow::test {

inline std::string recipe_text(const std::string& name, const std::string& activation, int hidden, int epochs) {
  return "name: " + name + "\nnetwork:\n  activation: " + activation +
         "\n  patch: 4\n  embed: 96\n  hidden: " + std::to_string(hidden) +
         "\n  blocks: 4\naugmentation: {crop_pad: 4, flip: true, cutout: 0}\nepochs: " + std::to_string(epochs) +
         "\nlearning_rate: 0.003\nseed: 1\n";
}

// Accuracies on the test split in hundredths of a percent: 8410 is 84.10 %, of 10,000 images.
inline nlohmann::json card_json(const std::string& name, const std::string& activation, int hidden, int epochs,
                                int float_correct, int int8_correct) {
  return {{"name", name},
          {"activation", activation},
          {"hidden", hidden},
          {"epochs", epochs},
          {"train_seconds", 12.5},
          {"int8_parameters", 1000 * hidden},
          {"macs_per_image", 100000 * hidden},
          {"table_points", activation == "relu" ? 0 : 256},
          {"holdout", {{"images", 5000}, {"float_accuracy", 0.5}, {"int8_accuracy", 0.25}}},
          {"test", {{"images", 10000}, {"float_accuracy", float_correct / 1e4}, {"int8_accuracy", int8_correct / 1e4}}},
          {"recipe", recipe_text(name, activation, hidden, epochs)},
          {"a key of the future", nullptr}};
}

// The same of a network of another depth.
inline nlohmann::json deep_card_json(const std::string& name, const std::string& activation, int hidden, int blocks,
                                     int epochs, int float_correct, int int8_correct) {
  nlohmann::json card = card_json(name, activation, hidden, epochs, float_correct, int8_correct);
  auto recipe = card["recipe"].get<std::string>();
  recipe.replace(recipe.find("blocks: 4"), 9, "blocks: " + std::to_string(blocks));
  card["recipe"] = recipe;
  return card;
}

// Writes scratch/id/card.json; returns its path.
inline std::string save_card(const ScratchFolder& scratch, const std::string& id, const nlohmann::json& card) {
  std::filesystem::create_directories(scratch.path() / id);
  const std::string path = scratch / (id + "/card.json");
  write_text(path, card.dump(2));
  return path;
}

}  // namespace psaflow::test
