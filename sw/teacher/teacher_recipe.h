// Everything that decides the training of the convolutional teacher; a recipe of this kind says `architecture: conv`.
#pragma once
#include <array>
#include <cstdint>
#include <string>

#include "sw/io/yaml_reader.h"

namespace psaflow {

// The network of sw/teacher/conv_net.h: three blocks of two convolutions on whitened 2 x 2 patches.
struct ConvConfig {
  std::array<int, 3> widths = {32, 128, 128};  // channels of the blocks, multiples of 8
  int classes = 10;
  double head_scale = 1.0 / 9;  // of the logits: keeps the smoothed cross-entropy in its gentle range

  bool operator==(const ConvConfig& o) const {
    return widths == o.widths && classes == o.classes && head_scale == o.head_scale;
  }
};

struct TeacherAugmentation {
  int translate = 2;             // pixels at most, each way, edges mirrored
  bool alternating_flip = true;  // an image is flipped in every other epoch (a random half starts); false: one in two
  int cutout = 0;                // side in pixels of a square of mean colour at a random place; 0: none
};

// Nesterov SGD with decoupled hyper-parameters (after Keller Jordan's airbench, 2024): learning_rate and weight_decay
// are per 1024 examples x (1 + 1 / (1 - momentum)), so batch size and momentum can be changed alone.
struct TeacherRecipe {
  std::string name = "teacher-conv";
  ConvConfig net;
  TeacherAugmentation augmentation;
  int epochs = 16;
  int batch_size = 512;
  int shard_size = 32;  // images a batch norm sees at once, and the unit of work of a core
  double learning_rate = 11.5;
  double momentum = 0.85;
  double weight_decay = 0.0153;
  double bias_scale = 64;         // of the batch norms' biases' learning rate
  double start_learning = 0.2;    // share of learning_rate at the first step,
  double final_learning = 0.07;   // and at the last,
  double peak_at = 0.23;          // and the share of all steps after which it is whole; linear between the three
  double whiten_bias_epochs = 3;  // then the whitening's bias is frozen too, and its gradient no longer computed
  int lookahead = 5;              // steps between pulls towards the slow weights; 0: none
  double label_smoothing = 0.2;
  int holdout = 5000;  // the last images of the training split are never trained on
  uint64_t seed = 1;
};

inline int total_epochs(const TeacherRecipe& recipe) {  // of a run
  return recipe.epochs;
}

// True when the file's top level has the key `architecture`: then it is a recipe of this kind.
bool is_teacher_recipe(const YamlNode& root);
// Recipe files are YAML; UserError names file, line, key, value and what is allowed.
TeacherRecipe load_teacher_recipe(const std::string& path);
TeacherRecipe parse_teacher_recipe(const std::string& yaml, const std::string& file);
// The recipe as the YAML that parse_teacher_recipe reads.
std::string to_yaml(const TeacherRecipe& recipe);
// As for the students' recipes: only the same recipe goes on.
bool may_continue(const TeacherRecipe& was, const TeacherRecipe& now, int epochs_done);

}  // namespace psaflow
