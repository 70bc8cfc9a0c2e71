#include "models/plan/cascade.h"

#include <algorithm>

#include "sw/base/error.h"

namespace psaflow {
namespace {

int ceil_div(int a, int b) {
  return (a + b - 1) / b;
}

}  // namespace

CascadeColumns cascade_columns(int simd, int lanes, bool packed) {
  CascadeColumns c{simd, lanes, packed};
  const int beats = simd / lanes;
  c.pieces = ceil_div(beats, packed ? kPackedCascadeInputs : kCascadeInputs);
  c.rows = ceil_div(beats, c.pieces);
  c.columns = lanes * c.pieces;
  c.skews = c.rows + (packed ? (c.columns - 1) / 2 : 2 * (c.columns - 1));
  return c;
}

int CascadeColumns::skew(int input) const {
  const int beat = input / lanes, piece = beat / rows, column = input % lanes * pieces + piece;
  const int missing = std::max(0, (piece + 1) * rows - simd / lanes);  // all columns end in step
  return (packed ? column / 2 : 2 * column) + missing + beat % rows;
}

CascadeShape cascade_shape(const Stage& stage) {
  PSAFLOW_CHECK(stage.linear() != nullptr, "only linear stages have cascades");
  CascadeShape c;
  c.lanes = stage.simd == stage.linear()->in ? stage.in.lanes : 1;
  const CascadeColumns columns = cascade_columns(stage.simd, c.lanes, stage.packed);
  c.rows = columns.rows;
  c.columns = columns.columns;
  c.joins = stage.packed ? ceil_div(c.columns, 2) : 0;
  // Not packed: a column's sum reaches the end of the next one in 2 cycles (P, C). Packed: pre-adder, operand of the
  // first join, join; then a cycle a join.
  c.drain_cycles = c.rows - 1 + (stage.packed ? 3 + c.joins - 1 : 2 * (c.columns - 1));
  return c;
}

int64_t cascade_dsps(int pe, int simd, int lanes, bool packed) {
  if (!packed) return int64_t{pe} * simd;
  return int64_t{pe} / 2 * (simd + ceil_div(cascade_columns(simd, lanes, packed).columns, 2));
}

int64_t dsps(const Stage& stage) {
  if (stage.linear() == nullptr) return 0;
  return cascade_dsps(stage.pe, stage.simd, cascade_shape(stage).lanes, stage.packed);
}

}  // namespace psaflow
