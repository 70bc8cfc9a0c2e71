#include "sw/train/adamw.h"
#include "sw/base/words.h"

#include <algorithm>
#include <cmath>

namespace psaflow {

void AdamW::reset(size_t parameters) {
  first.assign(parameters, 0);
  second.assign(parameters, 0);
  steps = 0;
}

void AdamW::step(const ParameterLayout& layout, const AlignedVector<float>& gradients, double learning_rate,
                 double decay, AlignedVector<float>& parameters,
                 const std::function<bool(const ParameterSlice&)>& elsewhere) {
  ++steps;
  const auto rate = static_cast<float>(learning_rate / (1 - std::pow(double{kBeta1}, static_cast<double>(steps))));
  const auto correction = static_cast<float>(1 / (1 - std::pow(double{kBeta2}, static_cast<double>(steps))));
  for (const ParameterSlice& slice : layout.slices()) {
    if (elsewhere && elsewhere(slice)) continue;
    const auto keep = static_cast<float>(is_linear_weight(slice) ? 1 - learning_rate * decay : 1);
    float* m = first.data() + slice.offset;
    float* v = second.data() + slice.offset;
    float* p = parameters.data() + slice.offset;
    const float* g = gradients.data() + slice.offset;
#pragma GCC ivdep
    for (size_t i = 0; i < slice.size; ++i) {
      m[i] = kBeta1 * m[i] + (1 - kBeta1) * g[i];
      v[i] = kBeta2 * v[i] + (1 - kBeta2) * g[i] * g[i];
      p[i] = keep * p[i] - rate * m[i] / (std::sqrt(v[i] * correction) + kEpsilon);
    }
  }
}

bool is_linear_weight(const ParameterSlice& slice) {
  return slice.shape.size() >= 2 && ends_with(slice.name, ".weight");
}

}  // namespace psaflow
