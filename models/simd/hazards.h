// When a pass may follow another: what it reads must have left the pipeline. Settled when the program is made, so that
// the hardware needs no interlock but a counter.
#pragma once
#include "models/simd/program.h"

namespace psaflow {

// Sets gap_cycles of every pass: the least number of idle cycles after the pass before for which nothing is read before
// it is written. A pass that starts later than that (its parameters were not there) only moves away from the hazards.
void settle_gaps(SimdProgram& program);

}  // namespace psaflow
