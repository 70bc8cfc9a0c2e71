// What stands between training and integers names its layers as the graph does.
#include "sw/quant/steps.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace psaflow {

TEST_CASE("quantisation and training call their layers what the graph calls them") {
  for (const Activation activation : {Activation::kPsa, Activation::kRelu}) {
    ModelConfig config;
    config.embed = 24;
    config.hidden = 20;
    config.blocks = 2;
    config.activation = activation;
    const Network network = resmlp(config);
    StepModel steps;  // of the graph's shapes, as to_steps() makes it
    steps.config = config;
    steps.blocks.resize(static_cast<size_t>(config.blocks));
    if (config.has_tables()) {
      for (BlockSteps& b : steps.blocks) b.psa1 = b.psa2 = TableSteps{};
    }
    std::vector<std::string> seen, expected;
    for_each_layer(steps, [&](const std::string& name, const auto&) { seen.push_back(name); });
    for (const Node& node : network.nodes) {
      visit_constants(node.op, [&](const auto&) { expected.push_back(node.name); });
    }
    CHECK(seen == expected);
  }
}

}  // namespace psaflow
