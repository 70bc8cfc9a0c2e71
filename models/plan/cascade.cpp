#include "models/plan/cascade.h"

#include "sw/base/error.h"

namespace psaflow {
namespace {

int ceil_div(int a, int b) {
  return (a + b - 1) / b;
}

// Columns of a lane.
int pieces_of(int simd, int lanes, bool packed) {
  return ceil_div(simd / lanes, packed ? kPackedCascadeInputs : kCascadeInputs);
}

}  // namespace

CascadeShape cascade_shape(const Stage& stage) {
  PSAFLOW_CHECK(stage.linear() != nullptr, "only linear stages have cascades");
  CascadeShape c;
  c.lanes = stage.simd == stage.linear()->in ? stage.in.lanes : 1;
  const int beats = stage.simd / c.lanes;
  const int pieces = pieces_of(stage.simd, c.lanes, stage.packed);
  c.rows = ceil_div(beats, pieces);
  c.columns = c.lanes * pieces;
  c.joins = stage.packed ? ceil_div(c.columns, 2) : 0;
  // Not packed: a column's sum reaches the end of the next one in 2 cycles (P, C). Packed: pre-adder, operand of the
  // first join, join; then a cycle a join.
  c.drain_cycles = c.rows - 1 + (stage.packed ? 3 + c.joins - 1 : 2 * (c.columns - 1));
  return c;
}

int64_t cascade_dsps(int pe, int simd, int lanes, bool packed) {
  if (!packed) return int64_t{pe} * simd;
  return int64_t{pe} / 2 * (simd + ceil_div(lanes * pieces_of(simd, lanes, packed), 2));
}

int64_t dsps(const Stage& stage) {
  if (stage.linear() == nullptr) return 0;
  return cascade_dsps(stage.pe, stage.simd, cascade_shape(stage).lanes, stage.packed);
}

}  // namespace psaflow
