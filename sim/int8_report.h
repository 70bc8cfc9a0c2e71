// What the verbs that make integer models share: what they ask of the data, and how they tell what was lost.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sw/quant/card.h"
#include "sw/train/recipe.h"

namespace psaflow {

// UserError when a recipe's `holdout` leaves none of the training split's `images` in folder `dir` to train on.
void check_holdout(int holdout, size_t images, const std::string& dir);
// How many images the recipe holds out of `data` (the training split in folder `dir`); UserError when that leaves none
// to train on, or not enough to calibrate on.
size_t checked_holdout(const Recipe& recipe, const Dataset& data, const std::string& dir, int calibration_images);

// The classes that one network gives to some images.
struct Answers {
  std::string name;  // "float", "INT8", ...
  std::vector<uint8_t> classes;
};

// A line a network: its accuracy, and on how many images it agrees with those above it.
void print_answers(const std::string& label, const std::vector<Answers>& answers, const Dataset& data, size_t first);

// Accuracies and agreements, for a card or --json. `answers`: the float network's first, the model's last, that of
// post-training quantisation between them if it is not the last.
Scores scores_of(const std::vector<Answers>& answers, const Dataset& data, size_t first);

// Post-training quantisation with every table resolution: accuracy on images from `first` on, printed and as JSON.
nlohmann::ordered_json compare_tables(const FoldedModel& model, const Ranges& ranges, const Answers& reference,
                                      const Dataset& data, size_t first);

}  // namespace psaflow
