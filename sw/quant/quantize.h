// Post-training quantisation to the integer model of the contract: ranges from calibration images, power-of-two
// requantisation with per-output-channel weight scales, learned functions with the affine before them as tables.
#pragma once
#include <cstdint>
#include <string>

#include "sw/base/parallel.h"
#include "sw/data/cifar10.h"
#include "sw/golden/model.h"
#include "sw/quant/folded.h"

namespace psaflow {

struct QuantizeOptions {
  int calibration_images = 512;  // the first of the training split
  int table_log2 = 8;            // 8: direct tables of 256 points; k in 1..7: lerp tables of 2^k + 1 points
};

// Scales are INT8 steps per unit. Activations have one scale a channel wherever the contract's layers allow it
// (everywhere but around the token mix, whose weights and biases all channels share); residual scales are snapped so
// that the residual affine's multiplier is an exact integer and the identity path loses nothing.
IntModel quantize(const FoldedModel& model, const Dataset& data, const QuantizeOptions& options, ThreadPool& pool);

}  // namespace psaflow
