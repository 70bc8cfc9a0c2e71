// psaflow cosim of a scenario whose accelerator is the fixed-size one.
#pragma once
#include <boost/program_options.hpp>

#include "models/scenario/scenario.h"
#include "sim/cosim_session.h"
#include "sim/stall_options.h"

namespace psaflow {

// Returns the exit status. UserError where an option was given that only streaming accelerators know.
int cosim_simd_scenario(const boost::program_options::variables_map& values, const Scenario& scenario,
                        const CosimChoices& choices, const StallOptions& stall_choices, const std::string& json_path);

}  // namespace psaflow
