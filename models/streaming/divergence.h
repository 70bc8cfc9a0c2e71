// The first stage whose output is not what the golden model has there.
#pragma once
#include <functional>
#include <optional>

#include "models/plan/stage_function.h"
#include "models/streaming/accelerator.h"

namespace psaflow::streaming {

// output(stage): what the stage gave for the image, in stream order. patches: the image's, [T, F]. Stages are looked at
// in dataflow order, elements in the order of the golden tap.
std::optional<Divergence> first_divergence(const Pipeline& pipeline, const int8_t* patches, size_t image,
                                           const std::function<const int8_t*(int stage)>& output);

// A fault of the options as an element of a stage's output stream. UserError names what is not in the pipeline.
StageFault resolve_fault(const Pipeline& pipeline, const Fault& fault);

}  // namespace psaflow::streaming
