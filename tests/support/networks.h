// Networks that are no ResMLP: what the mappings must take as well. Every width is even, so that two lanes are legal.
#pragma once
#include "sw/golden/ports.h"
#include "sw/golden/random_model.h"
#include "sw/network/resmlp.h"

namespace psaflow::test {

// A network and the images that it takes.
struct Sample {
  std::string name;
  ImageInput input;
  Network network;
};

inline op::Linear linear_of(int in, int out, op::Over over = op::Over::kChannels, bool relu = false) {
  op::Linear l;
  l.params.in = in;
  l.params.out = out;
  l.over = over;
  l.relu = relu;
  return l;
}

inline ImageInput small_images(int side, int patch) {
  ImageInput input;
  input.image_height = input.image_width = side;
  input.patch = patch;
  input.mean.assign(3, 0.47);
  input.std.assign(3, 0.25);
  input.input_scale = 40;
  return input;
}

inline Sample with_constants(const std::string& name, const ImageInput& input, Network network, int points) {
  Rng rng(name.size() + static_cast<uint64_t>(points));
  return {name, input, random_constants(std::move(network), points, rng)};
}

// Three layers with learned functions between them, on an image that is one token.
inline Sample perceptron() {
  const ImageInput input = small_images(4, 4);
  Network n(1, input.features());
  int x = n.add("fc1", linear_of(input.features(), 36), {0});
  x = n.add("psa1", op::Lookup{}, {x});
  x = n.add("fc2", linear_of(36, 24), {x});
  x = n.add("psa2", op::Lookup{}, {x});
  n.add("fc3", linear_of(24, 10), {x});
  return with_constants("perceptron", input, std::move(n), 65);
}

// Token and channel mixing in turn, nothing past them; the number of tokens changes on the way.
inline Sample straight_mixer() {
  const ImageInput input = small_images(16, 4);
  Network n(16, input.features());
  int x = n.add("embed", linear_of(input.features(), 24), {0});
  x = n.add("mix.tokens", linear_of(16, 8, op::Over::kTokens, true), {x});
  x = n.add("mix.scale", op::Affine{}, {x});
  x = n.add("mix.channels", linear_of(24, 20), {x});
  x = n.add("mix.psa", op::Lookup{}, {x});
  x = n.add("pool", op::TokenMean{}, {x});
  n.add("head", linear_of(20, 6), {x});
  return with_constants("straight mixer", input, std::move(n), 256);
}

// A residual inside a residual, the outer one past a token mix, the inner one with nothing on its short way.
inline Sample nested_residuals() {
  const ImageInput input = small_images(16, 4);
  Network n(16, input.features());
  const int x = n.add("embed", linear_of(input.features(), 24), {0});
  const int outer = n.add("outer.residual", op::Affine{}, {x});
  int z = n.add("outer.pre", op::Affine{}, {x});
  z = n.add("outer.mix", linear_of(16, 16, op::Over::kTokens), {z});
  const int h = n.add("inner.fc", linear_of(24, 24), {z});
  z = n.add("inner.add", op::Add{}, {z, h});  // the long way second
  z = n.add("outer.add", op::Add{}, {z, outer});
  z = n.add("pool", op::TokenMean{}, {z});
  n.add("head", linear_of(24, 10), {z});
  return with_constants("nested residuals", input, std::move(n), 17);
}

// One tensor that three layers read, and another that an add reads twice.
inline Sample three_readers() {
  const ImageInput input = small_images(16, 4);
  Network n(16, input.features());
  const int x = n.add("embed", linear_of(input.features(), 24, op::Over::kChannels, true), {0});
  int a = n.add("ways.psa", op::Lookup{}, {x});
  a = n.add("ways.fc", linear_of(24, 24), {a});
  const int b = n.add("ways.scale", op::Affine{}, {x});
  a = n.add("ways.first", op::Add{}, {a, b});
  a = n.add("ways.second", op::Add{}, {x, a});
  a = n.add("twice", op::Add{}, {a, a});
  a = n.add("pool", op::TokenMean{}, {a});
  n.add("head", linear_of(24, 10), {a});
  return with_constants("three readers", input, std::move(n), 9);
}

// A ResMLP that says the class instead of the logits.
inline Sample classifier() {
  ModelConfig config;
  static_cast<ImageInput&>(config) = small_images(16, 4);
  config.embed = 24;
  config.hidden = 36;
  config.blocks = 1;
  Network n = resmlp(config);
  n.add("class", op::ArgMax{}, {n.output});
  return with_constants("classifier", config, std::move(n), 33);
}

// Oblong, so that rows and columns cannot be mistaken.
inline ModelConfig classifier_config() {
  ModelConfig config;
  static_cast<ImageInput&>(config) = small_images(16, 4);
  config.image_width = 8;
  config.mean = {0.4, 0.5, 0.6};
  config.embed = 24;
  config.hidden = 12;
  config.blocks = 1;
  return config;
}

// A ResMLP that takes raw bytes, patches cut and normalised inside, and says the class.
inline Sample classifier_of_pixels(ImageForm form) {
  const IntModel made = with_ports(random_model(classifier_config(), 17, 31), {form, true});
  return {form == ImageForm::kPlanar ? "classifier of planes" : "classifier of pixels", made.config, made.network};
}

inline std::vector<Sample> no_resmlps() {
  std::vector<Sample> all;
  for (const auto make : {perceptron, straight_mixer, nested_residuals, three_readers, classifier})
    all.push_back(make());
  all.push_back(classifier_of_pixels(ImageForm::kInterleaved));
  return all;
}

}  // namespace psaflow::test
