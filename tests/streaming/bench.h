// A model, its images and what golden says about them: what every streaming test needs.
#pragma once
#include "models/plan/cycles.h"
#include "models/streaming/accelerator.h"
#include "sw/golden/evaluator.h"
#include "tests/plan/small_models.h"

namespace psaflow::test {

struct Bench {
  IntModel model;
  std::vector<uint8_t> images;
  std::vector<int8_t> golden;
  size_t count;

  Bench(const ModelConfig& config, size_t n, uint64_t seed = 1, int table_points = 65)
      : Bench(random_model(config, table_points, seed), n, seed) {}
  Bench(IntModel m, size_t n, uint64_t seed)
      : model(std::move(m)),
        images(random_images(model.config, static_cast<int>(n), seed + 1)),
        golden(n * static_cast<size_t>(model.config.classes)),
        count(n) {
    Evaluator(model, 1).logits(images.data(), n, golden.data());
  }

  SimulationResult run(const Pipeline& pipeline, const SimulationOptions& o = {}) const {
    return simulate_streaming(model, pipeline, images.data(), count, golden.data(), o);
  }
};

}  // namespace psaflow::test
