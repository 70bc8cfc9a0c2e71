// The constants of the operators, as the model file of the contract holds them. Every array is row-major.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace psaflow {

constexpr int kMaxShift = 31;
constexpr int kMaxLinearInputs = 131071;  // K * 128 * 128 < 2^31: beyond it the 32-bit accumulator could overflow

struct LinearParams {  // K = in -> M = out
  int in = 0, out = 0;
  std::vector<int8_t> weight;  // [out, in]
  std::vector<int8_t> bias;    // [out]
  std::vector<uint8_t> shift;  // [out], 0..31
};

struct AffineParams {                // one multiply and add a channel
  std::vector<int8_t> weight, bias;  // [channels]
  std::vector<uint8_t> shift;        // [channels], 0..31
  int channels() const { return static_cast<int>(weight.size()); }
};

struct TableParams {             // a learned 1-D function a channel
  int channels = 0, points = 0;  // points: 256 (direct) or 2^k + 1, k in 1..7 (lerp)
  std::vector<int8_t> values;    // [channels, points]
  // k of a lerp table, 8 of a direct one: the number of input bits that address the table.
  int lerp_log2() const {
    int k = 0;
    while ((1 << k) < points - 1) ++k;
    return k;
  }
  const int8_t* channel(int c) const { return values.data() + static_cast<size_t>(c) * points; }
};

constexpr const char* kTablePointsAllowed = "256 points, or 2^k + 1 with k in 1..7 (3, 5, 9, 17, 33, 65, 129)";
inline bool legal_table_points(int64_t points) {
  return points == 256 || (points >= 3 && points <= 129 && ((points - 1) & (points - 2)) == 0);
}

}  // namespace psaflow
