// The per-stage choices of a scenario, applied to a pipeline that still has its defaults; illegal ones become user
// errors.
#pragma once
#include "models/plan/build.h"

namespace psaflow::detail {

// Lanes must divide every width that a stream of the model has.
void check_lanes(const IntModel& model, const StreamingOptions& options);

// Sets pe, simd and FIFO depths. Among the keys that match a stage the more specific wins: a pattern with fewer literal
// characters is overridden by one with more, and both by the plain name. Returns for every stream whether its depth was
// set.
std::vector<bool> apply_choices(Pipeline& pipeline, const StreamingOptions& options);

// '*' stands for any run of characters, the empty one too; everything else for itself.
bool matches_pattern(const std::string& text, const std::string& pattern);

}  // namespace psaflow::detail
