// Leaves placed and routed on an iCE40, the family for which open tools can: what levels of logic are held against.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "models/clock/clock_model.h"

namespace psaflow {

// Of leaves and their levels those that fit beside others: without DSP slices, which an iCE40 HX8K lacks, and of not too many LUTs; of each
// module the smallest and the largest one of the least and the most levels.
std::vector<PlacedLeaf> leaves_to_place(const std::vector<SynthUnit>& units, const std::vector<FpgaCost>& costs,
                                        const std::vector<LogicLevels>& levels);

// UserError where it is missing: leaves are measured for half an hour before it is wanted.
void check_nextpnr();

// The clock of each, in MHz, between registers: every port of the leaf is behind or before one. By Yosys (synth_ice40) and nextpnr
// (HX8K, ct256, one seed), on all cores; those that do not fit are taken out; `progress` is called when a leaf is done. std::runtime_error with the first error when one of them fails.
void place_on_ice40(std::vector<PlacedLeaf>& leaves, const std::function<void()>& progress = {});

}  // namespace psaflow
