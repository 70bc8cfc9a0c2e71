// Whether a design can be on a device at all: lower bounds, from what is certain to be there.
#pragma once
#include <string>
#include <vector>

#include "models/plan/stage.h"
#include "models/scenario/devices.h"

namespace psaflow {

// Bits of memory that the design has at the least: FIFOs, weights, tables, constants, both banks of buffered stages.
// Registers, and what block RAMs lose to their shapes, come on top.
int64_t memory_bits(const Pipeline& pipeline);

// Why the design does not fit, one line each. Empty says little: logic beside the memories is not counted.
std::vector<std::string> misfits(const Pipeline& pipeline, const Device& device);

}  // namespace psaflow
