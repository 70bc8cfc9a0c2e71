// AdamW (Loshchilov and Hutter 2019) on a flat array; bias-corrected, weight decay decoupled from the gradient.
#pragma once
#include <cstdint>
#include <vector>

#include "sw/base/aligned.h"
#include "sw/train/parameters.h"

namespace psaflow {

struct AdamW {
  static constexpr float kBeta1 = 0.9f, kBeta2 = 0.999f, kEpsilon = 1e-8f;
  AlignedVector<float> first, second;  // moments, one a parameter
  int64_t steps = 0;

  void reset(size_t parameters);
  // decay applies to slices of two or more dimensions whose name ends in ".weight".
  void step(const ParameterLayout& layout, const AlignedVector<float>& gradients, double learning_rate, double decay,
            AlignedVector<float>& parameters);
};

// Linear from 0 over the warm-up, then half a cosine from `peak` to `last`; step in 0..steps-1.
double cosine_learning_rate(int64_t step, int64_t warmup_steps, int64_t steps, double peak, double last);

}  // namespace psaflow
