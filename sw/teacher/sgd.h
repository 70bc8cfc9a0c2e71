// Nesterov SGD with slow weights (lookahead; Zhang et al. 2019) on flat arrays, its rates decoupled as the recipe says.
#pragma once
#include <cstdint>

#include "sw/base/aligned.h"
#include "sw/teacher/teacher_recipe.h"
#include "sw/train/parameters.h"

namespace psaflow {

struct TeacherOptimizer {
  AlignedVector<float> velocity;               // one a parameter
  AlignedVector<float> slow, slow_statistics;  // empty without lookahead
  int64_t steps = 0;
};

// 0..1 of the recipe's learning rate at step 0..steps-1: linear from start_learning up to 1, then down to
// final_learning.
double learning_share(const TeacherRecipe& recipe, int64_t step, int64_t steps);

// One step of `batch` examples of `steps` in all, with the gradient of the mean loss. "whiten.weight" stays as it is,
// "whiten.bias" too unless `whiten_bias`.
void sgd_step(const TeacherRecipe& recipe, const ParameterLayout& layout, const AlignedVector<float>& gradients,
              int64_t steps, bool whiten_bias, TeacherOptimizer& optimizer, AlignedVector<float>& parameters);

// After a step: every recipe.lookahead steps the slow weights (and statistics) move towards the fast ones, by less and
// less, and the fast ones restart from them; after the last step the slow ones are the result.
void look_ahead(const TeacherRecipe& recipe, int64_t steps, TeacherOptimizer& optimizer,
                AlignedVector<float>& parameters, AlignedVector<float>& statistics);

}  // namespace psaflow
