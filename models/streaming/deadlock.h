// Who holds up whom when nothing moves any more.
#pragma once
#include "models/streaming/accelerator_model.h"

namespace psaflow::streaming {

struct Culprit {
  int stage = 0, stream = 0;
};

// The full FIFO that closes the circle: an add waits for the long way while its residual FIFO is full, so the fork,
// which feeds both, cannot go on.
Culprit find_culprit(const AcceleratorModel& model);

}  // namespace psaflow::streaming
