// How the multipliers of a linear stage stand in DSP cascades (rtl_gen/lib/dot_cascade.sv): what it costs in cycles and in DSPs.
#pragma once
#include <cstdint>

#include "models/plan/stage.h"

namespace psaflow {

// Inputs of a column, at most. More are fewer columns but a longer way down; two outputs a DSP: 7 products fit the lower field.
constexpr int kCascadeInputs = 16, kPackedCascadeInputs = 7;
// Two outputs a DSP: sums are added up in halves of 24 bits.
constexpr int kMaxPackedInputs = 511;

struct CascadeShape {
  int lanes =
      1;         // of the stream that the columns stand on: that of the input where a step takes a whole vector, else 1
  int rows = 1;  // inputs of a column, at most
  int columns = 1;  // of one output, or of two that are packed
  int joins = 0;    // packed: DSPs that add up the columns
  int drain_cycles =
      0;  // from the first slice's sum to the last one's; packed: from where an unpacked slice's would be
};

CascadeShape cascade_shape(const Stage& stage);

// How `simd` inputs stand in columns. lanes: as of cascade_shape.
struct CascadeColumns {
  int simd = 1, lanes = 1;
  bool packed = false;
  int pieces = 1;  // columns of a lane
  int rows = 1;    // inputs of a column, at most: the last one of a lane may have less
  int columns = 1;
  int skews = 1;  // different ones: 0 .. skews - 1

  // By how many cycles the slice of an input works later than the first one (rtl_gen/lib/README.md, "Skew").
  int skew(int input) const;
};

CascadeColumns cascade_columns(int simd, int lanes, bool packed);

// DSPs of `pe` outputs of `simd` inputs a cycle: multipliers, and what adds up packed columns. lanes: as of cascade_shape.
int64_t cascade_dsps(int pe, int simd, int lanes, bool packed);
// Of a linear stage. Of others 0.
int64_t dsps(const Stage& stage);

}  // namespace psaflow
