#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "sw/base/rng.h"
#include "sw/quant/calibrate.h"
#include "sw/train/trainer.h"
#include "tests/support/quadrants.h"

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
  const std::vector<float> denormal(10, 1e-40f);  // 127 / 1e-40 is no float
  CHECK(best_scale({&denormal}) == 1);
}

TEST_CASE("samples come from every token, however many images there are") {
  // The embedding copies one pixel of each patch, and the image tells which patch it is: the value names the token.
  const int tokens = 16;
  Dataset data;
  const size_t images = 1100;  // 2.1 times as many tokens as are kept
  data.images.assign(images * kCifarImageBytes, 0);
  data.labels.assign(images, 0);
  for (size_t i = 0; i < images; ++i) {
    for (int y = 0; y < 32; ++y) {
      for (int x = 0; x < 32; ++x)
        data.images[i * kCifarImageBytes + static_cast<size_t>(y) * 32 + x] = static_cast<uint8_t>(y / 8 * 4 + x / 8);
    }
  }
  FoldedModel model = fold(Trainer::fresh(small_recipe(Activation::kRelu)));
  std::fill(model.embed.weight.begin(), model.embed.weight.end(), 0.f);
  std::fill(model.embed.bias.begin(), model.embed.bias.end(), 0.f);
  model.embed.weight[0] = 1;
  ThreadPool pool(2);
  const Calibration calibration = calibrate(model, data, images, pool);
  const std::vector<float>& seen = calibration.at("embed").channels.at(0);
  CHECK(seen.size() > 4000);
  CHECK(seen.size() <= 8192);
  CHECK(std::set<float>(seen.begin(), seen.end()).size() == tokens);
}

TEST_CASE("a network whose values are not finite is refused by the tap's name") {
  const Dataset data = quadrants(8, 1);
  FoldedModel model = fold(Trainer::fresh(small_recipe(Activation::kRelu)));
  model.embed.weight[3] = INFINITY;
  ThreadPool pool(1);
  CHECK_THROWS_WITH(calibrate(model, data, 8, pool), Catch::Contains("embed: found a value that is not finite"));
}

}  // namespace psaflow
