// SystemC keeps its state in one global context, which serves one simulation. This gives each simulation its own.
#pragma once
#include <systemc>

namespace psaflow::streaming {

// While it lives, what is built goes into a fresh context; all of that must be gone before it. The context of before
// comes back afterwards: SystemC's own static objects live in it until the program ends.
class SimulationContext {
 public:
  SimulationContext();
  ~SimulationContext();
  SimulationContext(const SimulationContext&) = delete;
  SimulationContext& operator=(const SimulationContext&) = delete;

 private:
  sc_core::sc_simcontext* before_;
  sc_core::sc_simcontext* before_default_;
};

}  // namespace psaflow::streaming
