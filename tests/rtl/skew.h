// Which slice of a linear stage's DSP cascades works when, written from rtl_gen/lib/README.md alone.
#pragma once
#include <algorithm>

namespace psaflow::test {

struct Skews {
  int lanes = 1, simd = 1;
  bool packed = false;

  int beats() const { return simd / lanes; }
  int pieces() const { return (beats() + (packed ? 7 : 16) - 1) / (packed ? 7 : 16); }
  int rows() const { return (beats() + pieces() - 1) / pieces(); }
  int columns() const { return lanes * pieces(); }

  // By how many cycles the slice of input j works later than the first one, which is how late its weights are wanted.
  // Columns are of equal length but for a lane's last one, and all end in step: two cycles after the one before, packed
  // a cycle after the one before that.
  int of(int j) const {
    const int beat = j / lanes, column = j % lanes * pieces() + beat / rows(), first = beat / rows() * rows();
    const int count = std::min(rows(), beats() - first);
    return (packed ? column / 2 : 2 * column) + (rows() - count) + (beat - first);
  }
  // Cycles that a sum is on its way, beyond the three registers of a slice.
  int drain() const { return packed ? rows() - 1 + 2 + (columns() + 1) / 2 : rows() - 1 + 2 * (columns() - 1); }
};

}  // namespace psaflow::test
