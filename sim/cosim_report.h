// What `psaflow cosim` says: the tables and the JSON of one co-simulation, plan, SystemC and RTL side by side.
#pragma once
#include <string>
#include <vector>

#include "sim/cosim_session.h"

namespace psaflow {

// Why the run fails, one line each; empty: it passes.
std::vector<std::string> cosim_failures(const CosimSession& session);

void print_cosim_tables(const CosimSession& session);
std::string cosim_json(const CosimSession& session);

// How far the RTL's first and last output cycles and intervals of a stage are from plan and SystemC, the most, in
// cycles.
int64_t stage_cycles_off(const CosimSession& session, size_t stage);

// How far a cycle count of the RTL is from the plan's or SystemC's, the most, in %; what is 0 is not known and not
// compared.
double percent_off(int64_t rtl, int64_t plan, int64_t systemc);

}  // namespace psaflow
