// The compiled program, interpreted, against the golden model: any network, any tile.
#include <catch2/catch.hpp>

#include "models/simd/datapath.h"
#include "sw/network/verify.h"
#include "tests/simd/samples.h"

namespace psaflow::test {
namespace {

std::vector<int8_t> reference(const Network& network, const int8_t* values) {
  Int8Matrix patches(network.input().rows, network.input().cols);
  std::copy(values, values + network.input().size(), patches.data.begin());
  return run_reference(network, patches);
}

TEST_CASE("interpreted programs are golden, for every network and tile") {
  for (const Sample& sample : simd_samples()) {
    REQUIRE(verify(sample.network).empty());
    for (int tile : kSimdTiles) {
      CAPTURE(sample.name, tile);
      SimdOptions options;
      options.tile = tile;
      const SimdPlan plan = plan_simd(sample.network, options);
      REQUIRE(plan.mapping);
      const auto values = static_cast<size_t>(sample.network.input().size());
      const size_t count = 3;
      Rng rng(static_cast<uint64_t>(tile) + sample.name.size());
      std::vector<int8_t> images(count * values);
      for (int8_t& v : images) v = random_int8(rng);
      const std::vector<int8_t> found = interpret_simd(sample.network, *plan.mapping, images.data(), count);
      std::vector<int8_t> wanted;
      for (size_t i = 0; i < count; ++i) {
        const std::vector<int8_t> one = reference(sample.network, images.data() + i * values);
        wanted.insert(wanted.end(), one.begin(), one.end());
      }
      CHECK(found == wanted);
    }
  }
}

}  // namespace
}  // namespace psaflow::test
