// What the plan decides for itself: folding and lanes for a wanted II, and the least residual FIFOs that keep it.
#include <catch2/catch.hpp>

#include "models/plan/beat_times.h"
#include "models/plan/build.h"
#include "models/plan/cascade.h"
#include "models/plan/cycles.h"
#include "models/plan/stage_timing.h"
#include "sw/base/error.h"
#include "sw/golden/random_model.h"

namespace psaflow {
namespace {

IntModel small_model() {
  ModelConfig c;
  c.patch = 8;  // 16 tokens of 192 features
  c.embed = 24;
  c.hidden = 48;
  c.blocks = 2;
  return random_model(c, 65, 5);
}

// The last interval between images that enter as fast as they are taken; 0: deadlock.
int64_t measured_ii(const Pipeline& pipeline) {
  BeatTimesOptions options;
  options.images = 20;
  const BeatTimesResult times = beat_times(pipeline, options);
  if (times.deadlock) return 0;
  return (times.image_done[19] - times.image_done[15]) / 4;
}

int64_t all_dsps(const Pipeline& pipeline) {
  int64_t sum = 0;
  for (const Stage& s : pipeline.stages) sum += dsps(s);
  return sum;
}

}  // namespace

TEST_CASE("a target II is met with the fewest DSPs of every legal folding") {
  const IntModel model = small_model();
  int64_t last = INT64_MAX;
  for (int64_t target : {3072, 4000, 9216, 40000}) {
    StreamingOptions options;
    options.target_ii_cycles = target;
    const Pipeline pipeline = build_streaming(model.network, options);
    CHECK(predict_ii(pipeline) <= target);
    for (const Stage& stage : pipeline.stages) {
      if (stage.kind != StageKind::kLinear) continue;
      INFO("target " << target << ", " << stage.name << " pe " << stage.pe << " simd " << stage.simd);
      CHECK(stage.linear()->out % stage.pe == 0);
      CHECK(stage.linear()->in % stage.simd == 0);
      for (int pe = 1; pe <= stage.linear()->out; ++pe) {  // nothing cheaper is fast enough
        for (int simd = 1; simd <= stage.linear()->in; ++simd) {
          if (stage.linear()->out % pe != 0 || stage.linear()->in % simd != 0) continue;
          Stage cheaper = stage;
          cheaper.pe = pe;
          cheaper.simd = simd;
          cheaper.packed = pe % 2 == 0;
          if (dsps(cheaper) >= dsps(stage)) continue;
          CHECK(stage_timing(cheaper, pipeline.profile).period_cycles > target);
        }
      }
    }
    CHECK(all_dsps(pipeline) <= last);
    last = all_dsps(pipeline);
    CHECK(measured_ii(pipeline) == predict_ii(pipeline));
  }
}

TEST_CASE("lanes: auto takes the fewest that meet the target; what cannot be met is an error with the best") {
  const IntModel model = small_model();
  StreamingOptions options;
  options.choose_lanes = true;
  options.target_ii_cycles = 1000;
  const Pipeline pipeline = build_streaming(model.network, options);
  CHECK(pipeline.streams.front().shape.lanes == 4);  // 16 tokens x 192 features: 3072 beats at 1 lane, 768 at 4
  CHECK(predict_ii(pipeline) == 768);
  options.target_ii_cycles = 10;
  CHECK_THROWS_WITH(build_streaming(model.network, options),
                    Catch::Contains("target_ii_cycles") && Catch::Contains("10") && Catch::Contains("384"));
  options.choose_lanes = false;
  CHECK_THROWS_WITH(build_streaming(model.network, options), Catch::Contains("lanes: auto") && Catch::Contains("3072"));
}

TEST_CASE("minimal residual FIFOs keep the II, and one beat less loses it") {
  const IntModel model = small_model();
  for (const bool folded : {false, true}) {
    StreamingOptions options;
    options.minimal_residuals = true;
    if (folded) options.target_ii_cycles = 9000;
    int steps = 0, most = 0;
    options.on_search = [&](int done, int all) {
      CHECK(done == ++steps);
      CHECK(done <= all);
      most = all;
    };
    const Pipeline pipeline = build_streaming(model.network, options);
    CHECK(steps > 0);
    CHECK(steps >= most / 2);  // as many as bisections take, or few less
    const std::vector<int> required = required_residual_depths(pipeline);
    const int64_t ii = predict_ii(pipeline);
    CHECK(measured_ii(pipeline) == ii);
    for (size_t s = 0; s < pipeline.streams.size(); ++s) {
      if (!pipeline.streams[s].residual) continue;
      INFO("folded " << folded << ", " << pipeline.streams[s].name << ": " << pipeline.streams[s].fifo_depth << " of "
                     << required[s]);
      CHECK(pipeline.streams[s].fifo_depth <= required[s]);
      if (pipeline.streams[s].fifo_depth == 1) continue;
      Pipeline less = pipeline;  // in this sub-layer of every block
      for (Stream& stream : less.streams) {
        if (stream.residual && stream.fifo_depth == pipeline.streams[s].fifo_depth) --stream.fifo_depth;
      }
      CHECK(measured_ii(less) != ii);
    }
  }
}

}  // namespace psaflow
