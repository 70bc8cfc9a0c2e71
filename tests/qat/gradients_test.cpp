// Gradients of every parameter and every range against central finite differences, in double, with rounding switched
// off: what is left is saturation, tables and products, which have derivatives.
#include <catch2/catch.hpp>

#include "sw/qat/qat_net.h"
#include "sw/qat/steps_backward.h"
#include "tests/qat/small_nets.h"

namespace psaflow {
namespace {

using Net = QatNet<double, Rounding::kNone>;

struct Problem {
  BasicFoldedModel<double> model;
  Ranges ranges;
  int table_log2;
  Net net;
  static constexpr int kImages = 5;
  std::vector<double> patches, targets;

  Problem(int log2, Rng& rng, const FoldedModel& folded)
      : model(test::to_double(folded)),
        ranges(test::random_ranges(folded, 0.7, rng)),
        table_log2(log2),
        net(folded.config) {
    for (int i = 0; i < kImages; ++i) {
      const std::vector<double> image = test::random_patches(model.config, rng);
      patches.insert(patches.end(), image.begin(), image.end());
      std::vector<double> target;
      double total = 0;
      for (int c = 0; c < model.config.classes; ++c) total += target.emplace_back(rng.uniform());
      for (double t : target) targets.push_back(t / total);
    }
  }

  double loss(const AlignedVector<double>& parameters, const AlignedVector<double>& log2_scales,
              AlignedVector<double>* gradient = nullptr, AlignedVector<double>* range_gradient = nullptr) {
    unpack(parameters, model);
    unpack_log2(log2_scales, ranges);
    const StepModel steps = to_steps(model, ranges, table_log2);
    net.load(steps, ranges.head);
    const auto workspace = net.make_workspace(kImages);
    AlignedVector<double> flat(net.layout().size(), 0.0);
    const double sum = net.train(patches.data(), targets.data(), kImages, 1, *workspace, flat);
    if (gradient != nullptr) {
      StepModel step_gradient = zero_like(steps);
      net.to_step_gradient(flat, step_gradient);
      BasicFoldedModel<double> model_gradient = model;
      Ranges d = ranges;
      steps_backward(model, ranges, steps, step_gradient, model_gradient, d);
      d.head += net.head_scale_gradient(flat) * std::log(2.0);
      pack(model_gradient, *gradient);
      range_gradient->clear();
      for_each_range(d, [&](const std::string&, const double* g, size_t n) {
        range_gradient->insert(range_gradient->end(), g, g + n);
      });
    }
    return sum;
  }
};

void check(const test::Kind& kind, int table_log2, uint64_t seed) {
  Rng rng(seed);
  const FoldedModel folded = test::random_folded(kind, rng);
  Problem problem(table_log2, rng, folded);
  AlignedVector<double> parameters, scales, gradient, range_gradient;
  pack(problem.model, parameters);
  pack_log2(problem.ranges, scales);
  problem.loss(parameters, scales, &gradient, &range_gradient);
  REQUIRE(gradient.size() == parameters.size());
  REQUIRE(range_gradient.size() == scales.size());

  const auto compare = [&](const ParameterLayout& layout, AlignedVector<double>& moved,
                           const AlignedVector<double>& analytic) {
    double largest_of_all = 0;
    for (const ParameterSlice& slice : layout.slices()) {
      double worst = 0, largest = 0;
      for (size_t i = slice.offset; i < slice.offset + slice.size; ++i) {
        constexpr double kStep = 1e-7;
        const double at = moved[i];
        moved[i] = at + kStep;
        const double up = problem.loss(parameters, scales);
        moved[i] = at - kStep;
        const double numeric = (up - problem.loss(parameters, scales)) / (2 * kStep);
        moved[i] = at;
        worst = std::max(worst, std::abs(numeric - analytic[i]));
        largest = std::max(largest, std::abs(numeric));
      }
      INFO(test::to_string(kind) << ", table_log2 " << table_log2 << ", seed " << seed << ", " << slice.name
                                 << ": largest gradient " << largest << ", worst difference " << worst);
      CHECK(worst <= 1e-6 + 1e-4 * largest);
      largest_of_all = std::max(largest_of_all, largest);
    }
    return largest_of_all;
  };
  CHECK(compare(tensor_layout(problem.model), parameters, gradient) > 0.01);
  // Without rounding a range matters only through what saturates: some does.
  CHECK(compare(range_layout(problem.ranges), scales, range_gradient) > 0.001);
}

}  // namespace

TEST_CASE("straight-through gradients are those of the network without rounding") {
  for (const test::Kind& kind : test::kKinds) {
    for (int table_log2 : {8, 5}) {
      if (kind.activation != Activation::kRelu || table_log2 == 8) check(kind, table_log2, 40);
    }
  }
}

}  // namespace psaflow
