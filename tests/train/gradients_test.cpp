// Every layer's gradient against central finite differences, in double, through the whole network's loss.
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "sw/train/resmlp.h"

namespace psaflow {
namespace {

NetConfig tiny(Activation activation, bool exact) {
  NetConfig c;
  c.model.image_height = c.model.image_width = 8;
  c.model.patch = 4;
  c.model.embed = 5;
  c.model.hidden = 6;
  c.model.blocks = 2;
  c.model.classes = 3;
  c.model.activation = activation;
  c.exact_psa = exact;
  c.experts = 3;
  c.grid_points = 16;
  return c;
}

struct Problem {
  ResMlp<double> net;
  int images = 6;
  AlignedVector<double> parameters, statistics, patches, targets, soft;

  Problem(const NetConfig& config, uint64_t seed) : net(config) {
    Rng rng(seed);
    net.initialize(parameters, statistics, rng);
    // Away from the initial values, where zero biases and unit scales could hide a wrong gradient.
    for (double& p : parameters) p += 0.2 * rng.normal();
    const ModelConfig& m = config.model;
    patches.resize(static_cast<size_t>(images) * m.tokens() * m.features());
    for (double& x : patches) x = rng.normal();
    for (AlignedVector<double>* rows : {&targets, &soft}) {
      for (int i = 0; i < images; ++i) {
        double total = 0;
        for (int c = 0; c < m.classes; ++c) total += rows->emplace_back(rng.uniform());
        for (int c = 0; c < m.classes; ++c) (*rows)[static_cast<size_t>(i) * m.classes + c] /= total;
      }
    }
  }

  // The B-spline's, written as its definition: weight * sum of |change of slope|.
  double penalty(const AlignedVector<double>& p) const {
    const NetConfig& c = net.config();
    if (c.model.activation != Activation::kBspline) return 0;
    const double step = 2 * c.grid_range / (c.grid_points - 1);
    double sum = 0;
    for (const ParameterSlice& slice : net.parameters().slices()) {
      if (slice.name.find(".grid") == std::string::npos) continue;
      const auto channels = static_cast<size_t>(slice.shape[1]);
      const auto at = [&](size_t point, size_t channel) { return p[slice.offset + point * channels + channel]; };
      for (size_t i = 1; i + 1 < static_cast<size_t>(c.grid_points); ++i) {
        for (size_t ch = 0; ch < channels; ++ch)
          sum += std::abs((at(i + 1, ch) - at(i, ch)) / step - (at(i, ch) - at(i - 1, ch)) / step);
      }
    }
    return c.tv2_weight * sum;
  }

  double loss(const AlignedVector<double>& p, AlignedVector<double>* gradients = nullptr) const {
    AlignedVector<double> effective, effective_gradients(net.effective().size(), 0.0), shard(net.statistics().size());
    net.make_effective(p, effective);
    const auto workspace = net.make_workspace(images);
    const double sum = net.train_shard(effective, patches.data(), {targets.data(), soft.data(), 0.7, 2.5}, images,
                                       images, *workspace, effective_gradients, shard);
    if (gradients != nullptr) net.finish_gradients(p, effective_gradients, *gradients);
    return sum / images + penalty(p);
  }
};

void check_gradients(const NetConfig& config, uint64_t seed) {
  const Problem problem(config, seed);
  AlignedVector<double> gradients;
  problem.loss(problem.parameters, &gradients);
  for (const ParameterSlice& slice : problem.net.parameters().slices()) {
    double worst = 0, largest = 0;
    for (size_t i = slice.offset; i < slice.offset + slice.size; ++i) {
      constexpr double kStep = 1e-6;
      AlignedVector<double> moved = problem.parameters;
      moved[i] += kStep;
      const double up = problem.loss(moved);
      moved[i] -= 2 * kStep;
      const double numeric = (up - problem.loss(moved)) / (2 * kStep);
      worst = std::max(worst, std::abs(numeric - gradients[i]));
      largest = std::max(largest, std::abs(numeric));
    }
    INFO("seed " << seed << ", " << slice.name << ": largest gradient " << largest << ", worst difference " << worst);
    CHECK(worst <= 1e-7 + 1e-4 * largest);
  }
}

}  // namespace

TEST_CASE("gradients match finite differences: ReLU") {
  check_gradients(tiny(Activation::kRelu, false), 11);
}
TEST_CASE("gradients match finite differences: PSA by its formula") {
  check_gradients(tiny(Activation::kPsa, true), 12);
}
TEST_CASE("gradients match finite differences: LERP-PSA") {
  check_gradients(tiny(Activation::kPsa, false), 13);
}
TEST_CASE("gradients match finite differences: B-spline with its penalty") {
  NetConfig config = tiny(Activation::kBspline, false);
  config.tv2_weight = 0.01;
  check_gradients(config, 14);
}
TEST_CASE("gradients match finite differences: GELU") {
  check_gradients(tiny(Activation::kFixed, false), 15);
}

}  // namespace psaflow
