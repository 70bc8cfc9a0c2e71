// The lanes of the datapath, fast: outer products by the dot-product step of golden's linear kernel, and the way out for
// a whole row at a time. Exactly sw/golden/arithmetic.h; the tests hold the two equal.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "sw/golden/dot.h"

namespace psaflow {

// Operands of a block, `steps` words of kTile values, as the dot-product step takes them: kStep neighbouring steps side by side.
template <int kTile>
struct PackedRows {
  static constexpr int kStep = detail::Dot::kStep;
  std::vector<int32_t> words;  // [steps / kStep][row]
  size_t groups = 0;

  void pack(const int8_t* values, size_t steps) {
    groups = (steps + kStep - 1) / kStep;
    words.resize(groups * kTile);
    for (size_t g = 0; g < groups; ++g) {
      detail::Dot::Input inputs[kTile][kStep];
      for (size_t s = 0; s < kStep; ++s) {
        const size_t k = g * kStep + s;
        for (size_t r = 0; r < kTile; ++r)
          inputs[r][s] =
              static_cast<detail::Dot::Input>((k < steps ? values[k * kTile + r] : 0) + detail::Dot::kInputOffset);
      }
      std::memcpy(&words[g * kTile], inputs, sizeof inputs);
    }
  }
};

template <int kTile>
struct PackedColumns {
  static constexpr int kStep = detail::Dot::kStep, kLanes = detail::Dot::kLanes;
  static constexpr int kVectors = (kTile + kLanes - 1) / kLanes;
  std::vector<detail::Dot::Weight> weights;  // [steps / kStep][kVectors * kLanes][kStep]
  int32_t start[kVectors * kLanes];          // what an accumulator starts from, for the offset of the inputs

  void pack(const int8_t* values, size_t steps) {
    const size_t groups = (steps + kStep - 1) / kStep;
    weights.assign(groups * kVectors * kLanes * kStep, 0);
    std::fill(std::begin(start), std::end(start), 0);
    for (size_t k = 0; k < steps; ++k) {
      detail::Dot::Weight* const group = weights.data() + k / kStep * (kVectors * kLanes * kStep) + k % kStep;
      for (size_t c = 0; c < kTile; ++c) {
        group[c * kStep] = values[k * kTile + c];
        start[c] -= detail::Dot::kInputOffset * values[k * kTile + c];
      }
    }
  }
};

// The sums of one row of the tile.
template <int kTile>
inline void dot(const PackedRows<kTile>& rows, size_t row, const PackedColumns<kTile>& columns, int32_t* sums) {
  using detail::Dot;
  constexpr int kVectors = PackedColumns<kTile>::kVectors;
  for (int v = 0; v < kVectors; ++v) {
    Dot::Acc acc;
    std::memcpy(&acc, columns.start + v * Dot::kLanes, sizeof acc);
    const Dot::Weight* weights = columns.weights.data() + v * Dot::kLanes * Dot::kStep;
    for (size_t g = 0; g < rows.groups; ++g, weights += kVectors * Dot::kLanes * Dot::kStep)
      acc = Dot::step(acc, rows.words[g * kTile + row], weights);
    int32_t lanes[Dot::kLanes];
    std::memcpy(lanes, &acc, sizeof acc);
    for (int c = 0; c < Dot::kLanes && v * Dot::kLanes + c < kTile; ++c) sums[v * Dot::kLanes + c] = lanes[c];
  }
}

// One value a lane on the way out.
template <int kTile>
struct Lanes {
  int32_t value[kTile];

  Lanes() = default;
  explicit Lanes(const int8_t* bytes) {
    for (int c = 0; c < kTile; ++c) value[c] = bytes[c];
  }
  void fill(int8_t byte) { std::fill(std::begin(value), std::end(value), int32_t{byte}); }

  // sat8(round_shift(v, shift) + bias), the lower clamp `low`. Shifts are five bits wide.
  void requantise(const Lanes& bias, const Lanes& shift, int32_t low) {
    for (int c = 0; c < kTile; ++c) {
      const int32_t s = shift.value[c] & 31, half = s == 0 ? 0 : (value[c] >> std::max(s - 1, 0)) & 1;
      // A rounded sum of 32 bits and a bias of 8: clamped before the bias is added, which no bias undoes.
      const int32_t rounded = std::clamp((value[c] >> s) + half, -512, 511);
      value[c] = std::clamp(rounded + bias.value[c], low, 127);
    }
  }
  void add(const int8_t* other) {
    for (int c = 0; c < kTile; ++c) value[c] = std::clamp<int32_t>(value[c] + other[c], -128, 127);
  }
};

// An affine a lane: words of weights, biases, shifts.
template <int kTile>
struct AffineLanes {
  Lanes<kTile> weight, bias, shift;
  explicit AffineLanes(const int8_t* words) : weight(words), bias(words + kTile), shift(words + 2 * kTile) {}
  void apply(Lanes<kTile>& v) const {
    for (int c = 0; c < kTile; ++c) v.value[c] *= weight.value[c];
    v.requantise(bias, shift, -128);
  }
};

}  // namespace psaflow
