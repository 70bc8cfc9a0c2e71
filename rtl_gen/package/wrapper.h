// The modules that the package adds: the IP's top with its AXI4-Stream ports, and the test bench around it.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "models/plan/stage.h"
#include "rtl_gen/package/ip.h"

namespace psaflow::ip {

Ports ports(const Pipeline& pipeline);

// Beats of the FIFO that remembers which images in flight came in a wrong packet: more than are in flight at the full
// rate, so that it holds nothing up.
int images_in_flight(int64_t latency_cycles, int64_t ii_cycles);

// Module TOP around TOP_core.
std::string wrapper_module(const Pipeline& pipeline, const std::string& top, const std::string& title,
                           int images_in_flight);

// Module TOP_tb: the bench and TOP. To be run in the IP's folder.
std::string test_bench_module(const Pipeline& pipeline, const std::string& top, const std::string& title,
                              size_t images);

}  // namespace psaflow::ip
