// The top: every stage and every FIFO, in dataflow order.
#pragma once
#include <string>
#include <vector>

#include "rtl_gen/generate/stage_modules.h"

namespace psaflow::rtl {

// structure: of this pipeline. stages: by its stage index.
std::string generate_top(const Pipeline& pipeline, const Structure& structure, const std::vector<StageRtl>& stages,
                         const std::string& top, const std::string& title, bool taps);

}  // namespace psaflow::rtl
