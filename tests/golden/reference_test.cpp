// The reference model against a network small enough to compute by hand.
#include "sw/golden/reference.h"

#include <catch2/catch.hpp>
#include <map>

#include "sw/golden/evaluator.h"

using namespace psaflow;

namespace {

// Two tokens of one feature, D = 2, H = 1, one block, two classes.
IntModel tiny_model(Activation activation) {
  IntModel m;
  ModelConfig& c = m.config;
  c.image_channels = 1;
  c.image_height = 1;
  c.image_width = 2;
  c.patch = 1;
  c.embed = 2;
  c.hidden = 1;
  c.blocks = 1;
  c.classes = 2;
  c.activation = activation;
  c.mean = {0.5};
  c.std = {0.5};
  c.input_scale = 100;
  m.network = resmlp(c);
  const auto linear = [&](const char* name) -> LinearParams& { return m.network.get<op::Linear>(name).params; };
  const auto affine = [&](const char* name) -> AffineParams& { return m.network.get<op::Affine>(name).params; };
  linear("embed") = {1, 2, {3, -2}, {1, -5}, {1, 0}};
  affine("blocks.0.token.residual") = {{2, 1}, {0, 0}, {0, 1}};
  affine("blocks.0.token.pre") = {{4, -1}, {1, 0}, {2, 0}};
  linear("blocks.0.token.mix") = {2, 2, {1, 1, 2, -3}, {0, 10}, {0, 3}};
  affine("blocks.0.token.post") = {{1, 5}, {100, 0}, {0, 0}};
  affine("blocks.0.channel.residual") = {{1, -1}, {0, 0}, {1, 1}};
  linear("blocks.0.channel.fc1") = {2, 1, {1, 20}, {-7}, {1}};
  linear("blocks.0.channel.fc2") = {1, 2, {-2, 4}, {3, -4}, {0, 2}};
  if (activation != Activation::kRelu) {
    m.network.get<op::Lookup>("blocks.0.channel.psa1").params = {2, 3, {-128, 0, 127, 100, -100, 0}};
    TableParams& psa2 = m.network.get<op::Lookup>("blocks.0.channel.psa2").params;
    psa2 = {1, 256, {}};
    for (int u = 0; u < 256; ++u) psa2.values.push_back(static_cast<int8_t>(100 - u / 2));
  }
  linear("head") = {2, 2, {10, 1, -1, -1}, {0, 0}, {0, 0}};
  return m;
}

using Values = std::vector<int8_t>;

struct Seen {
  std::vector<std::string> order;
  std::map<std::string, Int8Matrix> taps;
  Values logits;
};

Seen run_tiny(Activation activation) {
  Int8Matrix patches(2, 1);
  patches.data = {10, -20};
  Seen seen;
  seen.logits =
      run_reference(tiny_model(activation).network, patches, [&](const std::string& name, const Int8Matrix& value) {
        seen.order.push_back(name);
        seen.taps[name] = value;
      });
  return seen;
}

}  // namespace

TEST_CASE("a network with tables, computed by hand", "[reference]") {
  Seen seen = run_tiny(Activation::kPsa);
  // 30/2 + 1, -20 - 5;  -60/2 + 1, 40 - 5
  CHECK(seen.taps["embed"].data == Values{16, -25, -29, 35});
  // 2 * 16, -25/2 = -12.5 rounds up to -12;  2 * -29, 17.5 rounds to 18
  CHECK(seen.taps["blocks.0.token.residual"].data == Values{32, -12, -58, 18});
  CHECK(seen.taps["blocks.0.token.pre"].data == Values{17, 25, -28, -35});
  // token 0: 17 - 28, 25 - 35;  token 1: (34 + 84)/8 = 14.75, (50 + 105)/8 = 19.375, each + 10
  CHECK(seen.taps["blocks.0.token.mix"].data == Values{-11, -10, 25, 29});
  CHECK(seen.taps["blocks.0.token.mix"].rows == 2);
  // 5 * 29 saturates
  CHECK(seen.taps["blocks.0.token.post"].data == Values{89, -50, 125, 127});
  CHECK(seen.taps["blocks.0.token.add"].data == Values{121, -62, 67, 127});
  CHECK(seen.taps["blocks.0.channel.residual"].data == Values{61, 31, 34, -63});
  // 127*121/128 = 120.05; 100 - 200*66/128 = -3.125;  127*67/128 = 66.5-; -100 + 100*127/128 = -0.8
  CHECK(seen.taps["blocks.0.channel.psa1"].data == Values{120, -3, 66, -1});
  CHECK(seen.taps["blocks.0.channel.fc1"].data == Values{23, 16});
  CHECK(seen.taps["blocks.0.channel.psa2"].data == Values{25, 28});
  CHECK(seen.taps["blocks.0.channel.fc2"].data == Values{-47, 21, -53, 24});
  CHECK(seen.taps["blocks.0.channel.add"].data == Values{14, 52, -19, -39});
  // -2.5 rounds up to -2, 6.5 to 7
  CHECK(seen.taps["pool"].data == Values{-2, 7});
  CHECK(seen.logits == Values{-13, -5});
  CHECK(seen.order == std::vector<std::string>{"embed", "blocks.0.token.residual", "blocks.0.token.pre",
                                               "blocks.0.token.mix", "blocks.0.token.post", "blocks.0.token.add",
                                               "blocks.0.channel.residual", "blocks.0.channel.psa1",
                                               "blocks.0.channel.fc1", "blocks.0.channel.psa2", "blocks.0.channel.fc2",
                                               "blocks.0.channel.add", "pool", "head"});
}

TEST_CASE("the ReLU network clamps fc1 and has no tables", "[reference]") {
  Seen seen = run_tiny(Activation::kRelu);
  CHECK(seen.taps.count("blocks.0.channel.psa1") == 0);
  CHECK(seen.taps.count("blocks.0.channel.psa2") == 0);
  // (121 - 1240)/2 - 7 is clamped to 0; (67 + 2540)/2 - 7 to 127
  CHECK(seen.taps["blocks.0.channel.fc1"].data == Values{0, 127});
  CHECK(seen.taps["blocks.0.channel.fc2"].data == Values{3, -4, -128, 123});
  CHECK(seen.taps["blocks.0.channel.add"].data == Values{64, 27, -94, 60});
  CHECK(seen.taps["pool"].data == Values{-15, 44});
  CHECK(seen.logits == Values{-106, -29});
}

TEST_CASE("from bytes: the evaluator normalises, then agrees with the hand-computed network", "[reference]") {
  // ((p/255 - 0.5) / 0.5) * 100: 140 gives 9.80 -> 10, 102 gives -20 exactly.
  const uint8_t image[2] = {140, 102};
  int8_t logits[2];
  Evaluator(tiny_model(Activation::kFixed), 1).logits(image, 1, logits);
  CHECK(Values(logits, logits + 2) == Values{-13, -5});
  Evaluator(tiny_model(Activation::kRelu), 1).logits(image, 1, logits);
  CHECK(Values(logits, logits + 2) == Values{-106, -29});
}

TEST_CASE("argmax takes the lowest index on a tie", "[reference]") {
  const int8_t tie[] = {-5, 7, 3, 7}, low[] = {-128, -128, -128}, last[] = {1, 2, 3};
  CHECK(argmax(tie, 4) == 1);
  CHECK(argmax(low, 3) == 0);
  CHECK(argmax(last, 3) == 2);
}

TEST_CASE("multiplications and parameters are counted", "[reference]") {
  // embed 2*1*2, affines 4 * 2*2, mix 2*2*2, fc1 2*2*1, fc2 2*1*2, head 1*2*2
  CHECK(count_macs(tiny_model(Activation::kRelu).network) == 4 + 16 + 8 + 4 + 4 + 4);
  // embed 2+4, affines 4*6, mix 4+4, fc1 2+2, fc2 2+4, head 4+4; tables 2*3 + 256
  CHECK(count_parameters(tiny_model(Activation::kRelu).network) == 6 + 24 + 8 + 4 + 6 + 8);
  CHECK(count_parameters(tiny_model(Activation::kPsa).network) == 56 + 6 + 256);
}
