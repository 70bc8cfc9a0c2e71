// What values flow through a network on real images: ranges, clipping, dead channels, and which part of each learned
// function is used at all.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sw/base/parallel.h"
#include "sw/data/cifar10.h"
#include "sw/inspect/functions.h"

namespace psaflow {

// One tensor over all images; values in INT8 steps, or in the units of the float model.
struct TensorRange {
  std::string tensor;  // "input", then the tap names of sw/golden/reference.h
  int channels = 0;
  uint64_t values = 0;
  double low = 0, high = 0, mean_abs = 0;
  uint64_t at_low_limit = 0, at_high_limit = 0;  // integer model: values of -128 and of 127, where saturation clips
  uint64_t zeros = 0;
  int constant_channels = 0;  // channels that had one value throughout
};

// Runs the first `images` images of `data` (all, if there are fewer) through the model; on_progress(n): n more are done
// (any thread). `functions`: the model's learned_functions, whose `uses` are set: an input counts for the nearest
// sample, one beyond the ends for the end. The result does not depend on the number of threads. The model's image must
// be that of CIFAR-10.
std::vector<TensorRange> measure_activations(const IntModel& model, const Dataset& data, size_t images,
                                             ThreadPool& pool, std::vector<FunctionSet>& functions,
                                             const std::function<void(size_t)>& on_progress = {});
std::vector<TensorRange> measure_activations(const FoldedModel& model, const Dataset& data, size_t images,
                                             ThreadPool& pool, std::vector<FunctionSet>& functions,
                                             const std::function<void(size_t)>& on_progress = {});

}  // namespace psaflow
