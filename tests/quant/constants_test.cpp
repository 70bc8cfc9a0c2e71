// Networks whose function is the same while their constants lie elsewhere, as networks trained elsewhere may have them:
// integers must follow all the same, and what does not fit is told.
#include "sw/quant/constants.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "sw/quant/classes.h"
#include "sw/quant/layer_noise.h"
#include "sw/quant/quantize.h"
#include "sw/train/trainer.h"
#include "tests/support/quadrants.h"

namespace psaflow {
namespace {

constexpr size_t kFirst = 500, kImages = 200;  // held out

// A trained network whose parameters and statistics can be changed by name.
struct Net {
  Checkpoint checkpoint;
  float* parameter(const std::string& name, size_t* size = nullptr) {
    return find(ResMlp<float>(checkpoint.recipe.net).parameters(), checkpoint.parameters, name, size);
  }
  float* statistic(const std::string& name) {
    return find(ResMlp<float>(checkpoint.recipe.net).statistics(), checkpoint.statistics, name, nullptr);
  }
  int channels() const { return checkpoint.recipe.net.model.embed; }
  int blocks() const { return checkpoint.recipe.net.model.blocks; }

  // What is added to the residual stream before `norm` and from there on: the norms that read it take it out again.
  void shift_stream(const std::string& norm, const std::vector<float>& by) {
    bool behind = false;
    std::vector<std::string> norms;
    for (int b = 0; b < blocks(); ++b) {
      for (const char* name : {"token.norm", "channel.norm1"}) norms.push_back(fmt::format("blocks.{}.{}", b, name));
    }
    norms.emplace_back("norm");
    for (const std::string& name : norms) {
      behind = behind || name == norm;
      if (!behind) continue;
      float* mean = statistic(name + ".mean");
      for (size_t d = 0; d < by.size(); ++d) mean[d] += by[d];
    }
  }

 private:
  static float* find(const ParameterLayout& layout, AlignedVector<float>& values, const std::string& name,
                     size_t* size) {
    const ParameterSlice& slice = layout.find(name);
    if (size != nullptr) *size = slice.size;
    return values.data() + slice.offset;
  }
};

Net trained(Activation activation, const Dataset& data) {
  Recipe recipe = small_recipe(activation);
  recipe.net.model.blocks = 2;
  Trainer trainer(Trainer::fresh(recipe), data, 2);
  for (int e = 0; e < 8; ++e) trainer.run_epoch();
  return {trainer.state()};
}

std::vector<float> random_shift(Rng& rng, int channels) {
  std::vector<float> by;
  const double size = std::pow(10.0, rng.uniform(-1, 2));  // 0.1 .. 100
  const bool alike = rng.below(2) == 0;
  for (int d = 0; d < channels; ++d) by.push_back(static_cast<float>(size * (alike ? 1.0 : rng.normal())));
  return by;
}

// One random change that leaves the function as it is; what it was.
std::string change(Net& net, Rng& rng) {
  const int d = net.channels(), b = static_cast<int>(rng.below(static_cast<uint64_t>(net.blocks())));
  const bool relu = !net.checkpoint.recipe.net.model.has_tables();
  const std::string block = fmt::format("blocks.{}.", b);
  switch (rng.below(relu ? 5 : 4)) {
    case 0: {  // the embedding's bias
      const std::vector<float> by = random_shift(rng, d);
      for (int c = 0; c < d; ++c) net.parameter("embed.bias")[c] += by[static_cast<size_t>(c)];
      net.shift_stream("blocks.0.token.norm", by);
      return fmt::format("embed.bias + {}", by[0]);
    }
    case 1: {  // a block's last bias
      const std::vector<float> by = random_shift(rng, d);
      for (int c = 0; c < d; ++c) net.parameter(block + "channel.fc2.bias")[c] += by[static_cast<size_t>(c)];
      net.shift_stream(b + 1 < net.blocks() ? fmt::format("blocks.{}.token.norm", b + 1) : "norm", by);
      return fmt::format("{}channel.fc2.bias + {}", block, by[0]);
    }
    case 2: {  // the token mix's bias, which reaches every channel
      const auto by = static_cast<float>(rng.uniform(-20, 20));
      size_t tokens = 0;
      float* bias = net.parameter(block + "token.mix.bias", &tokens);
      for (size_t t = 0; t < tokens; ++t) bias[t] += by;
      net.shift_stream(block + "channel.norm1", std::vector<float>(static_cast<size_t>(d), by));
      return fmt::format("{}token.mix.bias + {}", block, by);
    }
    case 3: {  // the norm before the token mix against the mix
      const auto by = static_cast<float>(std::exp2(rng.uniform(-6, 6)));
      for (const char* part : {"token.norm.weight", "token.norm.bias"}) {
        for (int c = 0; c < d; ++c) net.parameter(block + part)[c] *= by;
      }
      size_t size = 0;
      float* weight = net.parameter(block + "token.mix.weight", &size);
      for (size_t i = 0; i < size; ++i) weight[i] /= by;
      return fmt::format("{}token.norm * {}", block, by);
    }
    default: {  // the norm before the ReLU against what follows it, each hidden channel by its own factor
      size_t hidden = 0;
      net.parameter(block + "channel.norm2.weight", &hidden);
      for (size_t h = 0; h < hidden; ++h) {
        const auto by = static_cast<float>(std::exp2(rng.uniform(-6, 6)));
        net.parameter(block + "channel.norm2.weight")[h] *= by;
        net.parameter(block + "channel.norm2.bias")[h] *= by;
        for (int c = 0; c < d; ++c)
          net.parameter(block + "channel.fc2.weight")[static_cast<size_t>(c) * hidden + h] /= by;
      }
      return fmt::format("{}channel.norm2", block);
    }
  }
}

}  // namespace

TEST_CASE("random shifts and rescalings of every layer leave float and INT8 as they were") {
  const Dataset data = quadrants(700, 31);
  ThreadPool pool(2);
  for (const Activation activation : {Activation::kRelu, Activation::kPsa, Activation::kBspline}) {
    const Net original = trained(activation, data);
    const FoldedModel folded = fold(original.checkpoint);
    const ClassList expected = float_classes(folded, data, kFirst, kImages, pool);
    const double right = accuracy(expected, data, kFirst);
    CHECK(right > 0.9);
    const double int8 =
        accuracy(int8_classes(quantize(folded, data, {200, 8}, pool), data, kFirst, kImages), data, kFirst);
    for (uint64_t seed = 1; seed <= 12; ++seed) {
      Rng rng(seed);
      Net net = original;
      std::string changes;
      for (int i = 0; i < 3; ++i) changes += change(net, rng) + "; ";
      INFO(to_string(activation) << ", seed " << seed << ": " << changes);
      const FoldedModel moved = fold(net.checkpoint);
      CHECK(agreement(float_classes(moved, data, kFirst, kImages, pool), expected) >= 0.99);  // as floats allow
      const Calibrated c = calibrated(moved, data, 200, pool);
      CHECK(agreement(float_classes(c.model, data, kFirst, kImages, pool), expected) >= 0.99);
      CHECK(clipped_constants(c.model, c.ranges, 8).empty());
      const IntModel model = quantize(c.model, c.ranges, 8);
      CHECK(accuracy(int8_classes(model, data, kFirst, kImages), data, kFirst) >= int8 - 0.01);
    }
  }
}

TEST_CASE("a network whose constants lie well is left as it is") {
  const Dataset data = quadrants(700, 31);
  ThreadPool pool(2);
  FoldedModel folded = fold(trained(Activation::kPsa, data).checkpoint);
  const Calibration calibration = calibrate(folded, data, 200, pool);
  const FoldedModel before = folded;
  const size_t moved = move_constants(folded, calibration);
  size_t outside = 0;  // channels whose middle outweighs their range: those, and no others
  for (const auto& [name, samples] : calibration) {
    if (name == "pool" || name == "head" || name == "blocks.0.channel.fc2" || name == "blocks.1.channel.fc2") continue;
    if (name.find("token.pre") != std::string::npos || name.find("token.mix") != std::string::npos) continue;
    for (const auto& channel : samples.channels) {
      const auto [low, high] = std::minmax_element(channel.begin(), channel.end());
      outside += std::abs(*high + *low) > 2 * (*high - *low) ? 1 : 0;
    }
  }
  CHECK(moved == outside);
  if (moved == 0) CHECK(folded.embed.bias == before.embed.bias);
}

TEST_CASE("what clips all the same is told by layer, channels and factor") {
  StepModel steps;
  steps.config.blocks = 0;
  steps.embed.bias = {127.4, -128.4, 130, -260};
  steps.head.bias = {1};
  const std::vector<Clipped> clipped = clipped_constants(steps);
  REQUIRE(clipped.size() == 1);
  CHECK(clipped[0].layer == "embed");
  CHECK(std::string(clipped[0].what) == "bias");
  CHECK(clipped[0].channels == 2);
  CHECK(clipped[0].worst == Approx(260 / 128.5));
}

TEST_CASE("the layer that goes wrong has the least signal to noise") {
  const Dataset data = quadrants(700, 31);
  ThreadPool pool(2);
  const Calibrated c = calibrated(fold(trained(Activation::kPsa, data).checkpoint), data, 200, pool);
  Ranges settled = c.ranges;
  settle(c.model, settled);
  IntModel model = quantize(c.model, c.ranges, 8);
  const auto db = [&](const std::string& layer) {
    for (const LayerNoise& l : compare_layers(c.model, settled, model, data, 20, pool)) {
      if (l.layer == layer) return l.signal_db;
    }
    FAIL("no layer " << layer);
    return 0.0;
  };
  const double before = db("blocks.1.channel.psa1"), ahead = db("blocks.0.channel.add");
  CHECK(before > 15);
  for (int8_t& v : model.network.get<op::Lookup>("blocks.1.channel.psa1").params.values)
    v = static_cast<int8_t>(v / 2);  // half the signal is gone
  CHECK(db("blocks.1.channel.psa1") < 8);
  CHECK(db("blocks.0.channel.add") == ahead);
}

}  // namespace psaflow
