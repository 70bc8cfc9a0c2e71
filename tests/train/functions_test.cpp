// The learned functions: LERP-PSA against PSA's formula, and the vector code against the scalar code.
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "sw/base/rng.h"
#include "sw/train/grid_function.h"
#include "sw/train/psa.h"

namespace psaflow {
namespace {

struct RandomPsa {
  int experts, channels;
  std::vector<double> center, width, value, out_weight, out_bias;
  RandomPsa(int e, int c, uint64_t seed) : experts(e), channels(c) {
    Rng rng(seed);
    for (int i = 0; i < e * c; ++i) {
      center.push_back(rng.uniform(-2, 2));
      width.push_back(rng.uniform(0.3, 2));
      value.push_back(rng.normal());
    }
    for (int i = 0; i < c; ++i) {
      out_weight.push_back(rng.normal());
      out_bias.push_back(rng.normal());
    }
  }
  PsaParams<double> params() const {
    return {center.data(), width.data(), value.data(), out_weight.data(), out_bias.data()};
  }
};

}  // namespace

TEST_CASE("psa_forward is the paper's formula") {
  const RandomPsa f(8, 70, 5);  // 70 channels: more than one internal chunk
  Rng rng(6);
  std::vector<double> x(3 * 70), y(x.size());
  for (double& v : x) v = rng.uniform(-5, 5);
  psa_forward(f.params(), f.experts, f.channels, x.data(), 3, y.data());
  for (size_t i = 0; i < x.size(); ++i) {
    const size_t c = i % 70;
    double top = 0, bottom = 0;
    for (int e = 0; e < f.experts; ++e) {
      const size_t at = e * 70 + c;
      const double a = std::exp(-(x[i] - f.center[at]) * (x[i] - f.center[at]) / (f.width[at] * f.width[at] + 1));
      top += a * f.value[at] * x[i];
      bottom += a;
    }
    CHECK(y[i] == Approx(f.out_weight[c] * top / bottom + f.out_bias[c]).epsilon(1e-12));
  }
}

TEST_CASE("LERP-PSA converges on PSA as the grid gets finer") {
  const RandomPsa f(8, 16, 7);
  Rng rng(8);
  std::vector<double> x(200 * 16), exact(x.size());
  for (double& v : x) v = rng.uniform(-4, 4);
  psa_forward(f.params(), 8, 16, x.data(), 200, exact.data());
  const auto worst = [&](int points) {
    std::vector<double> at(static_cast<size_t>(points) * 16), grid(at.size()), y(x.size());
    for (size_t i = 0; i < at.size(); ++i) at[i] = -4 + 8.0 * static_cast<double>(i / 16) / (points - 1);
    psa_forward(f.params(), 8, 16, at.data(), points, grid.data());
    const std::vector<double> one(16, 1.0), zero(16, 0.0);
    grid_forward(GridFunction<double>{grid.data(), points, 16, 4.0, false}, one.data(), zero.data(), x.data(), 200,
                 y.data());
    double error = 0;
    for (size_t i = 0; i < x.size(); ++i) error = std::max(error, std::abs(y[i] - exact[i]));
    return error;
  };
  const double coarse = worst(64), fine = worst(256);
  CHECK(coarse < 0.05);
  CHECK(fine <
        coarse /
            8);  // a degree-1 spline's error falls with the square of the step: 16 times, less the placing of points
}

TEST_CASE("the grid function in float agrees with the one in double, whatever the number of channels") {
  const uint64_t seed = 9;
  for (int channels : {1, 15, 16, 17, 96, 100}) {
    for (bool adds_input : {false, true}) {
      Rng rng(seed + channels);
      constexpr int kPoints = 64, kRows = 40;
      std::vector<double> grid(kPoints * channels), scale(channels), offset(channels), mean(channels),
          x(kRows * channels), dy(x.size());
      for (auto* v : {&grid, &scale, &offset, &mean, &dy}) {
        for (double& value : *v) value = rng.normal();
      }
      for (double& value : x) value = 4 * rng.normal();  // well beyond the grid too
      const std::vector<float> fgrid(grid.begin(), grid.end()), fscale(scale.begin(), scale.end()),
          foffset(offset.begin(), offset.end()), fmean(mean.begin(), mean.end()), fx(x.begin(), x.end());
      const std::vector<double> upstream = dy;
      std::vector<float> fdy(dy.begin(), dy.end()), fy(x.size()), fdgrid(grid.size()), fs(channels), fsx(channels);
      std::vector<double> y(x.size()), dgrid(grid.size()), s(channels), sx(channels);
      const GridFunction<double> f{grid.data(), kPoints, channels, 4.0, adds_input};
      const GridFunction<float> g{fgrid.data(), kPoints, channels, 4.0f, adds_input};
      grid_forward(f, scale.data(), offset.data(), x.data(), kRows, y.data());
      grid_forward(g, fscale.data(), foffset.data(), fx.data(), kRows, fy.data());
      grid_backward(f, scale.data(), offset.data(), mean.data(), x.data(), kRows, dy.data(), dgrid.data(), s.data(),
                    sx.data());
      grid_backward(g, fscale.data(), foffset.data(), fmean.data(), fx.data(), kRows, fdy.data(), fdgrid.data(),
                    fs.data(), fsx.data());
      INFO("seed " << seed << ", channels " << channels << ", adds input " << adds_input);
      for (size_t i = 0; i < x.size(); ++i) CHECK(fy[i] == Approx(y[i]).margin(2e-3));
      for (size_t i = 0; i < grid.size(); ++i) CHECK(fdgrid[i] == Approx(dgrid[i]).margin(2e-3));
      double given = 0, received = 0;  // the gradient is shared between two grid values, none lost
      for (double v : upstream) given += v;
      for (float v : fdgrid) received += v;
      CHECK(received == Approx(given).margin(1e-2));
    }
  }
}

}  // namespace psaflow
