// AdamW (Loshchilov and Hutter 2019) on a flat array; bias-corrected, weight decay decoupled from the gradient.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "sw/base/aligned.h"
#include "sw/train/parameters.h"

namespace psaflow {

struct AdamW {
  static constexpr float kBeta1 = 0.9f, kBeta2 = 0.999f, kEpsilon = 1e-8f;
  AlignedVector<float> first, second;  // moments, one a parameter
  int64_t steps = 0;

  void reset(size_t parameters);
  // Advances all slices but those that `elsewhere` claims (empty: none). decay applies to linear weights.
  void step(const ParameterLayout& layout, const AlignedVector<float>& gradients, double learning_rate, double decay,
            AlignedVector<float>& parameters, const std::function<bool(const ParameterSlice&)>& elsewhere = {});
};

// Two dimensions or more, and a name that ends in ".weight".
bool is_linear_weight(const ParameterSlice& slice);

}  // namespace psaflow
