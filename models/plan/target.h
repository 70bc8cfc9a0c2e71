// What the plan decides for itself: the cheapest lanes and folding that meet a wanted II, and the least residual FIFOs
// that keep it.
#pragma once
#include <functional>
#include <vector>

#include "models/plan/choices.h"

namespace psaflow::detail {

// Sets pe, simd and packed of every linear stage to the fewest DSPs whose period is at most target_ii_cycles; of equals
// the one with fewer products a cycle, then with fewer outputs at a time, which has fewer accumulators. A stage that no
// folding makes fast enough gets its fastest. `wishes` (by stage): only foldings that can do as wished, where there is
// one.
void fold_for_ii(Pipeline& pipeline, int64_t target_ii_cycles, const std::vector<PackingWish>& wishes);

// For every residual stream (others 0) the least depth that keeps the II, found by bisection over beat_times(). Streams
// whose required depths are equal are the copies of one sub-layer in every block: they get one depth, and one beat less
// in all of them loses throughput or deadlocks. `fixed[s]`: the stream keeps the depth it has. on_step(done, all): a
// depth more was tried; `all` is how many are tried at most.
std::vector<int> minimal_residual_depths(Pipeline pipeline, const std::vector<bool>& fixed,
                                         const std::function<void(int done, int all)>& on_step = {});

}  // namespace psaflow::detail
