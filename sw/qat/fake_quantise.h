// The contract's element-wise arithmetic on integers held in floating point, and its straight-through gradients.
// Everything is exact: a float holds every integer up to 2^24, and factors are integers times powers of two.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace psaflow {

enum class Rounding {
  kContract,  // halves up, as in sw/golden/arithmetic.h
  kNone,      // real numbers between the same bounds: locally smooth, for checks of gradients
};

// round_shift(x, shift) of a real number x / 2^shift, as an integer: compilers make vectors of integer bounds and
// comparisons, where those of real numbers have too many corners.
template <Rounding kRounding, typename Real>
inline auto round_half_up(Real v) {
  if constexpr (kRounding == Rounding::kNone) {
    return v;
  } else {
    return static_cast<int32_t>(std::floor(v + Real(0.5)));
  }
}

// Where a value lies inside the bounds, so that the gradient passes: one byte an element.
using Passes = uint8_t;

// An offset, a bound: in the numbers that rounding leaves.
template <Rounding kRounding, typename Real>
using Rounded = decltype(round_half_up<kRounding>(Real()));

template <typename Number>
inline Number saturate(Number v, Number low = -128) {
  const Number least = v < low ? low : v;
  return least > 127 ? 127 : least;
}

// y = saturate(round(x * factor) + offset, low), [rows, columns]; factor (null: 1) and offset per column. y may be x.
template <Rounding kRounding, typename Real>
void requantize(const Real* x, int rows, int columns, const Real* factor, const Real* offset, int low, Real* y,
                Passes* passes) {
  using Number = Rounded<kRounding, Real>;
  const auto run = [&](const auto& scaled) {
    for (int r = 0; r < rows; ++r) {
      const size_t row = static_cast<size_t>(r) * columns;
      const Real* from = x + row;
      Real* to = y + row;
      Passes* pass = passes + row;
#pragma GCC ivdep
      for (int c = 0; c < columns; ++c) {
        const Number v = round_half_up<kRounding>(scaled(from, c)) + static_cast<Number>(offset[c]);
        const Number in = saturate(v, static_cast<Number>(low));
        to[c] = static_cast<Real>(in);
        pass[c] = in == v ? 1 : 0;
      }
    }
  };
  if (factor == nullptr) return run([](const Real* from, int c) { return from[c]; });
  run([factor](const Real* from, int c) { return from[c] * factor[c]; });
}

// The same with one offset a row: the token mix.
template <Rounding kRounding, typename Real>
void requantize_rows(const Real* x, int rows, int columns, const Real* offset, Real* y, Passes* passes) {
  using Number = Rounded<kRounding, Real>;
  for (int r = 0; r < rows; ++r, x += columns, y += columns, passes += columns) {
    const auto add = static_cast<Number>(offset[r]);
#pragma GCC ivdep
    for (int c = 0; c < columns; ++c) {
      const Number v = round_half_up<kRounding>(x[c]) + add, in = saturate(v);
      y[c] = static_cast<Real>(in);
      passes[c] = in == v ? 1 : 0;
    }
  }
}

// The end of a sub-layer: y = saturate(q + r), q = saturate(round(x * factor) + offset) of the branch, r = saturate(
// round(residual * residual_factor)). passes: bit 0 for the way to q, bit 1 for the way to r. factor null: 1. y may be
// x.
template <Rounding kRounding, typename Real>
void join_residual(const Real* x, const Real* factor, const Real* offset, const Real* residual,
                   const Real* residual_factor, int rows, int columns, Real* y, Passes* passes) {
  using Number = Rounded<kRounding, Real>;
  const auto run = [&](const auto& scaled) {
    for (int row = 0; row < rows; ++row) {
      const size_t at = static_cast<size_t>(row) * columns;
      const Real *from = x + at, *other = residual + at;
      Real* to = y + at;
      Passes* pass = passes + at;
#pragma GCC ivdep
      for (int c = 0; c < columns; ++c) {
        const Number q = round_half_up<kRounding>(scaled(from, c)) + static_cast<Number>(offset[c]);
        const Number r = round_half_up<kRounding>(other[c] * residual_factor[c]);
        const Number q_in = saturate(q), r_in = saturate(r), sum = q_in + r_in, in = saturate(sum);
        to[c] = static_cast<Real>(in);
        const int inside = in == sum ? 3 : 0;
        pass[c] = static_cast<Passes>(inside & ((q == q_in ? 1 : 0) | (r == r_in ? 2 : 0)));
      }
    }
  };
  if (factor == nullptr) return run([](const Real* from, int c) { return from[c]; });
  run([factor](const Real* from, int c) { return from[c] * factor[c]; });
}

// dy = dy where it passes, else 0.
template <typename Real>
void stop_saturated(const Passes* passes, size_t count, Real* dy) {
#pragma GCC ivdep
  for (size_t i = 0; i < count; ++i) dy[i] = passes[i] != 0 ? dy[i] : Real(0);
}

// Learned functions: tables [channels, 256] of entries and of slopes; x, y [rows, channels]. Sixteen channels are taken
// through all rows before the next, so that the parts of their tables that are in use stay in the first-level cache.
// Contract: entries are INT8, and x is their index - 128; otherwise they are interpolated.
constexpr int kTableEntries = 256, kTableChannels = 16;
template <Rounding kRounding, typename Real>
using TableEntry = std::conditional_t<kRounding == Rounding::kContract, int8_t, Real>;

// Calls body(element, channel) in that order.
template <typename Body>
void for_each_lookup(int rows, int channels, const Body& body) {
  for (int first = 0; first < channels; first += kTableChannels) {
    const int last = std::min(channels, first + kTableChannels);
    for (int r = 0; r < rows; ++r) {
      const size_t row = static_cast<size_t>(r) * channels;
      for (int c = first; c < last; ++c) body(row + c, c);
    }
  }
}

template <Rounding kRounding, typename Real>
void look_up(const TableEntry<kRounding, Real>* entries, const Real* x, int rows, int channels, Real* y) {
  for_each_lookup(rows, channels, [=](size_t i, int c) {
    const auto* const e = entries + static_cast<ptrdiff_t>(c) * kTableEntries;
    if constexpr (kRounding == Rounding::kContract) {
      y[i] = static_cast<Real>(e[static_cast<int>(x[i]) + 128]);
    } else {
      const Real u = x[i] + 128;
      const int left = std::min(static_cast<int>(u), kTableEntries - 2);
      y[i] = e[left] + (u - left) * (e[left + 1] - e[left]);
    }
  });
}

// dy -> dx in place; adds to the gradient of the entries. slopes: used with the contract's rounding.
template <Rounding kRounding, typename Real>
void look_up_backward(const TableEntry<kRounding, Real>* entries, const Real* slopes, const Real* x, int rows,
                      int channels, Real* dy, Real* entry_gradient) {
  for_each_lookup(rows, channels, [=](size_t i, int c) {
    const ptrdiff_t table = static_cast<ptrdiff_t>(c) * kTableEntries;
    if constexpr (kRounding == Rounding::kContract) {
      const ptrdiff_t at = table + static_cast<int>(x[i]) + 128;
      entry_gradient[at] += dy[i];
      dy[i] *= slopes[at];
    } else {
      const Real u = x[i] + 128;
      const int left = std::min(static_cast<int>(u), kTableEntries - 2);
      const ptrdiff_t at = table + left;
      entry_gradient[at] += dy[i] * (1 - (u - left));
      entry_gradient[at + 1] += dy[i] * (u - left);
      dy[i] *= entries[at + 1] - entries[at];
    }
  });
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
