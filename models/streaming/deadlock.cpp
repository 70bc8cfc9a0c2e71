#include "models/streaming/deadlock.h"

#include "sw/base/error.h"

namespace psaflow::streaming {

Culprit find_culprit(const AcceleratorModel& model) {
  const Pipeline& pipeline = model.pipeline();
  const auto full = [&](int stream) { return model.fifos()[static_cast<size_t>(stream)]->full(); };
  const auto empty = [&](int stream) { return model.fifos()[static_cast<size_t>(stream)]->occupancy() == 0; };
  for (const Stage& stage : pipeline.stages) {
    if (stage.kind != StageKind::kAdd || !full(stage.inputs[1]) || !empty(stage.inputs[0])) continue;
    // Back along the short way to the fork.
    int producer = pipeline.streams[static_cast<size_t>(stage.inputs[1])].producer;
    while (producer >= 0 && pipeline.stages[static_cast<size_t>(producer)].kind != StageKind::kFork) {
      producer =
          pipeline.streams[static_cast<size_t>(pipeline.stages[static_cast<size_t>(producer)].inputs[0])].producer;
    }
    PSAFLOW_CHECK(producer >= 0, "every residual begins at a fork");
    return {producer, stage.inputs[1]};
  }
  PSAFLOW_CHECK(false, "nothing moves, yet no residual FIFO is full before an add that waits");
}

}  // namespace psaflow::streaming
