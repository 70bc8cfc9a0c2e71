#include "models/streaming/heartbeat.h"

namespace psaflow::streaming {

Heartbeat::Heartbeat(sc_core::sc_module_name name, sc_core::sc_time period, std::function<bool(int64_t)> between)
    : sc_module(name), edge_("edge"), period_(period), between_(std::move(between)) {
  SC_HAS_PROCESS(Heartbeat);
  SC_METHOD(beat);
}

void Heartbeat::beat() {
  ++cycle_;
  if (!active_) {
    dead_ = true;
    return;
  }
  if (!between_(cycle_)) return;
  active_ = false;
  edge_.notify(sc_core::SC_ZERO_TIME);
  next_trigger(period_);
}

}  // namespace psaflow::streaming
