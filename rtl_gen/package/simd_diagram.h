// A block diagram of the fixed-size accelerator's IP, as SVG: its blocks with their figures, the paths between them, its buses.
#pragma once
#include <string>

#include "models/simd/hardware.h"
#include "rtl_gen/package/ip.h"

namespace psaflow::ip {

// What models/structure/simd_blocks.h tells, and the ports of `core`. The same hardware and ports give the same text.
std::string simd_block_diagram(const SimdHardware& hardware, const Core& core);

}  // namespace psaflow::ip
