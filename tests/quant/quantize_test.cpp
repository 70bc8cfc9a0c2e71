// The integer model follows the float model, tensor by tensor, and its accuracy follows.
#include <catch2/catch.hpp>
#include <cmath>
#include <map>

#include "sw/data/normalize.h"
#include "sw/golden/reference.h"
#include "sw/quant/card.h"
#include "sw/quant/quantize.h"
#include "sw/train/trainer.h"
#include "tests/support/quadrants.h"

namespace psaflow {
namespace {

struct Trained {
  Dataset data = quadrants(700, 31);
  Checkpoint checkpoint;
  explicit Trained(Activation activation) {
    Trainer trainer(Trainer::fresh(small_recipe(activation)), data, 2);
    for (int e = 0; e < 8; ++e) trainer.run_epoch();
    checkpoint = trainer.state();
  }
};

// Pearson correlation of two sequences.
double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  double ma = 0, mb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    ma += a[i];
    mb += b[i];
  }
  ma /= static_cast<double>(a.size());
  mb /= static_cast<double>(a.size());
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) * (a[i] - ma);
    bb += (b[i] - mb) * (b[i] - mb);
  }
  return aa == 0 || bb == 0 ? 1 : ab / std::sqrt(aa * bb);
}

}  // namespace

TEST_CASE("every tensor of the integer model follows the float model's") {
  for (Activation activation : {Activation::kRelu, Activation::kPsa, Activation::kBspline}) {
    const Trained t(activation);
    ThreadPool pool(2);
    const FoldedModel folded = fold(t.checkpoint);
    const IntModel model = quantize(folded, t.data, {300, 8}, pool);
    const ModelConfig& m = model.config;
    const auto pixels = normalized_pixels(m);
    const auto int_pixels = pixel_table(m.mean, m.std, m.input_scale);
    std::map<std::string, std::vector<double>> real, rounded;  // "tap channel": values over images and tokens
    for (size_t i = 600; i < 640; ++i) {
      std::vector<float> patches(static_cast<size_t>(m.tokens()) * m.features());
      Int8Matrix int_patches(m.tokens(), m.features());
      cut_patches(t.data.image(i), 3, 32, 32, m.patch, patches.data(), [&](int c, uint8_t p) { return pixels[c][p]; });
      cut_patches(t.data.image(i), 3, 32, 32, m.patch, int_patches.data.data(),
                  [&](int c, uint8_t p) { return int_pixels[c][p]; });
      run_folded(folded, patches.data(), [&](const std::string& name, const float* v, int rows, int channels) {
        for (int k = 0; k < rows * channels; ++k) real[name + " " + std::to_string(k % channels)].push_back(v[k]);
      });
      run_reference(model.network, int_patches, [&](const std::string& name, const Int8Matrix& v) {
        for (int k = 0; k < v.rows * v.cols; ++k) rounded[name + " " + std::to_string(k % v.cols)].push_back(v.data[k]);
      });
    }
    double total = 0;
    for (const auto& [name, values] : real) {
      REQUIRE(rounded.count(name) == 1);
      const double r = correlation(values, rounded[name]);
      total += r;
      INFO(to_string(activation) << ", " << name);
      CHECK(r > 0.9);
    }
    CHECK(total / static_cast<double>(real.size()) > 0.99);
  }
}

TEST_CASE("INT8 accuracy stays with float accuracy, direct and interpolated tables alike") {
  const Trained t(Activation::kPsa);
  ThreadPool pool(2);
  const FoldedModel folded = fold(t.checkpoint);
  const double expected = evaluate_float(t.checkpoint, t.data, 500, 200, pool);
  CHECK(expected > 0.9);
  for (int log2 : {8, 6, 5}) {
    const IntModel model = quantize(folded, t.data, {300, log2}, pool);
    REQUIRE(model.network.get<op::Lookup>("blocks.0.channel.psa1").params.points ==
            (log2 == 8 ? 256 : (1 << log2) + 1));
    INFO("table_log2 " << log2);
    CHECK(evaluate_int8(model, t.data, 500, 200) > expected - 0.03);
  }
}

TEST_CASE("the residual path is an exact rescaling and the same seed gives the same model") {
  const Trained t(Activation::kPsa);
  ThreadPool one(1), two(2);
  const FoldedModel folded = fold(t.checkpoint);
  const IntModel a = quantize(folded, t.data, {100, 8}, one), b = quantize(folded, t.data, {100, 8}, two);
  const auto weights = [](const IntModel& m) {
    return m.network.get<op::Linear>("blocks.0.channel.fc1").params.weight;
  };
  const auto points = [](const IntModel& m) {
    return m.network.get<op::Lookup>("blocks.0.channel.psa1").params.values;
  };
  const auto biases = [](const IntModel& m) { return m.network.get<op::Linear>("head").params.bias; };
  CHECK((weights(a) == weights(b)));
  CHECK((points(a) == points(b)));
  CHECK((biases(a) == biases(b)));
  for (int8_t bias : a.network.get<op::Affine>("blocks.0.token.residual").params.bias) CHECK(bias == 0);
  for (int8_t weight : a.network.get<op::Affine>("blocks.0.channel.residual").params.weight) CHECK(weight >= 1);
}

}  // namespace psaflow
