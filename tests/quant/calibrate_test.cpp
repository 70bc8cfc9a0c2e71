#include <catch2/catch.hpp>
#include <cmath>

#include "sw/base/rng.h"
#include "sw/quant/calibrate.h"

namespace psaflow {
namespace {

double mean_squared_error(const std::vector<float>& samples, double scale, int low) {
  double sum = 0;
  for (float v : samples) {
    const double rounded = std::min(127.0, std::max(double(low), std::nearbyint(v * scale)));
    sum += (rounded / scale - v) * (rounded / scale - v);
  }
  return sum / static_cast<double>(samples.size());
}

}  // namespace

TEST_CASE("a flat distribution keeps its whole range, a rare outlier is clipped") {
  Rng rng(1);
  std::vector<float> flat, spiky;
  for (int i = 0; i < 4096; ++i) {
    flat.push_back(static_cast<float>(rng.uniform(-3, 3)));
    spiky.push_back(static_cast<float>(rng.normal()));
  }
  spiky[7] = 12;
  const double flat_scale = best_scale({&flat}), spiky_scale = best_scale({&spiky});
  CHECK(flat_scale == Approx(127 / 3.0).epsilon(0.05));
  CHECK(spiky_scale > 127.0 / 12);  // finer than the outlier alone asks for
  CHECK(mean_squared_error(spiky, spiky_scale, -128) < mean_squared_error(spiky, 127.0 / 12, -128));
}

TEST_CASE("after a ReLU only the positive side counts; silence gets scale 1") {
  const std::vector<float> samples = {-50, -3, 0, 0.5f, 1, 2}, silent(10, 0.f);
  CHECK(best_scale({&samples}, 0) >= 127 / 2.0);
  CHECK(best_scale({&silent}) == 1);
}

}  // namespace psaflow
