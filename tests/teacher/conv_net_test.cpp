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

// The forward pass with given statistics, by plain loops over [side][side][channels].
struct PlainMap {
  int side, channels;
  std::vector<double> values;
  double at(int y, int x, int c) const {
    return y < 0 || x < 0 || y >= side || x >= side ? 0 : values[(y * side + x) * channels + c];
  }
};

double plain_gelu(double u) {
  return 0.5 * u * (1 + std::tanh(std::sqrt(2 / M_PI) * (u + 0.044715 * u * u * u)));
}

PlainMap plain_convolution(const PlainMap& x, int taps, int border, const double* weights, int out) {
  PlainMap y{x.side + 2 * border - taps + 1, out, {}};
  for (int r = 0; r < y.side; ++r) {
    for (int s = 0; s < y.side; ++s) {
      for (int n = 0; n < out; ++n) {
        double sum = 0;
        for (int t = 0; t < taps * taps; ++t) {
          for (int c = 0; c < x.channels; ++c)
            sum += x.at(r + t / taps - border, s + t % taps - border, c) * weights[(t * x.channels + c) * out + n];
        }
        y.values.push_back(sum);
      }
    }
  }
  return y;
}

PlainMap plain_pool(const PlainMap& x, int window) {
  PlainMap y{x.side / window, x.channels, {}};
  for (int r = 0; r < y.side; ++r) {
    for (int s = 0; s < y.side; ++s) {
      for (int c = 0; c < x.channels; ++c) {
        double best = -1e300;
        for (int t = 0; t < window * window; ++t)
          best = std::max(best, x.at(r * window + t / window, s * window + t % window, c));
        y.values.push_back(best);
      }
    }
  }
  return y;
}

std::vector<double> plain_logits(const Task<double>& task, const AlignedVector<double>& statistics, const double* image,
                                 const ConvConfig& config) {
  const auto parameter = [&](const std::string& name) {
    return task.parameters.data() + task.net.parameters().find(name).offset;
  };
  const auto statistic = [&](const std::string& name) {
    return statistics.data() + task.net.statistics().find(name).offset;
  };
  PlainMap x{32, 3, {image, image + 3072}};
  x = plain_convolution(x, 2, 0, parameter("whiten.weight"), 24);
  for (size_t i = 0; i < x.values.size(); ++i) x.values[i] = plain_gelu(x.values[i] + parameter("whiten.bias")[i % 24]);
  for (int l = 1; l <= 6; ++l) {
    const std::string n = std::to_string(l);
    x = plain_convolution(x, 3, 1, parameter("conv" + n + ".weight"), config.widths[(l - 1) / 2]);
    if (l % 2 == 1) x = plain_pool(x, 2);
    for (size_t i = 0; i < x.values.size(); ++i) {
      const size_t c = i % x.channels;
      x.values[i] = plain_gelu((x.values[i] - statistic("norm" + n + ".mean")[c]) /
                                   std::sqrt(statistic("norm" + n + ".var")[c] + 1e-6) +
                               parameter("norm" + n + ".bias")[c]);
    }
  }
  x = plain_pool(x, 3);
  std::vector<double> logits(config.classes, 0.0);
  for (int c = 0; c < x.channels; ++c) {
    for (int k = 0; k < config.classes; ++k)
      logits[k] += config.head_scale * x.values[c] * parameter("head.weight")[c * config.classes + k];
  }
  return logits;
}

}  // namespace

TEST_CASE("logits are those of plain loops over the published layers") {
  ConvConfig config;
  config.widths = {8, 16, 24};
  const uint64_t seed = 5;
  INFO("seed " << seed);
  Task<double> task(2, config, seed);
  Rng rng(seed + 1);
  for (double& s : task.statistics) s = rng.uniform(0.1, 2);
  ConvNet<double>::Packed packed;
  task.net.pack(task.parameters, false, packed);
  task.net.infer(task.parameters, packed, task.statistics, task.x.data(), 2, *task.workspace);
  for (int i = 0; i < 2; ++i) {
    const auto expected = plain_logits(task, task.statistics, task.x.data() + i * 3072, config);
    for (int k = 0; k < config.classes; ++k)
      CHECK(ConvNet<double>::logits(*task.workspace)[i * config.classes + k] == Approx(expected[k]).margin(1e-9));
  }
}

TEST_CASE("whitened patches have unit variance along independent axes") {
  ConvConfig config;
  const uint64_t seed = 9;
  INFO("seed " << seed);
  const ConvNet<double> net(config);
  Rng rng(seed);
  AlignedVector<double> images(4 * ConvNet<double>::kImageValues), parameters, statistics;
  double last = 0;
  for (double& v : images) v = last = 0.7 * last + rng.normal();  // neighbours resemble each other
  net.initialize(parameters, statistics, rng);
  net.set_whitening(images.data(), 4, parameters);
  double product[12][12] = {};
  const double* const w = parameters.data() + net.parameters().find("whiten.weight").offset;
  int patches = 0;
  for (int i = 0; i < 4; ++i) {
    for (int y = 0; y < 31; ++y) {
      for (int x = 0; x < 31; ++x, ++patches) {
        double out[24] = {};
        for (int k = 0; k < 12; ++k) {
          const double value = images[i * 3072 + ((y + k / 6) * 32 + x + k / 3 % 2) * 3 + k % 3];
          for (int n = 0; n < 24; ++n) out[n] += value * w[k * 24 + n];
        }
        for (int a = 0; a < 12; ++a) {
          CHECK(out[a] == -out[a + 12]);
          for (int b = 0; b < 12; ++b) product[a][b] += out[a] * out[b];
        }
      }
    }
  }
  for (int a = 0; a < 12; ++a) {
    for (int b = 0; b < 12; ++b) CHECK(product[a][b] / patches == Approx(a == b ? 1 : 0).margin(2e-2));
  }
}

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
