// The clock of the model: counts cycles and wakes every clocked process once a cycle. Not an sc_clock: one event a
// cycle is enough, the cycle number is a plain integer, and it stops by itself when nothing can move any more.
#pragma once
#include <cstdint>
#include <functional>
#include <systemc>

namespace psaflow::streaming {

class Heartbeat : public sc_core::sc_module {
 public:
  // between(cycle): called before each cycle, when the state is that of the registers; false ends the simulation.
  Heartbeat(sc_core::sc_module_name name, sc_core::sc_time period, std::function<bool(int64_t)> between);

  const sc_core::sc_event& edge() const { return edge_; }
  const int64_t& cycle() const { return cycle_; }

  // Processes report that they changed some state; a cycle in which none did is followed by the same for ever.
  void mark_active() { active_ = true; }
  bool dead() const { return dead_; }

 private:
  void beat();

  sc_core::sc_event edge_;
  sc_core::sc_time period_;
  std::function<bool(int64_t)> between_;
  int64_t cycle_ = -1;
  bool active_ = true, dead_ = false;
};

}  // namespace psaflow::streaming
