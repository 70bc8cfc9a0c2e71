// The contract's element-wise arithmetic on integers held in floating point, and its straight-through gradients.
// Everything is exact: a float holds every integer up to 2^24, and factors are integers times powers of two.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace psaflow {

enum class Rounding {
  kContract,  // halves up, as in sw/golden/arithmetic.h
  kNone,      // real numbers between the same bounds: locally smooth, for checks of gradients
};

// x / 2^shift comes in as a real number; round_shift(x, shift) comes out.
template <Rounding kRounding, typename Real>
inline Real round_half_up(Real v) {
  if constexpr (kRounding == Rounding::kNone) return v;
  return std::floor(v + Real(0.5));
}

// Where a value lies inside the bounds, so that the gradient passes: one byte an element.
using Passes = uint8_t;

// y = clamp(round(x * factor) + offset, low, 127), [rows, columns]; factor (null: 1) and offset per column. y may be x.
template <Rounding kRounding, typename Real>
void requantize(const Real* x, int rows, int columns, const Real* factor, const Real* offset, Real low, Real* y,
                Passes* passes) {
  for (int r = 0; r < rows; ++r, x += columns, y += columns, passes += columns) {
#pragma GCC ivdep
    for (int c = 0; c < columns; ++c) {
      const Real v = round_half_up<kRounding>(factor == nullptr ? x[c] : x[c] * factor[c]) + offset[c];
      y[c] = std::min(std::max(v, low), Real(127));
      passes[c] = y[c] == v ? 1 : 0;
    }
  }
}

// The same with one offset a row: the token mix.
template <Rounding kRounding, typename Real>
void requantize_rows(const Real* x, int rows, int columns, const Real* offset, Real* y, Passes* passes) {
  for (int r = 0; r < rows; ++r, x += columns, y += columns, passes += columns) {
#pragma GCC ivdep
    for (int c = 0; c < columns; ++c) {
      const Real v = round_half_up<kRounding>(x[c]) + offset[r];
      y[c] = std::min(std::max(v, Real(-128)), Real(127));
      passes[c] = y[c] == v ? 1 : 0;
    }
  }
}

// The end of a sub-layer: y = clamp(q + r), q = clamp(round(x * factor) + offset) of the branch, r = clamp(round(
// residual * residual_factor)). passes: bit 0 for the way to q, bit 1 for the way to r. y may be x.
template <Rounding kRounding, typename Real>
void join_residual(const Real* x, const Real* factor, const Real* offset, const Real* residual,
                   const Real* residual_factor, int rows, int columns, Real* y, Passes* passes) {
  const auto clamp = [](Real v) { return std::min(std::max(v, Real(-128)), Real(127)); };
  for (int row = 0; row < rows; ++row, x += columns, residual += columns, y += columns, passes += columns) {
#pragma GCC ivdep
    for (int c = 0; c < columns; ++c) {
      const Real q = round_half_up<kRounding>(factor == nullptr ? x[c] : x[c] * factor[c]) + offset[c];
      const Real r = round_half_up<kRounding>(residual[c] * residual_factor[c]);
      const Real q_in = clamp(q), r_in = clamp(r), sum = q_in + r_in;
      y[c] = clamp(sum);
      const bool inside = y[c] == sum;
      passes[c] = static_cast<Passes>((inside && q == q_in ? 1 : 0) | (inside && r == r_in ? 2 : 0));
    }
  }
}

// dy = dy where it passes, else 0.
template <typename Real>
void stop_saturated(const Passes* passes, size_t count, Real* dy) {
#pragma GCC ivdep
  for (size_t i = 0; i < count; ++i) dy[i] = passes[i] != 0 ? dy[i] : Real(0);
}

// Learned functions: tables [channels, 256] of values and slopes; x, y [rows, channels]. Sixteen channels are taken
// through all rows before the next, so that the parts of their tables that are in use stay in the first-level cache.
constexpr int kTableEntries = 256, kTableChannels = 16;

template <Rounding kRounding, typename Real>
void look_up(const Real* table, const Real* x, int rows, int channels, Real* y) {
  for (int first = 0; first < channels; first += kTableChannels) {
    const int last = std::min(channels, first + kTableChannels);
    for (int r = 0; r < rows; ++r) {
      const size_t at = static_cast<size_t>(r) * channels;
      for (int c = first; c < last; ++c) {
        const Real* t = table + static_cast<ptrdiff_t>(c) * kTableEntries;
        if constexpr (kRounding == Rounding::kContract) {
          y[at + c] = t[static_cast<int>(x[at + c]) + 128];
        } else {
          const Real u = x[at + c] + 128;
          const int i = std::min(static_cast<int>(u), kTableEntries - 2);
          y[at + c] = t[i] + (u - i) * (t[i + 1] - t[i]);
        }
      }
    }
  }
}

// dy -> dx in place; adds to the gradient of the table's entries.
template <Rounding kRounding, typename Real>
void look_up_backward(const Real* table, const Real* slope, const Real* x, int rows, int channels, Real* dy,
                      Real* table_gradient) {
  for (int first = 0; first < channels; first += kTableChannels) {
    const int last = std::min(channels, first + kTableChannels);
    for (int r = 0; r < rows; ++r) {
      const size_t at = static_cast<size_t>(r) * channels;
      for (int c = first; c < last; ++c) {
        const ptrdiff_t base = static_cast<ptrdiff_t>(c) * kTableEntries;
        if constexpr (kRounding == Rounding::kContract) {
          const ptrdiff_t i = base + static_cast<int>(x[at + c]) + 128;
          table_gradient[i] += dy[at + c];
          dy[at + c] *= slope[i];
        } else {
          const Real u = x[at + c] + 128;
          const int i = std::min(static_cast<int>(u), kTableEntries - 2);
          table_gradient[base + i] += dy[at + c] * (1 - (u - i));
          table_gradient[base + i + 1] += dy[at + c] * (u - i);
          dy[at + c] *= table[base + i + 1] - table[base + i];
        }
      }
    }
  }
}

// Column sums of dy * x (x null: of dy), added to `sum`.
template <typename Real>
void add_column_sums(const Real* dy, const Real* x, int rows, int columns, Real* sum) {
  for (int r = 0; r < rows; ++r, dy += columns) {
    if (x == nullptr) {
#pragma GCC ivdep
      for (int c = 0; c < columns; ++c) sum[c] += dy[c];
    } else {
#pragma GCC ivdep
      for (int c = 0; c < columns; ++c) sum[c] += dy[c] * x[c];
      x += columns;
    }
  }
}

}  // namespace psaflow
