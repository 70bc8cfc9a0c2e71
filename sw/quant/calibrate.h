// What the quantiser knows of each tensor: samples of every channel from a run of the float model, and the scale they
// ask for.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "sw/base/parallel.h"
#include "sw/data/cifar10.h"
#include "sw/quant/folded.h"

namespace psaflow {

struct ChannelSamples {
  std::vector<std::vector<float>> channels;  // [channels][samples]
};
using Calibration = std::map<std::string, ChannelSamples>;  // by tap name

// Runs the first `images` images through the model; keeps up to about 8192 values a channel, evenly spread over images
// and tokens. UserError names the tap of a value that is not finite.
Calibration calibrate(const FoldedModel& model, const Dataset& data, size_t images, ThreadPool& pool);

// The scale (INT8 steps per unit) with the least mean squared error after rounding and saturation to low..127, among
// clip points from 25 % to 100 % of the largest magnitude. A channel that is always zero gets 1.
double best_scale(const std::vector<const std::vector<float>*>& samples, int low = -128);

}  // namespace psaflow
