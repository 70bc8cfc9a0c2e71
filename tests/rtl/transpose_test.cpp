// The transpose: several images back to back under every kind of traffic, cycles as planned, nothing left over after a
// reset.
#include <catch2/catch.hpp>

#include "Vtranspose2x2w2.h"
#include "Vtranspose3x5.h"
#include "Vtranspose4x12w4.h"
#include "Vtranspose8x6w2.h"
#include "models/plan/stage_timing.h"
#include "tests/rtl/stream_bench.h"

namespace psaflow::test {
namespace {

constexpr Traffic kTraffic[] = {{1, 1, 1}, {0.5, 0.5, 2}, {1, 0.3, 3}, {0.3, 1, 4}};

template <typename Model>
void check(int vectors, int elements, int lanes) {
  INFO(vectors << " x " << elements << ", " << lanes << " lanes");
  Leaf<Model> leaf;
  StreamBench bench = leaf.bench(lanes, lanes);
  Rng rng(static_cast<uint64_t>(vectors));
  Stage stage;
  stage.kind = StageKind::kTranspose;
  stage.in = {vectors, elements, lanes};
  stage.out = {elements, vectors, lanes};
  const int size = vectors * elements;
  constexpr int kImages = 7;
  for (const Traffic& traffic : kTraffic) {
    const Bytes x = random_bytes(rng, static_cast<size_t>(kImages * size));
    Bytes y(x.size());
    for (int i = 0; i < kImages; ++i) {
      for (int v = 0; v < vectors; ++v) {
        for (int e = 0; e < elements; ++e)
          y[static_cast<size_t>(i * size + e * vectors + v)] = x[static_cast<size_t>(i * size + v * elements + e)];
      }
    }
    bench.reset();
    bench.run({x}, 10000, traffic, {}, size / lanes * 3 / 2);  // reset in the second image
    bench.reset();
    const auto clock = make_stage_clock(stage);
    const Handshakes h = bench.run({x}, x.size() / static_cast<size_t>(lanes), traffic, {clock.get()});
    CHECK(h.problem == "");
    CHECK(h.out[0] == y);
    if (traffic.valid == 1 && traffic.ready == 1) {
      const StageTiming timing = stage_timing(stage, timing_profile("rtl"));
      // The first image fills, then all leave without a pause; the run ends in the cycle of the last beat.
      CHECK(h.cycles == (kImages + 1) * timing.period_cycles + timing.latency_cycles - 1);
    }
  }
}

TEST_CASE("transpose") {
  check<Vtranspose3x5>(3, 5, 1);
  check<Vtranspose8x6w2>(8, 6, 2);
  check<Vtranspose4x12w4>(4, 12, 4);
  check<Vtranspose2x2w2>(2, 2, 2);
}

}  // namespace
}  // namespace psaflow::test
