// A model card: where a model of the zoo comes from and what it scores, written by the quantiser, never by hand.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "sw/golden/model.h"
#include "sw/quant/quantize.h"
#include "sw/train/checkpoint.h"

namespace psaflow {

struct Scores {  // accuracies, fractions 0..1; -1: not measured
  double float_accuracy = -1, int8_accuracy = -1;
  double post_training_accuracy = -1;  // of what quantisation-aware training started from
  double same_class = -1;              // images to which float and integer network give the same class
  size_t images = 0;
};

// How a model that went through quantisation-aware training was made.
struct FinetuneNote {
  int epochs = 0;
  double learning_rate = 0, range_rate = 0, float_weight = 0;
  int64_t images = 0;  // 0: all that are not held out
  double seconds = 0;
};

// JSON: name, recipe, seed, epochs, train_seconds, train_command (where the checkpoint knows it), quantize_command or
// finetune_command, parameters, macs, quantisation options, hold-out and test scores. command: the one that makes the
// model, as it was given.
std::string card_json(const Checkpoint& checkpoint, const IntModel& model, const QuantizeOptions& options,
                      const Scores& holdout, const Scores& test, const std::string& command,
                      const FinetuneNote* finetune = nullptr);
// The train_command of the card that lies at `path` already, where it is one of this checkpoint's (the same recipe, as
// many epochs); else "". Checkpoints older than Checkpoint::command do not know theirs, and a card that is made anew
// keeps it.
std::string earlier_train_command(const std::string& path, const Checkpoint& checkpoint);
// One set of scores, as the card has it.
nlohmann::ordered_json to_json(const Scores& scores);

// Accuracy of the integer model on images first..first+count-1.
double evaluate_int8(const IntModel& model, const Dataset& data, size_t first, size_t count);

}  // namespace psaflow
