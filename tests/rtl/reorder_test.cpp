// The reordering buffer as the patch buffer that it serves as: several images back to back under every kind of traffic,
// cycles as planned, nothing left over after a reset.
#include <catch2/catch.hpp>

#include "Vreorder_pixels.h"
#include "Vreorder_pixels_wide.h"
#include "Vreorder_planes.h"
#include "models/plan/stage_timing.h"
#include "tests/rtl/stream_bench.h"

namespace psaflow::test {
namespace {

constexpr Traffic kTraffic[] = {{1, 1, 1}, {0.5, 0.5, 2}, {1, 0.3, 3}, {0.3, 1, 4}};

// An image of 4 x 8 pixels of 3 channels in patches of 2 x 2.
template <typename Model>
void check(bool planar, int lanes) {
  INFO((planar ? "planes, " : "pixels, ") << lanes << " lanes");
  Leaf<Model> leaf;
  StreamBench bench = leaf.bench(lanes, lanes);
  Rng rng(static_cast<uint64_t>(lanes));
  op::Patches p;
  p.channels = 3;
  p.height = 4;
  p.width = 8;
  p.patch = 2;
  p.planar = planar;
  Node node;
  node.op = p;
  Stage stage;
  stage.kind = StageKind::kPatches;
  stage.node = &node;
  stage.in = planar ? StreamShape{96, 1, 1} : StreamShape{16, 6, lanes};
  stage.out = {8, 12, lanes};
  constexpr int kImages = 7, kSize = 96;
  for (const Traffic& traffic : kTraffic) {
    const Bytes x = random_bytes(rng, static_cast<size_t>(kImages * kSize));
    Bytes y;
    for (int i = 0; i < kImages; ++i) {
      for (int token = 0; token < 8; ++token) {
        for (int row = 0; row < 2; ++row) {
          for (int column = 0; column < 2; ++column) {
            for (int c = 0; c < 3; ++c) {
              const int h = token / 4 * 2 + row, w = token % 4 * 2 + column;
              y.push_back(x[static_cast<size_t>(i * kSize + (planar ? (c * 4 + h) * 8 + w : (h * 8 + w) * 3 + c))]);
            }
          }
        }
      }
    }
    bench.reset();
    bench.run({x}, 10000, traffic, {}, kSize / lanes * 3 / 2);  // reset in the second image
    bench.reset();
    const auto clock = make_stage_clock(stage);
    const Handshakes h = bench.run({x}, x.size() / static_cast<size_t>(lanes), traffic, {clock.get()});
    CHECK(h.problem == "");
    CHECK(h.out[0] == y);
    if (traffic.valid == 1 && traffic.ready == 1) {
      const StageTiming timing = stage_timing(stage, timing_profile("rtl"));
      CHECK(timing.period_cycles == kSize / lanes);
      // The first unit fills, then all leave without a pause; the run ends in the cycle of the last beat.
      CHECK(h.cycles == timing.beats_in + kImages * timing.period_cycles + timing.latency_cycles - 1);
    }
  }
}

TEST_CASE("patches out of pixels and of planes") {
  check<Vreorder_pixels>(false, 1);
  check<Vreorder_pixels_wide>(false, 3);
  check<Vreorder_planes>(true, 1);
}

}  // namespace
}  // namespace psaflow::test
