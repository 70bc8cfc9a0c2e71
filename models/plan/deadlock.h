// Who holds up whom when nothing moves any more: read off the FIFOs' fill alone, so it tells the same of the SystemC
// model and of the RTL.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "models/plan/stage.h"

namespace psaflow {

struct Wait {
  std::string stage;       // cannot go on
  std::string fifo;        // the stream that it waits for ...
  bool for_space = false;  // ... to be emptied by its consumer; false: to be filled by its producer
  int64_t beats = 0;       // held by that FIFO
  int depth = 0;
};

struct Deadlock {
  int64_t cycle = 0;        // the first in which nothing moves
  std::string stage;        // that cannot go on: the fork before the full FIFO; empty when no residual FIFO is at fault
  std::string fifo;         // full
  int depth = 0;            // beats
  int needed_depth = 0;     // beats that would do, measured by a run whose residual FIFOs are unbounded; 0: not known
  std::vector<Wait> waits;  // each for the next one, and the last for the first: the circle that holds itself up
};

// What is seen of a pipeline that stands still.
struct Standstill {
  int64_t cycle = 0;           // the first in which nothing moved
  std::vector<int64_t> beats;  // by stream: held by its FIFO
  std::vector<bool> blocked;   // by stage: it offers a beat that is not taken
};

// The full FIFO that closes the circle: an add waits for the long way while its residual FIFO is full, so the fork,
// which feeds both, cannot go on. Where there is none (a pipeline that is broken otherwise) the waits begin at the
// output and end at who has no reason to wait.
Deadlock explain_deadlock(const Pipeline& pipeline, const Standstill& standstill);

}  // namespace psaflow
