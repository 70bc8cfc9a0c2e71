// Beginning with a trained network: what a recipe says of it, that a deeper network computes at first what the one that
// it begins with computes, and that the added blocks then learn.
#include <algorithm>
#include <catch2/catch.hpp>

#include "sw/train/trainer.h"
#include "sw/train/warm_start.h"
#include "tests/error_text.h"
#include "tests/support/quadrants.h"

namespace psaflow {
namespace {

const std::string kYaml =
    "name: n\nnetwork: {activation: psa, blocks: 4}\nwarm_start: \"old, 1.safetensors\"\nepochs: 10\n";

Recipe recipe_of(Activation activation, int blocks) {
  Recipe r = small_recipe(activation);
  r.net.model.blocks = blocks;
  r.epochs = 3;
  r.ema = 0.9;
  return r;
}

Recipe deeper_recipe(Activation activation, int blocks) {
  Recipe r = recipe_of(activation, blocks);
  r.warm_start = "old.safetensors";
  r.seed = 11;
  return r;
}

Checkpoint trained(const Dataset& data, Activation activation, int blocks) {
  Trainer trainer(Trainer::fresh(recipe_of(activation, blocks)), data, 2);
  for (int e = 0; e < 3; ++e) trainer.run_epoch();
  return trainer.state();
}

// [images, classes]
std::vector<float> logits_of(const Checkpoint& c, const Dataset& data, int images) {
  const ResMlp<float> net(c.recipe.net);
  const ModelConfig& m = c.recipe.net.model;
  const auto pixels = normalized_pixels(m);
  AlignedVector<float> effective, patches(static_cast<size_t>(m.tokens()) * m.features());
  net.make_effective(c.parameters, effective);
  const auto workspace = net.make_workspace(1);
  std::vector<float> logits;
  for (int i = 0; i < images; ++i) {
    size_t at = 0;
    for (int t = 0; t < m.tokens(); ++t) {
      for (int f = 0; f < m.features(); ++f, ++at) {
        const int channel = f % 3, x = f / 3 % m.patch + t % (32 / m.patch) * m.patch,
                  y = f / 3 / m.patch + t / (32 / m.patch) * m.patch;
        patches[at] = pixels[channel][data.image(i)[(channel * 32 + y) * 32 + x]];
      }
    }
    net.infer(effective, c.statistics, patches.data(), 1, *workspace);
    const float* z = ResMlp<float>::logits(*workspace);
    logits.insert(logits.end(), z, z + m.classes);
  }
  return logits;
}

}  // namespace

TEST_CASE("a recipe's warm start: read, written where there is one, resolved, compared") {
  const Recipe r = parse_recipe(kYaml, "r.yaml");
  CHECK(r.warm_start == "old, 1.safetensors");
  CHECK(to_yaml(parse_recipe(to_yaml(r), "again")) == to_yaml(r));
  Recipe resolved = r;
  resolve_paths(resolved, "recipes/deep/r.yaml");
  CHECK(resolved.warm_start == "recipes/deep/old, 1.safetensors");
  Recipe without = r;
  without.warm_start.clear();
  CHECK_THAT(to_yaml(without), !Catch::Contains("warm_start"));
  CHECK_FALSE(may_continue(r, without, 0));
  CHECK_THAT(test::error_of([] { parse_recipe(kYaml + "block_transfer: {teacher: t}\n", "r.yaml"); }),
             Catch::Contains("r.yaml:3: warm_start: found old, 1.safetensors;") && Catch::Contains("block_transfer"));
  CHECK_THAT(test::error_of([] { parse_recipe("name: n\nnetwork: {activation: psa}\nwarm_start: [a]\n", "r.yaml"); }),
             Catch::Contains("r.yaml:3: warm_start: "));
}

TEST_CASE("blocks of a shallower network are spread evenly") {
  const auto places = [](int want, int have) {
    std::vector<int> blocks;
    for (int b = 0; b < want; ++b) blocks.push_back(warm_start_block(b, want, have));
    return blocks;
  };
  CHECK(places(8, 4) == std::vector<int>{0, -1, 1, -1, 2, -1, 3, -1});
  CHECK(places(5, 4) == std::vector<int>{0, 1, 2, 3, -1});
  CHECK(places(7, 2) == std::vector<int>{0, -1, -1, 1, -1, -1, -1});
  CHECK(places(3, 3) == std::vector<int>{0, 1, 2});
  for (int want = 1; want <= 64; ++want) {
    for (int have = 1; have <= want; ++have) {
      std::vector<int> blocks = places(want, have);
      blocks.erase(std::remove(blocks.begin(), blocks.end(), -1), blocks.end());
      REQUIRE(static_cast<int>(blocks.size()) == have);
      REQUIRE(std::is_sorted(blocks.begin(), blocks.end()));
    }
  }
}

TEST_CASE("a deeper network begins as the one it is told to begin with, and then its added blocks learn") {
  const Dataset data = quadrants(400, 5);
  const auto activation = GENERATE(Activation::kPsa, Activation::kRelu, Activation::kBspline, Activation::kFixed);
  CAPTURE(static_cast<int>(activation));
  const Checkpoint old = trained(data, activation, 2);
  const Recipe deeper = deeper_recipe(activation, 5);
  Checkpoint start = Trainer::fresh(deeper);
  CHECK(logits_of(start, data, 8) != logits_of(published(old), data, 8));
  WarmStart(old, deeper).apply(start);
  CHECK(logits_of(start, data, 8) == logits_of(published(old), data, 8));  // of the averages
  CHECK(logits_of(start, data, 8) != logits_of(old, data, 8));

  const ResMlp<float> net(deeper.net);
  const auto all_zero = [&](const Checkpoint& c, const std::string& name) {
    const ParameterSlice& slice = net.parameters().find(name);
    return std::all_of(c.parameters.begin() + static_cast<int64_t>(slice.offset),
                       c.parameters.begin() + static_cast<int64_t>(slice.offset + slice.size),
                       [](float v) { return v == 0; });
  };
  for (const char* scale : {"token.norm.weight", "channel.scale"}) {
    for (int b = 0; b < 5; ++b) CHECK(all_zero(start, block_layer(b, scale)) == (b == 1 || b == 3 || b == 4));
  }
  Trainer trainer(start, data, 2);
  trainer.run_epoch();
  for (int b = 0; b < 5; ++b) {
    for (const char* layer : {"token.norm.weight", "token.mix.weight", "channel.scale", "channel.fc1.weight"}) {
      const ParameterSlice& slice = net.parameters().find(block_layer(b, layer));
      const auto first = static_cast<int64_t>(slice.offset), last = static_cast<int64_t>(slice.offset + slice.size);
      CHECK_FALSE(std::equal(start.parameters.begin() + first, start.parameters.begin() + last,
                             trainer.state().parameters.begin() + first));
    }
  }
}

TEST_CASE("a network of the same depth begins where the other ended") {
  const Dataset data = quadrants(300, 5);
  const Checkpoint old = trained(data, Activation::kPsa, 2);
  const Recipe again = deeper_recipe(Activation::kPsa, 2);
  Checkpoint start = Trainer::fresh(again);
  WarmStart(old, again).apply(start);
  CHECK(start.parameters == published(old).parameters);
  CHECK(start.statistics == published(old).statistics);
  CHECK(start.optimizer.steps == 0);
  CHECK(start.average.empty());
  CHECK(start.epochs_done == 0);
}

TEST_CASE("a network that does not fit is refused by its key") {
  const Checkpoint old = Trainer::fresh(recipe_of(Activation::kPsa, 2));
  const auto refused = [&](const auto& change) {
    Recipe r = deeper_recipe(Activation::kPsa, 3);
    change(r.net);
    return test::error_of([&] { WarmStart(old, r); });
  };
  CHECK(refused([](NetConfig&) {}).empty());
  CHECK_THAT(refused([](NetConfig& n) { n.model.blocks = 1; }),
             Catch::Contains("old.safetensors: recipe.network.blocks: found 2; allowed: at most 1, as in"));
  CHECK_THAT(refused([](NetConfig& n) { n.model.hidden = 20; }),
             Catch::Contains("network.hidden: found 16; allowed: 20"));
  CHECK_THAT(refused([](NetConfig& n) { n.model.embed = 20; }),
             Catch::Contains("network.embed: found 16; allowed: 20"));
  CHECK_THAT(refused([](NetConfig& n) { n.model.classes = 7; }),
             Catch::Contains("network.classes: found 10; allowed: 7"));
  CHECK_THAT(refused([](NetConfig& n) { n.model.patch = 4; }), Catch::Contains("network.patch: found 8; allowed: 4"));
  CHECK_THAT(refused([](NetConfig& n) { n.model.activation = Activation::kRelu; }),
             Catch::Contains("network.activation: found psa; allowed: relu"));
  CHECK_THAT(refused([](NetConfig& n) { n.experts = 8; }), Catch::Contains("network.experts: found 4; allowed: 8"));
  CHECK_THAT(refused([](NetConfig& n) { n.exact_psa = true; }),
             Catch::Contains("network.psa: found lerp; allowed: exact"));
  CHECK_THAT(refused([](NetConfig& n) { n.grid_points = 32; }), Catch::Contains("network.grid_points: found 64"));
  CHECK_THAT(refused([](NetConfig& n) { n.grid_range = 3; }), Catch::Contains("network.grid_range: found 4"));
  CHECK_THAT(refused([](NetConfig& n) { n.model.std[1] = 1; }), Catch::Contains("network.std: found ["));
}

}  // namespace psaflow
