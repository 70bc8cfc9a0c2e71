// What the designs of an exploration's front are made of, for its report: area by kind, and when each stage works.
#pragma once
#include <nlohmann/json.hpp>
#include <vector>

#include "sim/explore_files.h"

namespace psaflow {

// At most `most` points of the front: evenly spread ones, the slowest and the fastest among them, and then measured ones.
std::vector<size_t> points_with_parts(const ExploreRun& run, size_t most = 60);

// "stage_names": [[name, kind]], of all these designs; "parts": by point {"area": [[kind, LUT, FF, DSP, BRAM36, UltraRAM, levels of
// LUTs, of carries]], as estimated, "stages": [[index of its name, first output, last output, cycles an image keeps it busy]]}. A fixed-size accelerator
// has no stages.
nlohmann::ordered_json parts_json(const ExploreRun& run, const std::vector<size_t>& points);

}  // namespace psaflow
