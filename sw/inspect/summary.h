// What a network is made of, layer by layer: parameters, work, storage, ranges of the numbers in it. One view over both
// kinds of model, so that the integer model and its float checkpoint can be laid side by side.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "sw/golden/model.h"
#include "sw/quant/folded.h"

namespace psaflow {

enum class LayerKind { kLinear, kAffine, kFunctions };
const char* to_string(LayerKind kind);  // "linear", "affine", "functions"

// Lowest and highest of some numbers; empty until one is added.
struct NumberRange {
  double low = 0, high = 0;
  bool empty = true;
  void add(double value) {
    low = empty || value < low ? value : low;
    high = empty || value > high ? value : high;
    empty = false;
  }
};

struct LayerSummary {
  std::string name;  // the prefix of its tensors in an integer model: "blocks.0.channel.fc1"
  LayerKind kind = LayerKind::kLinear;
  int in = 0, out = 0;  // linear: K -> M; affine and functions: channels, twice
  int points = 0;       // functions: table points, or what the float formula interpolates (0: evaluated by its formula)
  int64_t parameters = 0;
  int64_t macs = 0;                 // multiplications an image; a function counts none, as in count_macs
  int64_t storage_bits = 0;         // as stored in the file: 8 or 32 a parameter
  NumberRange weight, bias, shift;  // weight: of functions the table values; shift: integer models only
  int dead_channels = 0;            // outputs that never change: all weights zero, or a constant function
};

struct ModelSummary {
  ModelConfig config;
  bool integer = true;
  std::vector<LayerSummary> layers;  // in the order of the data
  int64_t parameters() const;        // equals count_parameters for an integer model
  int64_t macs() const;              // equals count_macs for an integer model
  int64_t storage_bits() const;
  int64_t storage_bits(LayerKind kind) const;
};

ModelSummary summarize(const IntModel& model);
// Of the folded network, whose layers are those of the integer model (the residual affines are exact there, and absent
// here).
ModelSummary summarize(const FoldedModel& model);

}  // namespace psaflow
