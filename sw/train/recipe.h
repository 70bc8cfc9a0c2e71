// Everything that decides a training run: the same recipe, seed, machine and thread count give the same weights.
#pragma once
#include <cstdint>
#include <string>

#include "sw/train/net_config.h"

namespace psaflow {

struct Augmentation {
  int crop_pad = 4;  // zero padding in pixels before a random 32 x 32 crop; 0: no crop
  bool flip = true;  // left to right, one in two
  int cutout = 0;    // side in pixels of a square of mean colour at a random place; 0: none
};

struct Recipe {
  std::string name = "psa-h96";
  NetConfig net;
  Augmentation augmentation;
  int epochs = 100;
  int batch_size = 128;
  int shard_size = 32;  // images a batch norm sees at once, and the unit of work of a core
  double learning_rate = 2e-3,
         final_learning_rate = 1e-5;  // AdamW; cosine from the first to the second after the warm-up
  double warmup_epochs = 2;
  double weight_decay = 0;  // of two-dimensional weights only
  double label_smoothing = 0.1;
  int holdout = 5000;  // the last images of the training split are never trained on: every choice is made on them
  uint64_t seed = 1;
};

// Recipe files are YAML; UserError names file, line, key, value and what is allowed.
Recipe load_recipe(const std::string& path);
// The recipe as the YAML that load_recipe reads, for checkpoints and model cards.
std::string to_yaml(const Recipe& recipe);
Recipe parse_recipe(const std::string& yaml, const std::string& file);

}  // namespace psaflow
