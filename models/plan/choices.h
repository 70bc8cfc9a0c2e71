// The per-stage choices of a scenario, applied to a pipeline that still has its defaults; illegal ones become findings.
#pragma once
#include "models/plan/build.h"

namespace psaflow::detail {

// Lanes must divide every width that a stream of the network has.
void check_lanes(const Network& network, int lanes, std::vector<Finding>& findings);

// What the scenario wants of one stage: two outputs a multiplier, one, or (unset) whatever its pe allows.
struct PackingWish {
  std::optional<bool> packed;
  std::string key;  // that said so: "dsp_packing", "stages.head.packed"
};
// By stage index.
std::vector<PackingWish> packing_wishes(const Pipeline& pipeline, const StreamingOptions& options);

// Sets `packed` of every linear stage, whose pe is settled by now. A stage that shall be packed and has an odd pe is a
// finding that names the even ones.
void settle_packing(Pipeline& pipeline, const StreamingOptions& options, std::vector<Finding>& findings);

// Sets pe, simd and FIFO depths. Among the keys that match a stage the more specific wins: a pattern with fewer literal
// characters is overridden by one with more, and both by the plain name. Returns for every stream whether its depth was
// set.
std::vector<bool> apply_choices(Pipeline& pipeline, const StreamingOptions& options, std::vector<Finding>& findings);

// '*' stands for any run of characters, the empty one too; everything else for itself.
bool matches_pattern(const std::string& text, const std::string& pattern);

}  // namespace psaflow::detail
