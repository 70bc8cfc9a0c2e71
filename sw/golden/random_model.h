// Random integer models and images, for tests and for design points that nobody has trained: any dimensions, the same
// for the same seed on every machine, with shifts chosen so that values neither all saturate nor vanish, and with the
// extremes (-128, shift 0 and 31) sprinkled in.
#pragma once
#include <cstdint>
#include <vector>

#include "sw/base/rng.h"
#include "sw/golden/model.h"

namespace psaflow {

int8_t random_int8(Rng& rng, int low = -128, int high = 127);  // uniform in low..high

// Inputs of deviation s give outputs of about s.
LinearParams random_linear(int in, int out, Rng& rng);
// Slopes of magnitude 1/4..2 and either sign.
AffineParams random_affine(int channels, Rng& rng);
// Channels alternate between a rough walk, noise, and full swings from -128 to 127, the worst case of interpolation.
// points: 256 or 2^k + 1, k in 1..7.
TableParams random_table(int channels, int points, Rng& rng);

// A network whose dimensions are set and whose constants are not (resmlp(), or one of your own), with constants.
Network random_constants(Network network, int table_points, Rng& rng);

// table_points is not used for "relu". An empty mean or std, or an input_scale of 1, is filled in.
IntModel random_model(const ModelConfig& config, int table_points, uint64_t seed);

// count images of C*H*W uniform bytes.
std::vector<uint8_t> random_images(const ModelConfig& config, int count, uint64_t seed);

}  // namespace psaflow
