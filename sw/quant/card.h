// A model card: where a model of the zoo comes from and what it scores, written by the quantiser, never by hand.
#pragma once
#include <string>

#include "sw/golden/model.h"
#include "sw/quant/quantize.h"
#include "sw/train/checkpoint.h"

namespace psaflow {

struct Scores {  // accuracies, fractions 0..1; -1: not measured
  double float_accuracy = -1, int8_accuracy = -1;
  size_t images = 0;
};

// JSON: name, recipe, seed, epochs, train_seconds, train_command, parameters, macs, quantisation options, hold-out and
// test scores.
std::string card_json(const Checkpoint& checkpoint, const IntModel& model, const QuantizeOptions& options,
                      const Scores& holdout, const Scores& test);

// Accuracy of the integer model on images first..first+count-1.
double evaluate_int8(const IntModel& model, const Dataset& data, size_t first, size_t count);

}  // namespace psaflow
