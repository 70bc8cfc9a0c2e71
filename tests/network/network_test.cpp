// The graph: what ResMLP's builder wires, and what golden computes of networks that are none.
#include "sw/network/network.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "sw/data/normalize.h"
#include "sw/golden/arithmetic.h"
#include "sw/golden/evaluator.h"
#include "sw/golden/reference.h"
#include "sw/network/verify.h"
#include "tests/support/networks.h"

using namespace psaflow;
using namespace psaflow::test;

namespace {

std::vector<std::string> names(const Network& network) {
  std::vector<std::string> list;
  for (const Node& node : network.nodes) list.push_back(node.name);
  return list;
}

ModelConfig small(Activation activation) {
  ModelConfig c;
  c.embed = 24;
  c.hidden = 36;
  c.blocks = 2;
  c.activation = activation;
  return c;
}

}  // namespace

TEST_CASE("resmlp: nodes in the order of the data, shapes and readers") {
  const Network n = resmlp(small(Activation::kPsa));
  CHECK(names(n) == std::vector<std::string>{"embed",
                                             "blocks.0.token.residual",
                                             "blocks.0.token.pre",
                                             "blocks.0.token.mix",
                                             "blocks.0.token.post",
                                             "blocks.0.token.add",
                                             "blocks.0.channel.residual",
                                             "blocks.0.channel.psa1",
                                             "blocks.0.channel.fc1",
                                             "blocks.0.channel.psa2",
                                             "blocks.0.channel.fc2",
                                             "blocks.0.channel.add",
                                             "blocks.1.token.residual",
                                             "blocks.1.token.pre",
                                             "blocks.1.token.mix",
                                             "blocks.1.token.post",
                                             "blocks.1.token.add",
                                             "blocks.1.channel.residual",
                                             "blocks.1.channel.psa1",
                                             "blocks.1.channel.fc1",
                                             "blocks.1.channel.psa2",
                                             "blocks.1.channel.fc2",
                                             "blocks.1.channel.add",
                                             "pool",
                                             "head"});
  const auto shape = [&](const char* name) {
    const Tensor& t = n.output_of(*n.find(name));
    return std::vector<int>{t.rows, t.cols, static_cast<int>(t.readers.size())};
  };
  CHECK(shape("embed") == std::vector<int>{64, 24, 2});
  CHECK(shape("blocks.0.token.mix") == std::vector<int>{64, 24, 1});
  CHECK(shape("blocks.1.channel.psa2") == std::vector<int>{64, 36, 1});
  CHECK(shape("pool") == std::vector<int>{1, 24, 1});
  CHECK(shape("head") == std::vector<int>{1, 10, 0});
  CHECK(n.logits().name == "head");

  const Network relu = resmlp(small(Activation::kRelu));
  CHECK(relu.find("blocks.0.channel.psa1") == nullptr);
  CHECK(relu.get<op::Linear>("blocks.1.channel.fc1").relu);
  CHECK_FALSE(relu.get<op::Linear>("blocks.1.channel.fc2").relu);
  CHECK_FALSE(n.get<op::Linear>("blocks.1.channel.fc1").relu);
}

TEST_CASE("golden's evaluator equals its reference on networks that are no ResMLP") {
  for (const Sample& sample : no_resmlps()) {
    INFO(sample.name);
    REQUIRE(verify(sample.network).empty());
    ModelConfig images;
    static_cast<ImageInput&>(images) = sample.input;
    constexpr size_t kImages = 67;
    const std::vector<uint8_t> bytes = random_images(images, kImages, 3);
    const auto classes = static_cast<size_t>(sample.network.logits().size());
    std::vector<int8_t> expected, logits(kImages * classes);
    const PatchCutter cutter(sample.input);
    Int8Matrix patches(sample.network.input().rows, sample.network.input().cols);
    for (size_t i = 0; i < kImages; ++i) {
      cutter.cut(bytes.data() + i * cutter.image_bytes(), patches.data.data());
      const std::vector<int8_t> one = run_reference(sample.network, patches);
      expected.insert(expected.end(), one.begin(), one.end());
    }
    for (int threads : {1, 2}) {
      Evaluator(sample.input, sample.network, threads).logits(bytes.data(), kImages, logits.data());
      CHECK(logits == expected);
    }
    CHECK(std::set<int8_t>(expected.begin(), expected.end()).size() >= 3);  // no constants compared
  }
}

TEST_CASE("golden of a nested residual, by hand") {
  const Sample sample = nested_residuals();
  Int8Matrix patches(16, 48);
  Rng rng(9);
  for (int8_t& v : patches.data) v = random_int8(rng);
  std::map<std::string, Int8Matrix> taps;
  run_reference(sample.network, patches, [&](const std::string& n, const Int8Matrix& v) { taps[n] = v; });
  const Int8Matrix &mix = taps["outer.mix"], &fc = taps["inner.fc"], &inner = taps["inner.add"],
                   &short_way = taps["outer.residual"], &outer = taps["outer.add"];
  for (size_t i = 0; i < outer.data.size(); ++i) {
    REQUIRE(inner.data[i] == sat8(mix.data[i] + fc.data[i]));
    REQUIRE(outer.data[i] == sat8(inner.data[i] + short_way.data[i]));
  }
}

TEST_CASE("counts: MACs of linear and affine layers, parameters with shifts and tables") {
  const Network n = straight_mixer().network;
  // embed 16*48*24, mix over 24 channels 24*16*8, scale 8*24, mix over 8 tokens 8*24*20, head 20*6
  CHECK(count_macs(n) == 16 * 48 * 24 + 24 * 16 * 8 + 8 * 24 + 8 * 24 * 20 + 20 * 6);
  CHECK(count_parameters(n) ==
        (48 * 24 + 2 * 24) + (16 * 8 + 2 * 8) + 3 * 24 + (24 * 20 + 2 * 20) + 20 * 256 + (20 * 6 + 2 * 6));
}

TEST_CASE("raw bytes in, a class out: the class of the network's own logits") {
  ModelConfig c;
  static_cast<ImageInput&>(c) = small_images(16, 4);
  c.image_width = 32;
  c.mean = {0.2, 0.5, 0.8};
  c.embed = c.hidden = 12;
  c.blocks = 1;
  c.classes = 200;  // beyond 127
  IntModel model = random_model(c, 33, 5);
  auto& bias = model.network.get<op::Linear>("head").params.bias;
  std::fill(bias.begin(), bias.begin() + 128, int8_t{-128});  // an index whose byte is negative as INT8 wins
  constexpr size_t kImages = 40;
  const std::vector<uint8_t> bytes = random_images(c, kImages, 3);
  std::vector<int8_t> logits(kImages * 200), wrapped(kImages * 200), classes(kImages);
  Evaluator(model).logits(bytes.data(), kImages, logits.data());
  for (const ImageForm form : {ImageForm::kPatches, ImageForm::kInterleaved, ImageForm::kPlanar}) {
    const IntModel raw = with_ports(model, {form, false}), whole = with_ports(model, {form, true});
    REQUIRE(verify(raw.network).empty());
    REQUIRE(verify(whole.network).empty());
    CHECK(raw.config.form == form);
    Evaluator(raw.config, raw.network).logits(bytes.data(), kImages, wrapped.data());
    CHECK(wrapped == logits);
    Evaluator(whole.config, whole.network).logits(bytes.data(), kImages, classes.data());
    bool beyond = false;
    for (size_t i = 0; i < kImages; ++i) {
      const int8_t* one = logits.data() + i * 200;
      const int wanted = static_cast<int>(std::max_element(one, one + 200) - one);
      CHECK(static_cast<uint8_t>(classes[i]) == wanted);
      CHECK(named_class(whole.network, &classes[i]) == wanted);
      CHECK(named_class(raw.network, one) == wanted);
      beyond = beyond || wanted > 127;
    }
    CHECK(beyond);
  }
}
