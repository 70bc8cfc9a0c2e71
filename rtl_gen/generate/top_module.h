// The top: every stage and every FIFO, in dataflow order.
#pragma once
#include <string>
#include <vector>

#include "rtl_gen/generate/stage_modules.h"

namespace psaflow::rtl {

// stages: by stage index of the pipeline.
std::string generate_top(const Pipeline& pipeline, const std::vector<StageRtl>& stages, const std::string& top,
                         const std::string& title, bool taps);

}  // namespace psaflow::rtl
