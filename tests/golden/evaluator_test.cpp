// The fast evaluator against the reference, bit for bit, over a matrix of dimensions, activations, tables and thread
// counts.
#include "sw/golden/evaluator.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <set>

#include "sw/data/normalize.h"
#include "sw/golden/random_model.h"
#include "sw/golden/reference.h"

using namespace psaflow;

namespace {

std::vector<int8_t> reference_logits(const IntModel& model, const std::vector<uint8_t>& images, size_t count) {
  const ModelConfig& c = model.config;
  const auto pixels = pixel_table(c.mean, c.std, c.input_scale);
  const size_t bytes = images.size() / count;
  std::vector<int8_t> out;
  for (size_t i = 0; i < count; ++i) {
    Int8Matrix patches(c.tokens(), c.features());
    // Written out from the contract, apart from cut_patches(), which the evaluator uses.
    for (int t = 0; t < c.tokens(); ++t) {
      for (int f = 0; f < c.features(); ++f) {
        const int channel = f % c.image_channels, column = f / c.image_channels % c.patch,
                  row = f / c.image_channels / c.patch;
        const int across = c.image_width / c.patch;
        const int y = t / across * c.patch + row, x = t % across * c.patch + column;
        const uint8_t byte =
            images[i * bytes + static_cast<size_t>((channel * c.image_height + y) * c.image_width + x)];
        patches.at(t, f) = pixels[static_cast<size_t>(channel)][byte];
      }
    }
    const std::vector<int8_t> logits = run_reference(model.network, patches);
    out.insert(out.end(), logits.begin(), logits.end());
  }
  return out;
}

std::vector<int8_t> fast_logits(const IntModel& model, const std::vector<uint8_t>& images, size_t count, int threads) {
  std::vector<int8_t> out(count * static_cast<size_t>(model.config.classes), 99);
  Evaluator(model, threads).logits(images.data(), count, out.data());
  return out;
}

struct Dimensions {
  int channels, height, width, patch, embed, hidden, blocks, classes;
};

const Dimensions kDimensions[] = {
    {3, 32, 32, 4, 96, 96, 2, 10},  // the paper's, two of its four blocks
    {3, 32, 32, 4, 96, 192, 1, 10}, {3, 32, 32, 2, 10, 7, 1, 10},     {3, 32, 32, 8, 10, 200, 3, 10},
    {3, 32, 32, 16, 3, 1, 3, 100},  {3, 32, 32, 32, 96, 200, 3, 2},  // one token, F = 3072 > 1024
    {3, 32, 32, 32, 1, 1, 1, 1},    {1, 16, 16, 1, 3, 7, 1, 5},       {4, 8, 16, 4, 17, 33, 2, 11},
    {2, 6, 12, 3, 5, 9, 2, 3},      {3, 32, 32, 16, 16, 1200, 1, 10},  // fc2 sums 1200 inputs
};

}  // namespace

TEST_CASE("the evaluator equals the reference", "[evaluator]") {
  uint64_t seed = 100;
  for (const Dimensions& d : kDimensions) {
    // Tables: 0 for ReLU, else the number of points; small networks try every kind.
    const bool small = d.embed <= 17 && d.patch > 2;
    const std::vector<int> kinds =
        small ? std::vector<int>{0, 3, 5, 9, 17, 33, 65, 129, 256} : std::vector<int>{0, 65, 256};
    for (const int points : kinds) {
      ModelConfig config;
      config.image_channels = d.channels;
      config.image_height = d.height;
      config.image_width = d.width;
      config.patch = d.patch;
      config.embed = d.embed;
      config.hidden = d.hidden;
      config.blocks = d.blocks;
      config.classes = d.classes;
      ++seed;
      config.activation = points == 0     ? Activation::kRelu
                          : points == 256 ? Activation::kFixed
                          : seed % 2 == 0 ? Activation::kPsa
                                          : Activation::kBspline;
      const IntModel model = random_model(config, points, seed);
      const size_t count = small ? 67 : 5;
      const std::vector<uint8_t> images = random_images(config, static_cast<int>(count), seed + 1000);
      const std::vector<int8_t> expected = reference_logits(model, images, count);
      for (int threads : {1, 2, 3}) {
        INFO("image [" << d.channels << "," << d.height << "," << d.width << "] patch " << d.patch << " embed "
                       << d.embed << " hidden " << d.hidden << " blocks " << d.blocks << " points " << points
                       << " seed " << seed << " threads " << threads);
        REQUIRE(fast_logits(model, images, count, threads) == expected);
      }
    }
  }
}

TEST_CASE("psa1 and psa2 may have different point counts", "[evaluator]") {
  ModelConfig config;
  config.embed = 12;
  config.hidden = 20;
  config.blocks = 2;
  IntModel model = random_model(config, 33, 7);
  Rng rng(8);
  model.network.get<op::Lookup>("blocks.0.channel.psa1").params = random_table(12, 256, rng);
  model.network.get<op::Lookup>("blocks.1.channel.psa2").params = random_table(20, 3, rng);
  const std::vector<uint8_t> images = random_images(config, 6, 9);
  CHECK(fast_logits(model, images, 6, 2) == reference_logits(model, images, 6));
}

TEST_CASE("random models neither vanish nor saturate", "[evaluator]") {
  // Otherwise the comparisons above would compare constants.
  ModelConfig config;
  const IntModel model = random_model(config, 65, 5);
  const std::vector<uint8_t> images = random_images(config, 1, 6);
  Int8Matrix patches(config.tokens(), config.features());
  const auto pixels = pixel_table(model.config.mean, model.config.std, model.config.input_scale);
  cut_patches(images.data(), 3, 32, 32, 4, patches.data.data(),
              [&](int c, uint8_t byte) { return pixels[static_cast<size_t>(c)][byte]; });
  run_reference(model.network, patches, [](const std::string& name, const Int8Matrix& value) {
    const auto clipped =
        std::count_if(value.data.begin(), value.data.end(), [](int8_t v) { return v == -128 || v == 127; });
    const std::set<int8_t> distinct(value.data.begin(), value.data.end());
    INFO(name);
    CHECK(static_cast<double>(clipped) < 0.5 * static_cast<double>(value.data.size()));
    CHECK(distinct.size() >= std::min<size_t>(40, value.data.size() / 2));
  });
}

TEST_CASE("any number of images, and progress adds up", "[evaluator]") {
  ModelConfig config;
  config.patch = 8;
  config.embed = 9;
  config.hidden = 5;
  config.blocks = 1;
  const IntModel model = random_model(config, 17, 3);
  const std::vector<uint8_t> images = random_images(config, 131, 4);
  const std::vector<int8_t> all = reference_logits(model, images, 131);
  const Evaluator evaluator(model, 2);
  for (size_t count : {size_t{0}, size_t{1}, size_t{15}, size_t{16}, size_t{17}, size_t{131}}) {
    std::vector<int8_t> out(count * 10 + 1, 77);
    std::atomic<size_t> seen{0};
    evaluator.logits(images.data(), count, out.data(), [&](size_t n) { seen += n; });
    REQUIRE(seen == count);
    REQUIRE(std::equal(out.begin(), out.end() - 1, all.begin()));
    REQUIRE(out.back() == 77);
  }
}
