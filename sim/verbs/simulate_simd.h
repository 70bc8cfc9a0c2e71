// psaflow simulate of a scenario whose accelerator is the fixed-size one.
#pragma once
#include <boost/program_options.hpp>

#include "models/scenario/scenario.h"
#include "sim/stall_options.h"

namespace psaflow {

// Returns the exit status. UserError where an option was given that only streaming accelerators know.
int simulate_simd_scenario(const boost::program_options::variables_map& values, const Scenario& scenario,
                           const std::string& timeline_path, const StallOptions& stall_choices,
                           const std::string& json_path);

}  // namespace psaflow
