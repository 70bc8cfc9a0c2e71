// A tiny learnable task in CIFAR-10's format, for tests that train: the class is the quadrant that is bright.
#pragma once
#include "sw/base/rng.h"
#include "sw/data/cifar10.h"
#include "sw/train/recipe.h"

namespace psaflow {

inline Dataset quadrants(size_t count, uint64_t seed) {
  Dataset data;
  Rng rng(seed);
  data.images.resize(count * kCifarImageBytes);
  for (size_t i = 0; i < count; ++i) {
    const auto label = static_cast<int>(rng.below(4));
    data.labels.push_back(static_cast<uint8_t>(label));
    for (size_t p = 0; p < kCifarImageBytes; ++p) {
      const int y = static_cast<int>(p / 32 % 32), x = static_cast<int>(p % 32);
      const bool bright = (y / 16) * 2 + x / 16 == label;
      data.images[i * kCifarImageBytes + p] = static_cast<uint8_t>((bright ? 110 : 80) + rng.below(80));
    }
  }
  return data;
}

// A network and a schedule that solve it in about a second.
inline Recipe small_recipe(Activation activation) {
  Recipe r;
  r.net.model.mean = {0.4914, 0.4822, 0.4465};
  r.net.model.std = {0.2470, 0.2435, 0.2616};
  r.net.model.patch = 8;
  r.net.model.embed = r.net.model.hidden = 16;
  r.net.model.blocks = 1;
  r.net.model.activation = activation;
  r.net.experts = 4;
  r.augmentation = {1, false, 0};
  r.batch_size = 32;
  r.shard_size = 8;
  r.epochs = 8;
  r.learning_rate = 1e-2;
  r.warmup_epochs = 0.5;
  r.holdout = 100;
  r.seed = 3;
  return r;
}

}  // namespace psaflow
