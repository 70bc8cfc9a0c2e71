// NAME.core: the IP for FuseSoC (CAPI2).
#pragma once
#include <string>
#include <vector>

#include "rtl_gen/generate/design.h"
#include "rtl_gen/package/ip.h"

namespace psaflow::ip {

// `files`: those of rtl, sim and constraints, in the order in which they compile.
std::string core_file(const Core& core, const std::vector<TextFile>& files);

}  // namespace psaflow::ip
