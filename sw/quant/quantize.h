// Post-training quantisation to the integer model of the contract: ranges from calibration images, power-of-two
// requantisation with per-output-channel weight scales, learned functions with the affine before them as tables.
#pragma once
#include <cstdint>
#include <string>

#include "sw/base/parallel.h"
#include "sw/data/cifar10.h"
#include "sw/golden/model.h"
#include "sw/quant/constants.h"

namespace psaflow {

constexpr int kDirectTables = 8;  // as table_log2: a value for every input, no interpolation

struct QuantizeOptions {
  int calibration_images = 512;  // the first of the training split
  int table_log2 = 8;            // 8: direct tables of 256 points; k in 1..7: lerp tables of 2^k + 1 points
};

// A float network as it can be quantised, its constants where integers can hold them (sw/quant/constants.h), and the
// ranges that the first images of the split ask for. Made once, both serve every table resolution.
struct Calibrated {
  FoldedModel model;
  Ranges ranges;
  size_t moved_channels = 0;
};
Calibrated calibrated(FoldedModel model, const Dataset& data, int calibration_images, ThreadPool& pool);

IntModel quantize(const FoldedModel& model, Ranges ranges, int table_log2);
// What of the network's constants that clips all the same.
std::vector<Clipped> clipped_constants(const FoldedModel& model, Ranges ranges, int table_log2);

// Both steps in one.
IntModel quantize(const FoldedModel& model, const Dataset& data, const QuantizeOptions& options, ThreadPool& pool);

}  // namespace psaflow
