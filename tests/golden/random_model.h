// Moved to sw/golden/random_model.h.
#pragma once
#include "sw/golden/random_model.h"

namespace psaflow::test {
using psaflow::random_affine;
using psaflow::random_images;
using psaflow::random_int8;
using psaflow::random_linear;
using psaflow::random_model;
using psaflow::random_table;
}  // namespace psaflow::test
