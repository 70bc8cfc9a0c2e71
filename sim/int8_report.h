// What the verbs that make integer models share: what they ask of the data, and how they tell what was lost.
#pragma once
#include <boost/program_options.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sw/quant/card.h"
#include "sw/quant/layer_noise.h"
#include "sw/train/recipe.h"

namespace psaflow {

// UserError when a recipe's `holdout` leaves none of the `images` to train on, which lie in `place`.
void check_holdout(int holdout, size_t images, const std::string& place);
// How many images the recipe holds out of `data` (those to train on, from `place`); UserError when that leaves none
// to train on, or not enough to calibrate on.
size_t checked_holdout(const Recipe& recipe, const Dataset& data, const std::string& place, int calibration_images);

// The classes that one network gives to some images.
struct Answers {
  std::string name;  // "float", "INT8", ...
  ClassList classes;
};

// A line a network: its accuracy, and on how many images it agrees with those above it.
void print_answers(const std::string& label, const std::vector<Answers>& answers, const Dataset& data, size_t first);

// Where integers and floating point part so far that the model is of no use, one line on stderr says so: under 90 % of
// the same classes, with the worst layer by name; or an accuracy below what there was before.
struct Agreement {
  double same_class = 1;  // of the last network with the float one, 0..1
  size_t images = 0;
  std::string of;    // "held-out", "calibration"
  double least = 0;  // --min-agreement, 0..1
};
bool collapsed(const Agreement& agreement);
void warn_of_collapse(const Agreement& agreement, const std::vector<LayerNoise>& layers);
void warn_of_loss(const Scores& scores, const std::string& of);  // fine-tuning that made it worse
// --min-agreement, percent, as a share; and whether it is met (else a line on stderr).
void add_agreement_option(boost::program_options::options_description& options);
double min_agreement(const boost::program_options::variables_map& values);
bool agrees_enough(const Agreement& agreement);

// Every layer of the integer model against the float network's, on the first of the calibration images.
std::vector<LayerNoise> layers_of(const FoldedModel& model, const Ranges& ranges, const IntModel& quantised,
                                  const Dataset& train, size_t calibration_images, ThreadPool& pool);
// What quantising would make of a network that was just trained: accuracy and agreement on the held-out images (else on
// those of the calibration), and a warning when it collapses. No error of it is one of the training.
void tell_of_int8(const Checkpoint& checkpoint, const Dataset& train, int threads);

// The table of --layers: range, clipped share and signal to noise of every layer.
void print_layers(const std::vector<LayerNoise>& layers);
nlohmann::ordered_json to_json(const std::vector<LayerNoise>& layers);
// Constants that INT8 cannot hold, a line each on stderr.
void warn_of_clipping(const std::vector<Clipped>& clipped);

// Accuracies and agreements, for a card or --json. `answers`: the float network's first, the model's last, that of
// post-training quantisation between them if it is not the last.
Scores scores_of(const std::vector<Answers>& answers, const Dataset& data, size_t first);

// Post-training quantisation with every table resolution: accuracy on images from `first` on, printed and as JSON.
nlohmann::ordered_json compare_tables(const FoldedModel& model, const Ranges& ranges, const Answers& reference,
                                      const Dataset& data, size_t first);

}  // namespace psaflow
