// Networks for the fixed-size accelerator: those that are no ResMLP, odd ResMLPs, and shapes of operators that only this
// mapping cares about.
#pragma once
#include <algorithm>

#include "models/simd/mapping.h"
#include "tests/support/networks.h"

namespace psaflow::test {

inline Sample odd_resmlp(int blocks, int embed, int hidden, Activation activation, int points, int side, int patch) {
  ModelConfig config;
  static_cast<ImageInput&>(config) = small_images(side, patch);
  config.blocks = blocks;
  config.embed = embed;
  config.hidden = hidden;
  config.activation = activation;
  return with_constants(std::string("resmlp ") + std::to_string(embed), config, resmlp(config), points);
}

// Elementwise operators where no pass makes their input: on the image, twice in a row, on both ways of an add.
inline Sample lone_elementwise() {
  const ImageInput input = small_images(12, 3);
  Network n(16, input.features());
  int x = n.add("image.scale", op::Affine{}, {0});
  x = n.add("image.psa", op::Lookup{}, {x});
  int a = n.add("left.scale", op::Affine{}, {x});
  a = n.add("left.again", op::Affine{}, {a});
  int b = n.add("right.psa", op::Lookup{}, {x});
  b = n.add("right.scale", op::Affine{}, {b});
  x = n.add("both", op::Add{}, {a, b});
  x = n.add("mix", linear_of(16, 16, op::Over::kTokens), {x});
  x = n.add("mix.scale", op::Affine{}, {x});
  x = n.add("mix.again", op::Affine{}, {x});
  x = n.add("pool", op::TokenMean{}, {x});
  x = n.add("head", linear_of(input.features(), 21), {x});
  n.add("head.psa", op::Lookup{}, {x});
  return with_constants("lone elementwise", input, std::move(n), 33);
}

// The image read over tokens and over channels, and added to what was made of it; a mean of the image.
inline Sample image_both_ways() {
  const ImageInput input = small_images(16, 4);
  Network n(16, input.features());
  int t = n.add("tokens", linear_of(16, 16, op::Over::kTokens), {0});
  const int c = n.add("channels", linear_of(48, 48), {0});
  t = n.add("join", op::Add{}, {t, c});
  t = n.add("past", op::Add{}, {t, 0});
  int m = n.add("mean", op::TokenMean{}, {0});
  t = n.add("pool", op::TokenMean{}, {t});
  t = n.add("last", op::Add{}, {m, t});
  n.add("head", linear_of(48, 5), {t});
  return with_constants("image both ways", input, std::move(n), 17);
}

// What goes out is a whole matrix, of more rows and columns than most tiles.
inline Sample matrix_out() {
  const ImageInput input = small_images(20, 4);
  Network n(25, input.features());
  int x = n.add("mix", linear_of(25, 19, op::Over::kTokens, true), {0});
  x = n.add("fc", linear_of(48, 37), {x});
  x = n.add("self", op::Add{}, {x, x});
  n.add("psa", op::Lookup{}, {x});
  return with_constants("matrix out", input, std::move(n), 5);
}

// The networks that this accelerator takes: all but those that cut raw images into patches themselves.
inline std::vector<Sample> simd_samples() {
  std::vector<Sample> all = no_resmlps();
  const auto raw = [](const Sample& sample) {
    const std::vector<Node>& nodes = sample.network.nodes;
    return std::any_of(nodes.begin(), nodes.end(),
                       [](const Node& node) { return std::holds_alternative<op::Patches>(node.op); });
  };
  all.erase(std::remove_if(all.begin(), all.end(), raw), all.end());
  all.push_back(odd_resmlp(2, 40, 36, Activation::kPsa, 65, 16, 4));
  all.push_back(odd_resmlp(1, 23, 51, Activation::kRelu, 65, 16, 8));
  all.push_back(odd_resmlp(3, 7, 5, Activation::kFixed, 256, 32, 4));
  all.push_back(lone_elementwise());
  all.push_back(image_both_ways());
  all.push_back(matrix_out());
  return all;
}

}  // namespace psaflow::test
