// The manifest: what a test bench or an integrator has to know of a generated design, as JSON.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "rtl_gen/generate/stage_modules.h"

namespace psaflow::rtl {

// Its configuration, as a model file has it.
nlohmann::ordered_json network_json(const ModelConfig& config);

std::string generate_manifest(const Pipeline& pipeline, const CyclePrediction& plan, const DesignOptions& options,
                              const Design& design, const std::vector<StageRtl>& stages);

}  // namespace psaflow::rtl
