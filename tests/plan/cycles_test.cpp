// The analytic view against hand-worked numbers; that SystemC finds the same ones is tested in tests/streaming.
#include "models/plan/cycles.h"

#include <catch2/catch.hpp>

#include "models/plan/beat_channel.h"
#include "models/plan/beat_times.h"
#include "models/plan/stage_timing.h"
#include "tests/plan/small_models.h"

using namespace psaflow;
using namespace psaflow::test;

namespace {

Pipeline pipeline(const IntModel& model, const std::string& profile, int lanes = 1) {
  return build_streaming(model.network, options(profile, lanes));
}

// II in the steady state, by the beat times of many images.
int64_t steady_ii(const Pipeline& p) {
  BeatTimesOptions o;
  o.images = 16;
  const BeatTimesResult r = beat_times(p, o);
  return r.deadlock ? -1 : r.image_done[15] - r.image_done[14];
}

}  // namespace

TEST_CASE("II of the paper's designs") {
  const IntModel psa = random_model(paper_psa(), 65, 1);
  const IntModel relu96 = random_model(paper_relu(96), 65, 1), relu192 = random_model(paper_relu(192), 65, 1);
  const std::string vitis = "vitis-hls-2023.1";
  CHECK(predict_ii(pipeline(psa, vitis)) == 6240);
  CHECK(predict_ii(pipeline(relu96, vitis)) == 6240);
  CHECK(predict_ii(pipeline(relu192, vitis)) == 12352);
  for (int lanes : {1, 2, 4, 8}) {
    CHECK(predict_ii(pipeline(psa, "rtl", lanes)) == 6144 / lanes);
    CHECK(predict_ii(pipeline(relu192, "rtl", lanes)) == 12288 / lanes);
  }
  const CyclePrediction p = predict_cycles(pipeline(psa, vitis));
  CHECK(p.stages[static_cast<size_t>(p.bottleneck)].name == "blocks.0.token.mix");
}

TEST_CASE("timing of a linear stage, by hand") {
  const IntModel model = random_model(small_psa(), 65, 1);  // fc1: 24 -> 36 over 16 tokens
  StreamingOptions o = options("vitis-hls-2023.1", 2);
  o.stages["blocks.0.channel.fc1"].simd = 8;
  o.stages["blocks.0.channel.fc1"].pe = 6;
  const Pipeline p = build_streaming(model.network, o);
  const StageTiming t = stage_timing(p.stages[static_cast<size_t>(stage_index(p, "blocks.0.channel.fc1"))], p.profile);
  CHECK(t.units == 16);
  CHECK(t.beats_in == 12);         // 24 / 2
  CHECK(t.steps == 18);            // (24 / 8) * (36 / 6)
  CHECK(t.results == 6);           // of 6 outputs
  CHECK(t.beats_per_result == 3);  // 6 / 2
  CHECK(t.steps_per_result() == 3);
  CHECK(t.period_cycles == 16 * (18 + 1));
  CHECK(t.latency_cycles == 8 + 3 + 2 + 1);  // registers, tree over 8, two more steps, gearbox
}

TEST_CASE("timing of a linear stage on DSP cascades, by hand") {
  const IntModel model = random_model(small_psa(), 65, 1);  // fc1: 24 -> 36 over 16 tokens
  const auto timing = [&](int pe, int simd, bool packed) {
    StreamingOptions o = options("rtl", 2);
    StageChoice& choice = o.stages["blocks.0.channel.fc1"];
    choice.pe = pe, choice.simd = simd, choice.packed = packed;
    const Pipeline p = build_streaming(model.network, o);
    return stage_timing(p.stages[static_cast<size_t>(stage_index(p, "blocks.0.channel.fc1"))], p.profile);
  };
  // All inputs at once: two lanes of 12 inputs are two columns; 11 rows and one join.
  CHECK(timing(2, 24, false).latency_cycles == 7 + 11 + 2);
  // Slices of 8, one column; a sum more in a register; two more steps; results of 3 beats.
  const StageTiming sliced = timing(6, 8, false);
  CHECK(sliced.latency_cycles == 7 + 7 + 1 + 2 + 1);
  CHECK(sliced.steps == 18);
  CHECK(sliced.rigid);
  // Packed: four columns of 6; pre-adder, operand, and a cycle for each two columns.
  CHECK(timing(2, 24, true).latency_cycles == 7 + 5 + 2 + 2);
  // Six beats a result of a single step: five idle ones before it.
  const StageTiming slow = timing(12, 24, false);
  CHECK(slow.steps == 3 * 6);
  CHECK(slow.period_cycles == 16 * 18);
  CHECK(slow.latency_cycles == 7 + 11 + 2 + 5 + 1);
}

TEST_CASE("latency of the first stage, by hand") {
  const IntModel model = random_model(small_psa(), 65, 1);  // embed: 48 -> 24
  const Pipeline p = pipeline(model, "rtl");
  const CyclePrediction c = predict_cycles(p);
  // Pushed in cycle 0, popped in 1..48; then 7 registers, and 19 cycles down three columns of 16: 15 rows, two joins.
  CHECK(c.stages[0].first_out_cycles == 48 + 7 + 19);
  // Limited by its 48 input beats a vector; the last of 16 vectors is emitted in 24 cycles.
  CHECK(c.stages[0].last_out_cycles == 16 * 48 + 7 + 19 + 23);
  // The fork has no register.
  CHECK(c.stages[1].first_out_cycles == c.stages[0].first_out_cycles + 1);
}

TEST_CASE("the computed residual depth keeps the II, and little less does not") {
  for (const char* profile : {"rtl", "vitis-hls-2023.1"}) {
    for (int lanes : {1, 4}) {
      const IntModel model = random_model(network(32, 32, 2, 16, 4), 65, 1);
      Pipeline p = pipeline(model, profile, lanes);
      const int64_t ii = predict_ii(p);
      INFO(profile << " lanes " << lanes);
      CHECK(steady_ii(p) == ii);
      for (const char* name :
           {"blocks.0.token.residual->blocks.0.token.add", "blocks.1.token.residual->blocks.1.token.add"}) {
        Stream& s = p.streams[static_cast<size_t>(stream_index(p, name))];
        const int depth = s.fifo_depth;
        CHECK(required_residual_depth(p, stream_index(p, name)) == depth);
        s.fifo_depth = depth * 9 / 10;
        CHECK((steady_ii(p) == -1 || steady_ii(p) > ii));
        s.fifo_depth = depth / 3;  // less than one image: the transpose never gets all of it
        CHECK(steady_ii(p) == -1);
        s.fifo_depth = depth;
      }
    }
  }
}

TEST_CASE("for the paper's network one beat less on a channel residual costs throughput") {
  const IntModel model = random_model(network(96, 96, 1, 32, 4), 65, 1);
  Pipeline p = pipeline(model, "rtl");
  Stream& s = p.streams[static_cast<size_t>(stream_index(p, "blocks.0.channel.residual->blocks.0.channel.add"))];
  CHECK(steady_ii(p) == 6144);
  --s.fifo_depth;
  CHECK(steady_ii(p) > 6144);
}

TEST_CASE("a rigid pipeline keeps its distances, a stalled one moves by the stall") {
  detail::RigidPipe pipe(3);
  CHECK(pipe.entry(10) == 10);
  pipe.enter(10, true);
  CHECK(pipe.entry(0) == 11);
  pipe.enter(11, true);
  CHECK(pipe.head_arrival() == 13);
  CHECK(pipe.entry(13) == detail::kNotYet);  // whether the head leaves in 13 is not known yet
  pipe.leave(15);                            // stood still in 13 and 14
  CHECK(pipe.head_arrival() == 16);
  CHECK(pipe.entry(12) == 12);  // before the stall
  CHECK(pipe.entry(13) == 15);  // in it
}

TEST_CASE("a FIFO of depth one passes every other cycle") {
  detail::BeatChannel c(1, 100);
  c.push(0);
  CHECK_FALSE(c.space_known());
  CHECK(c.beat_time() == 1);
  c.pop(1);
  CHECK(c.space_time() == 2);
}
