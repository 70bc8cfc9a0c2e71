// Who waits for whom, read off states of standstill that were made by hand.
#include "models/plan/deadlock.h"

#include <catch2/catch.hpp>

#include "tests/plan/small_models.h"

using namespace psaflow;
using namespace psaflow::test;

namespace {

struct State {
  Pipeline pipeline;
  Standstill seen;

  explicit State(const IntModel& model) : pipeline(build_streaming(model.network, options("rtl"))) {
    seen.cycle = 77;
    seen.beats.assign(pipeline.streams.size(), 0);
    seen.blocked.assign(pipeline.stages.size(), false);
  }
  void hold(const std::string& stream, bool full) {
    const auto i = static_cast<size_t>(stream_index(pipeline, stream));
    seen.beats.at(i) = full ? pipeline.streams[i].fifo_depth : 1;
  }
  void block(const std::string& stage) { seen.blocked.at(static_cast<size_t>(stage_index(pipeline, stage))) = true; }
};

std::vector<std::string> stages(const Deadlock& d) {
  std::vector<std::string> names;
  for (const Wait& w : d.waits) names.push_back(w.stage);
  return names;
}

const std::string kSub = "blocks.1.channel.";

}  // namespace

TEST_CASE("a full residual FIFO closes a circle, which is told from the fork on") {
  const IntModel model = random_model(small_psa(), 65, 1);
  State state(model);
  state.hold(kSub + "residual->" + kSub + "add", true);
  state.hold(kSub + "fork->" + kSub + "residual", true);
  state.hold("blocks.1.token.add->" + kSub + "fork", true);
  state.block(kSub + "residual");
  state.block("blocks.1.token.add");
  const Deadlock d = explain_deadlock(state.pipeline, state.seen);
  CHECK(d.cycle == 77);
  CHECK(d.stage == kSub + "fork");
  CHECK(d.fifo == kSub + "residual->" + kSub + "add");
  CHECK(d.depth == state.pipeline.streams[static_cast<size_t>(stream_index(state.pipeline, d.fifo))].fifo_depth);
  CHECK(d.needed_depth == 0);
  CHECK(stages(d) == std::vector<std::string>{kSub + "fork", kSub + "residual", kSub + "add", kSub + "fc2",
                                              kSub + "psa2", kSub + "fc1", kSub + "psa1"});
  for (size_t i = 0; i < d.waits.size(); ++i) {
    CHECK(d.waits[i].for_space == (i < 2));
    CHECK(d.waits[i].beats == (i < 2 ? d.waits[i].depth : 0));
  }
}

TEST_CASE("the first sub-layer that closes a circle is the one at fault") {
  const IntModel model = random_model(small_psa(), 65, 1);
  State state(model);
  for (const std::string sub : {"blocks.0.token.", "blocks.1.token."}) {
    state.hold(sub + "residual->" + sub + "add", true);
    state.hold(sub + "fork->" + sub + "residual", true);
    state.block(sub + "residual");
  }
  CHECK(explain_deadlock(state.pipeline, state.seen).stage == "blocks.0.token.fork");
}

TEST_CASE("a stage that has all it needs and stands still is where the waits end") {
  const IntModel model = random_model(small_psa(), 65, 1);
  State state(model);  // all is empty, but fc1 of the last block does not take the beat that it is offered
  state.hold(kSub + "psa1->" + kSub + "fc1", false);
  const Deadlock d = explain_deadlock(state.pipeline, state.seen);
  CHECK(d.fifo.empty());
  CHECK(d.stage.empty());
  CHECK(stages(d) == std::vector<std::string>{"head", "pool", kSub + "add", kSub + "fc2", kSub + "psa2"});
  CHECK(d.waits.back().fifo == kSub + "fc1->" + kSub + "psa2");
}
