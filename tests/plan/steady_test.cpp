// The steady state is found, not assumed: against following every image; and what no steady state gave is not one.
#include "models/plan/steady.h"

#include <catch2/catch.hpp>

#include "models/plan/cycles.h"
#include "sw/base/rng.h"
#include "tests/plan/small_models.h"

using namespace psaflow;
using namespace psaflow::test;

namespace {

std::vector<int64_t> all_done(const Pipeline& p, int images, const Stalls& stalls = {}) {
  BeatTimesOptions o;
  o.images = images;
  o.stalls = stalls;
  return beat_times(p, o).image_done;
}

}  // namespace

TEST_CASE("what is predicted beyond the images followed is what following them all gives") {
  const IntModel model = random_model(small_psa(), 65, 1);
  Rng rng(7);
  size_t uneven = 0, late = 0, settled = 0;
  for (int trial = 0; trial < 40; ++trial) {
    Pipeline p = build_streaming(model.network, options("rtl", 4));
    const double share = 0.3 + 0.7 * rng.uniform();
    for (Stream& s : p.streams) {
      if (s.residual && rng.below(2) == 0) s.fifo_depth = std::max(1, static_cast<int>(s.fifo_depth * share));
      if (!s.residual) s.fifo_depth = 1 + static_cast<int>(rng.below(trial % 3 == 0 ? 400 : 4));
    }
    const size_t images = 60 + rng.below(60);
    INFO("trial " << trial << ", " << images << " images");
    const std::vector<int64_t> done = all_done(p, static_cast<int>(images));
    const StreamPrediction stream = predict_stream(p, images);
    REQUIRE(stream.deadlock == (done.size() < images));
    if (stream.deadlock) continue;
    CHECK(stream.total_cycles == done.back());
    const auto steady = predict_steady_state(p);
    if (!steady) continue;
    ++settled;
    for (size_t i = steady->from; i + steady->period_images < images; ++i)
      REQUIRE(done[i + steady->period_images] - done[i] == steady->period_cycles);
    if (steady->period_images > 1) ++uneven;
    if (steady->from > 12) ++late;
  }
  CHECK(settled > 20);
  CHECK(uneven + late > 0);  // where twelve images and the last interval would have been wrong
}

TEST_CASE("the II of the slowest stage where a FIFO takes longer to fill than anybody waits") {
  const IntModel model = random_model(small_psa(), 65, 1);
  StreamingOptions o = options("rtl", 2);
  o.fifo_depth = 1 << 20;
  o.stages["head"].simd = 1;
  const Pipeline p = build_streaming(model.network, o);
  const auto steady = predict_steady_state(p);
  REQUIRE(steady.has_value());
  CHECK(steady->ii_cycles() == predict_ii(p));
}

TEST_CASE("a mean that only empties the pipeline is no II") {
  const IntModel model = random_model(small_psa(), 65, 1);
  const Pipeline p = build_streaming(model.network, options("rtl", 2));
  const auto steady = predict_steady_state(p);
  REQUIRE(steady.has_value());
  const int64_t slowest = predict_ii(p);
  const auto measured = [&](size_t images, const Stalls& stalls) {
    const StreamPrediction stream = predict_stream(p, images, stalls);
    return is_steady(p, steady, stalls, {images, stream.ii_cycles, stream.latency_cycles});
  };
  for (const std::string& name : stall_pattern_names()) {
    Stalls stalls;
    stalls.pattern = *find_stall_pattern(name);
    stalls.input_valid_probability = 0.7;
    stalls.output_ready_probability = 0.3;
    INFO(name);
    bool seen = false;
    for (const size_t images : {1, 2, 3, 5, 8, 13, 21, 34, 60, 100}) {
      INFO(images << " images");
      const bool now = measured(images, stalls);
      if (images <= 2) CHECK_FALSE(now);
      seen = seen || now;
      if (!now) continue;
      // As the mean of ten times as many images is, within a fifth.
      const int64_t ii = predict_stream(p, images, stalls).ii_cycles, more = predict_stream(p, 600, stalls).ii_cycles;
      CHECK(ii >= slowest);
      if (stalls.pattern != StallPattern::kBursts) CHECK(static_cast<double>(ii) == Approx(more).epsilon(0.2));
    }
    CHECK(seen);
  }
  CHECK(is_steady(p, steady, {}, {steady->from + 2, slowest, 1}));
  CHECK_FALSE(is_steady(p, steady, {}, {1, 0, 1}));
}
