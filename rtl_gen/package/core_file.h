// NAME.core: the IP for FuseSoC (CAPI2).
#pragma once
#include <string>
#include <vector>

#include "rtl_gen/generate/design.h"

namespace psaflow::ip {

// `files`: those of rtl, sim and constraints, in the order in which they compile. `part`: FPGA, as Vivado calls it.
std::string core_file(const std::string& top, const std::string& part, const std::vector<TextFile>& files);

}  // namespace psaflow::ip
