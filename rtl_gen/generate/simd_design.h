// The fixed-size accelerator as a design: its modules, and a top of the design's name with the hardware's figures. Its text depends on the
// hardware alone: every network that fits shares it, and its Verilator build.
#pragma once
#include "models/simd/hardware.h"
#include "rtl_gen/generate/design.h"
#include "rtl_gen/syntax/syntax.h"

namespace psaflow {

// probes: ports that show when passes are loaded, begin, end and retire, and when results are in memory; for co-simulation.
Design generate_simd_design(const SimdHardware& hardware, const std::string& scenario, bool probes);

namespace rtl {

// Of the top without probes: clock, reset, registers (AXI4-Lite), memory (AXI4), interrupt.
std::vector<sv::Port> simd_ports(const SimdHardware& hardware);

}  // namespace rtl
}  // namespace psaflow
