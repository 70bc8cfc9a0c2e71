// Constants moved to where integers can hold them. A tensor whose values lie far from 0 in every image wastes most of
// the INT8 range, and its layer's bias, which the contract adds at the output's scale, may not fit at all. What follows
// takes the constant just as well: a norm, a learned function, the next layer's bias.
#pragma once
#include <string>
#include <vector>

#include "sw/quant/calibrate.h"
#include "sw/quant/steps.h"

namespace psaflow {

// Moves the middle of every channel whose values in the calibration lie on one side of 0, more than half their range away
// from it, out of its tensor and into what reads it, along the residual stream too. The network computes the same classes (its logits
// are the same but for rounding). Tensors that one scale serves for all channels (token mixing) move as a whole.
// Returns how many channels moved; ranges then need a calibration of the moved network.
size_t move_constants(FoldedModel& model, const Calibration& calibration);

// Constants that INT8 cannot hold at the scales chosen.
struct Clipped {
  std::string layer;      // "blocks.3.channel.fc2"
  const char* what = "";  // "bias", "weight"
  size_t channels = 0;    // how many of the layer's
  double worst = 0;       // the largest one, in units of what fits: above 1
};
std::vector<Clipped> clipped_constants(const StepModel& steps);

}  // namespace psaflow
