// A network, its images and what golden says about them: what every streaming test needs.
#pragma once
#include "models/plan/cycles.h"
#include "models/streaming/accelerator.h"
#include "tests/plan/small_models.h"
#include "tests/support/networks.h"

namespace psaflow::test {

struct Bench {
  IntModel model;  // of a network that is no ResMLP: its images and the network alone
  std::vector<uint8_t> images;
  Workload workload;
  size_t count;

  Bench(const ModelConfig& config, size_t n, uint64_t seed = 1, int table_points = 65)
      : Bench(random_model(config, table_points, seed), n, seed) {}
  Bench(const Sample& sample, size_t n, uint64_t seed = 1) : Bench(model_of(sample), n, seed) {}
  Bench(IntModel m, size_t n, uint64_t seed)
      : model(std::move(m)),
        images(random_images(model.config, static_cast<int>(n), seed + 1)),
        workload(make_workload(model.config, model.network, images.data(), n)),
        count(n) {}

  SimulationResult run(const Pipeline& pipeline, const SimulationOptions& o = {}) const {
    return simulate_streaming(pipeline, workload, o);
  }

 private:
  static IntModel model_of(const Sample& sample) {
    IntModel m;
    static_cast<ImageInput&>(m.config) = sample.input;
    m.network = sample.network;
    return m;
  }
};

}  // namespace psaflow::test
