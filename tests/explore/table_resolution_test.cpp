#include "models/explore/table_resolution.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "sw/golden/random_model.h"

namespace psaflow {
namespace {

IntModel small(Activation activation, int points) {
  ModelConfig config;
  config.activation = activation;
  config.embed = 8;
  config.hidden = 8;
  config.blocks = 1;
  return random_model(config, points, 7);
}

TEST_CASE("Resolutions of a model: its own and what lies below") {
  CHECK(table_resolutions(small(Activation::kRelu, 65)).empty());
  CHECK(table_resolutions(small(Activation::kPsa, 17)) == std::vector<int>{17, 9, 5, 3});
  CHECK(table_resolutions(small(Activation::kPsa, 256)) == std::vector<int>{256, 129, 65, 33, 17, 9, 5, 3});
}

TEST_CASE("A coarser table holds every so manieth value") {
  for (int own : {65, 256}) {
    const IntModel model = small(Activation::kPsa, own);
    const IntModel coarse = with_table_points(model, 9);
    size_t tables = 0;
    for (size_t n = 0; n < model.network.nodes.size(); ++n) {
      const auto* from = std::get_if<op::Lookup>(&model.network.nodes[n].op);
      if (from == nullptr) continue;
      ++tables;
      const TableParams &a = from->params, &b = std::get<op::Lookup>(coarse.network.nodes[n].op).params;
      REQUIRE(b.points == 9);
      REQUIRE(b.values.size() == static_cast<size_t>(9 * b.channels));
      const int step = own == 65 ? 8 : 32;
      for (int c = 0; c < a.channels; ++c) {
        for (int i = 0; i < 8; ++i) CHECK(b.channel(c)[i] == a.channel(c)[i * step]);
        const int beyond =
            own == 65 ? a.channel(c)[64] : std::min(127, std::max(-128, 2 * a.channel(c)[255] - a.channel(c)[254]));
        CHECK(b.channel(c)[8] == beyond);
      }
    }
    CHECK(tables == 2);
  }
}

}  // namespace
}  // namespace psaflow
