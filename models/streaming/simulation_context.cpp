#include "models/streaming/simulation_context.h"

#include <cstdlib>

namespace psaflow::streaming {
namespace {

// SystemC's main() prints its banner before it calls sc_main; only the environment can ask it not to.
[[maybe_unused]] const int kNoBanner = setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);

}  // namespace

SimulationContext::SimulationContext()
    : before_(sc_core::sc_get_curr_simcontext()), before_default_(sc_core::sc_default_global_context) {
  sc_core::sc_curr_simcontext = sc_core::sc_default_global_context = new sc_core::sc_simcontext();
}

SimulationContext::~SimulationContext() {
  delete sc_core::sc_curr_simcontext;
  sc_core::sc_curr_simcontext = before_;
  sc_core::sc_default_global_context = before_default_;
}

}  // namespace psaflow::streaming
