// A network whose learned functions are kept with fewer points.
#pragma once
#include "sw/golden/model.h"

namespace psaflow {

// Points that the model's functions can be brought to: those it has, then every smaller power of two plus one; empty
// for a network without functions.
std::vector<int> table_resolutions(const IntModel& model);

// The same model with interpolated tables of `points` = 2^k + 1 points, fewer than it has: every so manieth of the
// function's values (of a direct table the point beyond the last one continues its last slope). Its own points: a copy.
IntModel with_table_points(const IntModel& model, int points);

}  // namespace psaflow
