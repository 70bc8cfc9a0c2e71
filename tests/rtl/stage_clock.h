// The handshake of a stage, cycle by cycle, written from the timing contract alone, its numbers included: in which cycles
// a stage of our RTL is ready and its output valid. Every leaf must agree with it in every cycle, whatever its neighbours
// do.
#pragma once
#include <memory>
#include <vector>

#include "models/plan/stage.h"

namespace psaflow::test {

class StageClock {
 public:
  virtual ~StageClock() = default;
  virtual bool out_valid() const = 0;
  virtual bool in_ready(bool out_ready) const = 0;
  virtual void tick(bool in_valid, bool out_ready) = 0;  // one clock edge
};

std::unique_ptr<StageClock> make_stage_clock(const Stage& stage);

}  // namespace psaflow::test
