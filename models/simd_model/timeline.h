// Loads, passes and results of a run as a Chrome trace (ui.perfetto.dev): a microsecond there is a cycle.
#pragma once
#include "models/simd_model/simulation.h"

namespace psaflow {

// Of the first timeline_images images, to timeline_path.
void write_simd_timeline(const Network& network, const SimdMapping& mapping, const SimdSimulation& result,
                         const SimdSimulationOptions& options);

}  // namespace psaflow
