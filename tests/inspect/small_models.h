// The models that these tests look into: small, irregular in every dimension, of both kinds.
#pragma once
#include "sw/golden/random_model.h"
#include "sw/quant/folded.h"

namespace psaflow::test {

constexpr uint64_t kSeed = 20;

inline ModelConfig small_config(Activation activation) {
  ModelConfig config;
  config.embed = 10;
  config.hidden = 6;
  config.blocks = 2;
  config.patch = 8;
  config.activation = activation;
  return config;
}

inline IntModel small_model(Activation activation = Activation::kPsa, int table_points = 17) {
  return random_model(small_config(activation), table_points, kSeed);
}

// An untrained float network, with statistics that are not those of an identity.
inline FoldedModel small_float_model(Activation activation = Activation::kPsa) {
  Checkpoint checkpoint;
  checkpoint.recipe.net.model = small_config(activation);
  checkpoint.recipe.net.model.mean = {0.49, 0.48, 0.45};
  checkpoint.recipe.net.model.std = {0.25, 0.24, 0.26};
  checkpoint.recipe.net.grid_points = 16;
  checkpoint.recipe.net.grid_range = 3;
  const ResMlp<float> net(checkpoint.recipe.net);
  Rng rng(kSeed);
  net.initialize(checkpoint.parameters, checkpoint.statistics, rng);
  for (float& value : checkpoint.parameters) value += static_cast<float>(0.05 * rng.normal());
  for (float& value : checkpoint.statistics) value += static_cast<float>(rng.uniform(0, 0.3));
  return fold(checkpoint);
}

}  // namespace psaflow::test
