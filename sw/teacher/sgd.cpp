#include "sw/teacher/sgd.h"

#include <algorithm>
#include <cmath>

namespace psaflow {

double learning_share(const TeacherRecipe& r, int64_t step, int64_t steps) {
  const double at = static_cast<double>(step) / static_cast<double>(std::max<int64_t>(1, steps));
  if (at < r.peak_at) return r.start_learning + (1 - r.start_learning) * at / r.peak_at;
  if (r.peak_at >= 1) return 1;
  return 1 + (r.final_learning - 1) * (at - r.peak_at) / (1 - r.peak_at);
}

void sgd_step(const TeacherRecipe& r, const ParameterLayout& layout, const AlignedVector<float>& gradients,
              int64_t steps, bool whiten_bias, TeacherOptimizer& o, AlignedVector<float>& parameters) {
  const double examples = 1024 * (1 + 1 / (1 - r.momentum));
  const double rate = r.learning_rate * r.batch_size / examples * learning_share(r, o.steps, steps);
  const auto momentum = static_cast<float>(r.momentum);
  for (const ParameterSlice& slice : layout.slices()) {
    if (slice.name == "whiten.weight" || (slice.name == "whiten.bias" && !whiten_bias)) continue;
    const double scale = slice.name.compare(0, 4, "norm") == 0 ? r.bias_scale : 1;
    // The decay of a step is weight_decay batch / examples of the weight, whatever the learning rate.
    const auto decay = static_cast<float>(r.weight_decay / (r.learning_rate * scale));
    const auto slice_rate = static_cast<float>(rate * scale);
    float* const p = parameters.data() + slice.offset;
    float* const v = o.velocity.data() + slice.offset;
    const float* const gradient = gradients.data() + slice.offset;
#pragma GCC ivdep
    for (size_t i = 0; i < slice.size; ++i) {
      const float g = gradient[i] + decay * p[i];
      v[i] = momentum * v[i] + g;
      p[i] -= slice_rate * (g + momentum * v[i]);
    }
  }
  ++o.steps;
}

void look_ahead(const TeacherRecipe& r, int64_t steps, TeacherOptimizer& o, AlignedVector<float>& parameters,
                AlignedVector<float>& statistics) {
  if (r.lookahead == 0) return;
  const auto pull = [](double keep, AlignedVector<float>& slow, AlignedVector<float>& fast) {
    const auto share = static_cast<float>(1 - keep);
    for (size_t i = 0; i < fast.size(); ++i) {
      slow[i] += share * (fast[i] - slow[i]);
      fast[i] = slow[i];
    }
  };
  if (o.steps % r.lookahead == 0) {
    const double done = static_cast<double>(o.steps) / static_cast<double>(steps);
    const double keep = std::pow(0.95, r.lookahead) * done * done * done;
    pull(keep, o.slow, parameters);
    pull(keep, o.slow_statistics, statistics);
  } else if (o.steps == steps) {
    parameters = o.slow;
    statistics = o.slow_statistics;
  }
}

}  // namespace psaflow
