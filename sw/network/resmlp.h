// ResMLP, the family of networks that the model file holds: its configuration, and the graph that follows from it.
#pragma once
#include <array>
#include <string>

#include "sw/network/image_input.h"
#include "sw/network/network.h"

namespace psaflow {

// What stands between fc1 and fc2, and before fc1. All but ReLU are tables of functions; kFixed: functions that are not
// learned. The one of them that is trained with is GELU (sw/train); a model file calls them "table" and holds any.
enum class Activation { kRelu, kPsa, kBspline, kFixed };
constexpr std::array<Activation, 4> kActivations = {Activation::kRelu, Activation::kPsa, Activation::kBspline,
                                                    Activation::kFixed};
const char* to_string(Activation activation);  // as in a model file: "relu", "psa", "bspline", "table"

struct ModelConfig : ImageInput {
  int embed = 96, hidden = 96, blocks = 4, classes = 10;
  Activation activation = Activation::kPsa;
  bool has_tables() const { return activation != Activation::kRelu; }
};

// The network of a configuration, its nodes named as the contract names their tensors. Dimensions are set, constants
// are empty: a model file, a quantiser or a random generator fills them in, node by node.
Network resmlp(const ModelConfig& config);

// The name of a block's layer: (2, "channel.fc1") -> "blocks.2.channel.fc1".
std::string block_layer(size_t block, const char* layer);

}  // namespace psaflow
