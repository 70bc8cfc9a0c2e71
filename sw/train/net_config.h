// What a float network is made of, beyond the shapes that its integer model will have.
#pragma once
#include <string>

#include "sw/golden/model.h"

namespace psaflow {

constexpr double kBatchNormEpsilon = 1e-5;
constexpr int kMaxClasses = 65'536;  // of a network that is trained here

struct NetConfig {
  ModelConfig model;  // shapes and activation (kFixed: GELU on the grid, fixed, constant beyond it); input_scale is
                      // chosen by the quantiser
  bool normalization_given = false;  // mean and std stand in the recipe, and are not to be measured
  bool exact_psa = false;            // PSA by its formula at every element; otherwise LERP-PSA (a grid, interpolated)
  int experts = 8;                   // E, PSA's basis functions a channel
  int grid_points = 64;              // G, of LERP-PSA and of the B-spline
  double grid_range = 4;             // R: the grid spans [-R, R]
  double layer_scale = 0.1;          // initial scale of each sub-layer's branch
  double tv2_weight = 0;  // of the B-spline's penalty: the sum of its changes of slope, second-order total variation

  bool has_functions() const { return model.activation != Activation::kRelu; }
  bool on_grid() const { return has_functions() && !(model.activation == Activation::kPsa && exact_psa); }
  // PSA's output is x + psa(x), so its grid holds psa alone; the B-spline's grid holds the whole function.
  bool adds_input() const { return model.activation == Activation::kPsa; }
  // What recipes call the activation: the integer model of a GELU network holds plain tables.
  const char* activation_name() const {
    return model.activation == Activation::kFixed ? "gelu" : to_string(model.activation);
  }
};

}  // namespace psaflow
