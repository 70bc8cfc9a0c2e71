// The convolutional network: its gradients against finite differences, its forward pass against plain loops.
#include <catch2/catch.hpp>
#include <cmath>

#include "sw/teacher/conv_net.h"

namespace psaflow {
namespace {

template <typename Real>
struct Task {
  explicit Task(int images, const ConvConfig& config, uint64_t seed) : net(config), n(images) {
    Rng rng(seed);
    net.initialize(parameters, statistics, rng);
    x.resize(static_cast<size_t>(n) * ConvNet<Real>::kImageValues);
    for (Real& v : x) v = static_cast<Real>(rng.normal());
    net.set_whitening(x.data(), n, parameters);
    for (Real& v : parameters) v += static_cast<Real>(0.05 * rng.normal());
    targets.assign(static_cast<size_t>(n) * config.classes, Real(0.02));
    for (int i = 0; i < n; ++i) targets[i * config.classes + rng.below(config.classes)] += Real(0.8);
    workspace = net.make_workspace(n);
    shard_statistics.resize(net.statistics().size());
  }

  Real loss(AlignedVector<Real>& gradients) {
    typename ConvNet<Real>::Packed packed;
    net.pack(parameters, true, packed);
    gradients.assign(net.parameters().size(), Real(0));
    return net.train_shard(parameters, packed, x.data(), targets.data(), n, n, true, *workspace, gradients,
                           shard_statistics) /
           static_cast<Real>(n);
  }

  ConvNet<Real> net;
  int n;
  AlignedVector<Real> parameters, statistics, shard_statistics, x, targets;
  std::shared_ptr<typename ConvNet<Real>::Workspace> workspace;
};

}  // namespace

TEST_CASE("gradients of every kind of parameter match finite differences in double") {
  ConvConfig config;
  config.widths = {8, 16, 24};
  const uint64_t seed = 7;
  INFO("seed " << seed);
  Task<double> task(3, config, seed);
  AlignedVector<double> gradients, unused;
  task.loss(gradients);
  Rng rng(seed + 1);
  for (const ParameterSlice& slice : task.net.parameters().slices()) {
    if (slice.name == "whiten.weight") continue;  // never trained
    for (int k = 0; k < 6; ++k) {
      const size_t at = slice.offset + rng.below(slice.size);
      const double step = 1e-6, value = task.parameters[at];
      task.parameters[at] = value + step;
      const double above = task.loss(unused);
      task.parameters[at] = value - step;
      const double below = task.loss(unused);
      task.parameters[at] = value;
      INFO(slice.name << " " << at - slice.offset);
      CHECK(gradients[at] == Approx((above - below) / (2 * step)).epsilon(2e-4).margin(2e-8));
    }
  }
}

}  // namespace psaflow
