// The verifier: every rule is broken once, and the finding names the layer; the widths that lanes must divide.
#include "sw/network/verify.h"

#include <catch2/catch.hpp>

#include "sw/golden/random_model.h"
#include "tests/support/networks.h"

using namespace psaflow;
using namespace psaflow::test;
using Catch::Matchers::Contains;

namespace {

Network good() {
  return nested_residuals().network;
}

// The first finding as one text; empty: none.
std::string first(const Network& network) {
  const std::vector<Finding> findings = verify(network);
  return findings.empty() ? "" : findings[0].path + ": " + findings[0].found + " / " + findings[0].allowed;
}

template <typename Change>
std::string after(const Change& change) {
  Network network = good();
  change(network);
  return first(network);
}

}  // namespace

TEST_CASE("networks that can be computed have no findings") {
  CHECK(first(good()).empty());
  for (const Activation activation : {Activation::kPsa, Activation::kRelu}) {
    ModelConfig config;
    config.activation = activation;
    CHECK(first(random_model(config, 65, 1).network).empty());
  }
}

TEST_CASE("a finding names the layer, what it has and what it may have") {
  CHECK_THAT(first(Network()), Contains("no layer"));
  CHECK_THAT(first(Network(4, 4)), Contains("no layer"));
  const auto linear = [](Network& n, const char* name) -> LinearParams& { return n.get<op::Linear>(name).params; };
  CHECK_THAT(after([&](Network& n) { linear(n, "inner.fc").in = 23; }),
             Contains("inner.fc: 23 inputs / the 24 channels of 'outer.mix'"));
  CHECK_THAT(after([&](Network& n) { linear(n, "outer.mix").in = 8; }),
             Contains("outer.mix: 8 inputs / the 16 tokens of 'outer.pre'"));
  CHECK_THAT(after([&](Network& n) { linear(n, "head").out = 11; }),
             Contains("head: an output [1,10] / an output [1,11]"));
  CHECK_THAT(after([&](Network& n) { linear(n, "head").weight.pop_back(); }), Contains("head: 239 values of weight"));
  CHECK_THAT(after([&](Network& n) { linear(n, "head").bias.pop_back(); }), Contains("head: 9 values of bias / 10"));
  CHECK_THAT(after([&](Network& n) { linear(n, "head").shift[3] = 32; }), Contains("head.shift[3]: 32 / 0..31"));
  CHECK_THAT(after([&](Network& n) { n.get<op::Affine>("outer.pre").params.weight.push_back(1); }),
             Contains("outer.pre: 25 values of weight / 24"));
  CHECK_THAT(after([&](Network& n) { n.tensors[1].rows = 12; }),
             Contains("embed: an output [12,24] / an output [16,24]"));
  CHECK_THAT(after([](Network& n) { n.nodes[2].inputs = {7}; }),
             Contains("outer.pre: reads 'outer.add', which is made"));
  CHECK_THAT(after([](Network& n) { n.nodes[2].inputs = {70}; }), Contains("outer.pre: no input"));
  CHECK_THAT(after([](Network& n) { n.nodes[2].inputs = {1, 1}; }), Contains("outer.pre: 2 inputs / 1"));
  CHECK_THAT(after([](Network& n) { n.nodes[2].output = 1; }),
             Contains("outer.pre: an output that another layer makes"));
  CHECK_THAT(after([](Network& n) { n.nodes[2].name = "embed"; }), Contains("embed: a second layer of that name"));
  CHECK_THAT(after([](Network& n) { n.add("loose", op::Affine{}, {1}); }),
             Contains("head: an output that nothing reads"));
  CHECK_THAT(after([](Network& n) { n.output = 3; }), Contains("head: an output that nothing reads"));

  Network table = three_readers().network;
  table.get<op::Lookup>("ways.psa").params.points = 10;
  CHECK_THAT(first(table), Contains("ways.psa: 10 points") && Contains("2^k + 1"));
  Network tokens(12, 4);
  tokens.add("pool", op::TokenMean{}, {0});
  CHECK_THAT(first(tokens), Contains("pool: 12 tokens / a power of two"));
  Network classes(2, 10);
  classes.add("class", op::ArgMax{}, {0});
  CHECK_THAT(first(classes), Contains("class: an input [2,10] / one vector of at most 256 values"));
  Network wide(1, kMaxLinearInputs + 1);
  wide.add("fc", linear_of(kMaxLinearInputs + 1, 1), {0});
  CHECK_THAT(first(wide), Contains("fc: 131072 inputs / 1..131071"));
  Network sum(2, 4);
  const int a = sum.add("a", linear_of(4, 6), {0}), b = sum.add("b", linear_of(4, 5), {0});
  sum.add("sum", op::Add{}, {a, b});
  sum.get<op::Linear>("a").params =
      LinearParams{4, 6, std::vector<int8_t>(24), std::vector<int8_t>(6), std::vector<uint8_t>(6)};
  sum.get<op::Linear>("b").params =
      LinearParams{4, 5, std::vector<int8_t>(20), std::vector<int8_t>(5), std::vector<uint8_t>(5)};
  CHECK_THAT(first(sum), Contains("sum: 'a' [2,6] and 'b' [2,5] / equal shapes"));
}

TEST_CASE("lanes divide every vector, the logits' apart") {
  CHECK(vector_widths(resmlp(ModelConfig{})) == std::vector<int>{48, 64, 96});
  CHECK(common_lanes(resmlp(ModelConfig{})) == std::vector<int>{1, 2, 4, 8, 16});
  CHECK(vector_widths(straight_mixer().network) == std::vector<int>{8, 16, 20, 24, 48});
  CHECK(common_lanes(straight_mixer().network) == std::vector<int>{1, 2, 4});
  CHECK(vector_widths(classifier().network) == std::vector<int>{16, 24, 36, 48});  // the head's ten are its own affair
  Network table_last(4, 6);  // a lookup gives as many lanes as it takes
  table_last.add("psa", op::Lookup{}, {table_last.add("fc", linear_of(6, 9), {0})});
  CHECK(vector_widths(table_last) == std::vector<int>{6, 9});
}
