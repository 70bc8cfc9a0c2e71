// The stages and streams that a network becomes, with every choice still at its default.
#pragma once
#include "models/plan/build.h"

namespace psaflow::detail {

// A stage for every node, in the order of the nodes; a transpose before and behind every linear node over tokens; a
// fork where a tensor is read more than once (a chain of them beyond twice). Of an add's two inputs the one that less
// lies before is the residual: its FIFO holds what the other way has in flight. `lanes` divides every vector width; a
// linear node that makes the network's output gives as many lanes as divide its own. pe, simd: a fully unrolled dot
// product for each lane, as the paper's. FIFOs: fifo_depth.
Pipeline unfold(const Network& network, int lanes, int fifo_depth);

}  // namespace psaflow::detail
