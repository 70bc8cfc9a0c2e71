// Everything that decides a training run: the same recipe, seed and machine give the same weights.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "sw/base/bf16.h"
#include "sw/io/yaml_reader.h"
#include "sw/train/net_config.h"

namespace psaflow {

struct Augmentation {
  int crop_pad = 4;               // padding in pixels before a random crop of the image's size; 0: no crop
  bool flip = true;               // left to right, one in two
  int cutout = 0;                 // side in pixels of a square of mean colour at a random place; 0: none
  int random_operations = 0;      // RandAugment (Cubuk et al. 2020): so many operations an image, one after the other
  double random_magnitude = 0.3;  // their strength, 0..1
  double mixup = 0, cutmix = 0;   // the share of views, 0..1 together, that are blended with another image's view,
                                  // whole (Zhang et al. 2018) or in a rectangle (Yun et al. 2019); uniform proportions
};

// A teacher's answers as labels: loss = (1 - weight) * cross-entropy(labels) + weight * T^2 * cross-entropy of the
// softmaxes at temperature T (Hinton et al. 2015). Teacher and student see the same views, of which there are `views`
// an image, taken in turn epoch by epoch, so that a teacher answers each of them once.
struct Distillation {
  std::string teacher;  // model file, as seen from the working folder; empty: no distillation
  double weight = 0.8;
  double temperature = 1;
  int views = 32;
};

// Before ordinary training, block-wise transfer from a ResMLP whose streams are alike (tokens, features, embed, blocks;
// Singh and Bazargan 2025): the embedding is the teacher's, and block by block AdamW brings the output of the block,
// whose parameters alone are free, to that of the teacher's block on the same view. Mean squared error, norms with
// batch statistics.
struct BlockTransfer {
  std::string teacher;          // float checkpoint, as seen from the working folder; empty: no transfer
  int epochs = 50;              // a block
  double learning_rate = 1e-3;  // constant
};

enum class Schedule { kCosine, kTrapezoid };
enum class OptimizerKind { kAdamW, kMuon };

struct Recipe {
  std::string name = "psa-h96";
  NetConfig net;
  Augmentation augmentation;
  int epochs = 100;  // of ordinary training, behind those of the transfer
  int batch_size = 128;
  int shard_size = 32;                              // images a batch norm sees at once, and the unit of work of a core
  Precision precision = Precision::kFloat32;        // of the layers' products; sums, weights and the rest are float
  OptimizerKind optimizer = OptimizerKind::kAdamW;  // kMuon: for the square-ish hidden weights, AdamW for the rest
  double learning_rate = 2e-3, final_learning_rate = 1e-5;  // AdamW's first and last, between them the schedule
  double muon_learning_rate = 0.02;                         // scheduled alike, down to 0
  Schedule schedule = Schedule::kCosine;
  double decay_fraction = 0.3;  // of a trapezoid's epochs; until it begins, both may be changed: a run may be prolonged
  double warmup_epochs = 2;
  double ema = 0;  // decay a step of the averaged weights that are evaluated and published; 0: the weights themselves
  double weight_decay = 0;  // of two-dimensional weights only
  double label_smoothing = 0.1;
  Distillation distillation;
  BlockTransfer block_transfer;
  std::string warm_start;  // float checkpoint to begin with, as seen from the working folder; empty: random weights
  int holdout = 5000;      // the last images of the training split are never trained on: every choice is made on them
  uint64_t seed = 1;
};

// Recipe files are YAML; UserError names file, line, key, value and what is allowed. The paths, in the file
// relative to its folder, are made ones from the working folder, the form that checkpoints and cards keep.
Recipe load_recipe(const std::string& path);
// The recipe as the YAML that load_recipe reads, for checkpoints and model cards.
std::string to_yaml(const Recipe& recipe);
Recipe parse_recipe(const std::string& yaml, const std::string& file);
// A recipe's keys of a map that may have others, and what these keys of it say. UserError: see load_recipe().
std::vector<std::string> recipe_keys();
Recipe read_recipe(const YamlMap& map);
// The recipe's paths, which are relative to the folder of `file`, as seen from the working folder.
void resolve_paths(Recipe& recipe, const std::string& file);

// A run's epochs, 0-based and counted over all of it: `block_transfer.epochs` for each block, then `epochs` ordinary
// ones.
int transfer_epochs(const Recipe& recipe);
int total_epochs(const Recipe& recipe);
// The block that epoch `epoch` is about; -1 in ordinary training.
int block_of_epoch(const Recipe& recipe, int epoch);
// How many epochs before `epoch` are about the same block, or ordinary as it is: the optimiser's state is as old.
int epochs_in_phase(const Recipe& recipe, int epoch);

// The learning rate's share of its peak before step `step` of ordinary training: linear over the warm-up, then the
// schedule.
double schedule_shape(const Recipe& recipe, int64_t step, int64_t steps_per_epoch);
// The first epoch (0-based, of all) of a trapezoid's decay; before it a run does not know its length.
int decay_start(const Recipe& recipe);
// May a run of `was`, after `epochs_done` epochs, go on as `now`? It then ends as if it had been `now` from the start, but for a precision that
// differs: that one counts from here on, so that a run may move to a CPU without bfloat16.
bool may_continue(const Recipe& was, const Recipe& now, int epochs_done);

}  // namespace psaflow
