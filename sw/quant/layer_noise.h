// How far an integer network strays from its float network, layer by layer, on the same images.
#pragma once
#include <string>
#include <vector>

#include "sw/data/cifar10.h"
#include "sw/golden/model.h"
#include "sw/quant/ranges.h"

namespace psaflow {

struct LayerNoise {
  std::string layer;
  double range = 0;      // the largest magnitude of the float tensor
  double clipped = 0;    // share of the integer tensor's values at -128 or 127
  double signal_db = 0;  // power of the float tensor over that of the difference, in dB; 200 where there is none
};

// In the order of the data. `ranges`: settled, those that `model` was made with.
std::vector<LayerNoise> compare_layers(const FoldedModel& folded, const Ranges& ranges, const IntModel& model,
                                       const Dataset& data, size_t images, ThreadPool& pool);

}  // namespace psaflow
