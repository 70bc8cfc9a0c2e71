// The classes that networks give to images, and how often two lists of them agree.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "sw/base/parallel.h"
#include "sw/data/cifar10.h"
#include "sw/quant/folded.h"

namespace psaflow {

// The float network's [count, classes] of images first..first+count-1. on_progress(n): n more are done (any thread).
std::vector<float> float_logits(const FoldedModel& model, const Dataset& data, size_t first, size_t count,
                                ThreadPool& pool, const std::function<void(size_t)>& on_progress = {});

// Of images first..first+count-1; the lowest class on a tie. threads 0: one a core.
ClassList float_classes(const FoldedModel& model, const Dataset& data, size_t first, size_t count, ThreadPool& pool);
ClassList int8_classes(const IntModel& model, const Dataset& data, size_t first, size_t count, int threads = 0);

// The part of equal entries, 0..1; of none: 0.
double agreement(const ClassList& a, const ClassList& b);
// Agreement with the labels of the images from `first` on.
double accuracy(const ClassList& classes, const Dataset& data, size_t first);

}  // namespace psaflow
