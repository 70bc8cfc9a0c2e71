// The fake-quantised network is the golden model, tensor by tensor, bit by bit.
#include <catch2/catch.hpp>
#include <map>

#include "sw/base/error.h"
#include "sw/golden/random_model.h"
#include "sw/golden/reference.h"
#include "sw/qat/qat_net.h"
#include "tests/qat/small_nets.h"

namespace psaflow {
namespace {

// Every tensor that the network shows for a group of images, against the reference's. Returns how many values were at a
// bound.
int compare(const StepModel& steps, int images, Rng& rng) {
  const ModelConfig& config = steps.config;
  const IntModel golden = round_to_int8(steps);
  std::map<std::string, std::vector<int8_t>> expected;  // of all images, one behind the other
  std::vector<float> patches;
  for (int i = 0; i < images; ++i) {
    const std::vector<double> image = test::random_patches(config, rng);
    patches.insert(patches.end(), image.begin(), image.end());
    Int8Matrix integers(config.tokens(), config.features());
    std::copy(image.begin(), image.end(), integers.data.begin());
    run_reference(golden.network, integers, [&](const std::string& name, const Int8Matrix& value) {
      expected[name].insert(expected[name].end(), value.data.begin(), value.data.end());
    });
  }
  QatNet<float> net(config);
  net.load(steps, 1);
  const auto workspace = net.make_workspace(images);
  int seen = 0, saturated = 0;
  const float* const logits = net.infer(
      patches.data(), images, *workspace, [&](const std::string& name, const float* values, int rows, int columns) {
        const std::vector<int8_t>& want = expected.at(name);
        REQUIRE(want.size() == static_cast<size_t>(rows) * static_cast<size_t>(columns));
        ++seen;
        size_t wrong = 0;
        for (size_t k = 0; k < want.size(); ++k) {
          wrong += values[k] != want[k] ? 1 : 0;
          saturated += want[k] == 127 || want[k] == -128 ? 1 : 0;
        }
        INFO(name);
        REQUIRE(wrong == 0);
      });
  CHECK(seen == 3 + (config.has_tables() ? 7 : 5) * config.blocks);
  CHECK(std::equal(expected.at("head").begin(), expected.at("head").end(), logits));
  return saturated;
}

// The steps that an integer model's factors stand for.
StepModel steps_of(const IntModel& model) {
  const auto linear = [](const LinearParams& p) {
    BasicLinear<double> l{p.in, p.out, {}, {p.bias.begin(), p.bias.end()}};
    for (size_t i = 0; i < p.weight.size(); ++i)
      l.weight.push_back(std::ldexp(p.weight[i], -p.shift[i / static_cast<size_t>(p.in)]));
    return l;
  };
  const auto affine = [](const AffineParams& p) {
    BasicAffine<double> a{{}, {p.bias.begin(), p.bias.end()}};
    for (size_t c = 0; c < p.weight.size(); ++c) a.scale.push_back(std::ldexp(p.weight[c], -p.shift[c]));
    return a;
  };
  StepModel s;
  s.config = model.config;
  s.blocks.resize(static_cast<size_t>(model.config.blocks));
  if (model.config.has_tables()) {
    for (BlockSteps& b : s.blocks) b.psa1 = b.psa2 = TableSteps{};
  }
  for_each_layer(s, Overloaded{[&](const std::string& name, BasicLinear<double>& l) {
                                 l = linear(model.network.get<op::Linear>(name).params);
                               },
                               [&](const std::string& name, BasicAffine<double>& a) {
                                 a = affine(model.network.get<op::Affine>(name).params);
                               },
                               [&](const std::string& name, TableSteps& t) {
                                 const TableParams& p = model.network.get<op::Lookup>(name).params;
                                 t = {p.channels, p.points, {p.values.begin(), p.values.end()}};
                               }});
  for (BlockSteps& b : s.blocks) {
    for (auto* residual : {&b.token_residual, &b.channel_residual})  // trained networks' residuals have no offset
      std::fill(residual->offset.begin(), residual->offset.end(), 0.0);
  }
  return s;
}

}  // namespace

TEST_CASE("fake-quantised and exported: bit by bit, every activation, direct and interpolated tables") {
  for (const test::Kind& kind : test::kKinds) {
    for (int table_log2 : {8, 7, 5, 1}) {
      const uint64_t seed = 100 + static_cast<uint64_t>(table_log2);
      Rng rng(seed);
      const FoldedModel model = test::random_folded(kind, rng);
      Ranges ranges = test::random_ranges(model, 1, rng);
      settle(model, ranges);
      INFO(test::to_string(kind) << ", table_log2 " << table_log2 << ", seed " << seed);
      CHECK(compare(to_steps(model, ranges, table_log2), 10, rng) > 0);
    }
  }
}

TEST_CASE("the extremes too: shifts of 0 and 31, full weights, tables that swing from end to end") {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    ModelConfig config;
    config.image_height = config.image_width = 16;
    config.patch = seed % 2 == 0 ? 4 : 2;
    config.embed = 21;
    config.hidden = seed == 3 ? 1024 : 35;  // the most inputs that are exact
    config.blocks = 2;
    config.activation = seed % 3 == 0 ? Activation::kRelu : Activation::kPsa;
    Rng rng(seed);
    INFO("seed " << seed);
    compare(steps_of(random_model(config, seed % 2 == 0 ? 256 : 33, seed)), 3, rng);
  }
}

TEST_CASE("a layer too wide for exact sums is refused by name") {
  ModelConfig config;
  config.hidden = 1025;
  CHECK_THROWS_AS(QatNet<float>(config), UserError);
}

}  // namespace psaflow
