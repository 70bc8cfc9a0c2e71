// What one activation gains over another. Only networks with the same training budget are compared: a longer training
// would else pass for a better function.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "sw/zoo_report/zoo.h"

namespace psaflow {

// What differs between two trainings besides the function and the hidden size: "100 epochs against 300, learning_rate
// 0.003 against 0.002"; empty: nothing, the budgets are equal. Of the recipe, `name` and what describes the function
// (network.activation, .hidden, .psa, .experts, .grid_points, .grid_range, .tv2_weight) are free.
std::string budget_difference(const ZooCard& a, const ZooCard& b);
// "100 epochs, distilled from teacher-h384, 50 epochs QAT"
std::string budget_text(const ZooCard& card);

struct Gain {
  std::string activation, base_activation;  // the first over the second
  int hidden = 0, base_hidden = 0;
  const ZooCard* card = nullptr;  // into the zoo; nullptr: it has no such card
  const ZooCard* base = nullptr;
  std::string budget;         // that of both, or why there are no figures
  bool equal_budget = false;  // both cards are there, and their budgets are equal
  std::optional<double> float_points,
      int8_points;  // percentage points on the test split; empty: not comparable or not measured
  std::optional<double>
      error_points;  // one standard error of an INT8 (else float) difference, were the two samples independent
  std::optional<double> published_float_points, published_int8_points;
};

// PSA over ReLU, over ReLU of twice the size and over B-spline, then PSA over GELU and B-spline over ReLU, each widest
// first. A card with several partners of equal budget has a row with each; one that has none in the zoo, but an unequal
// one of its depth on its own shelf, a row that says what differs. The first three have a row at H = 96 whatever cards there are.
// `zoo` must outlive the answer.
std::vector<Gain> compare(const Zoo& zoo);

// 100 (a - b), free of the last bits' noise.
double difference_points(double a, double b);

}  // namespace psaflow
