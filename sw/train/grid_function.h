// A function a channel on a uniform grid over [-R, R], interpolated linearly: what LERP-PSA and the degree-1 B-spline
// share. A forward pass is one lookup; the gradient flows to the two neighbouring grid values. The batch norm before it
// is fused in.
#pragma once
#include "sw/base/error.h"

namespace psaflow {

template <typename Real>
struct GridFunction {
  const Real*
      grid;  // [points, channels], channel fastest: neighbouring lanes are neighbouring channels, and never collide
  int points, channels;
  Real range;       // R
  bool adds_input;  // y = u + grid(u), with slope 1 beyond the grid; otherwise y = grid(u), constant beyond it

  Real steps_per_unit() const { return Real(points - 1) / (2 * range); }
};

// u = x * scale + offset per channel; y = f(u). x, y [rows, channels].
template <typename Real>
void grid_forward(const GridFunction<Real>& f, const Real* scale, const Real* offset, const Real* x, int rows, Real* y);

// dy -> du in place; adds to dgrid [points, channels], and per channel the sums that the batch norm's backward pass
// needs: sum_du += du, sum_du_x += du * (x - mean) (both [channels]).
template <typename Real>
void grid_backward(const GridFunction<Real>& f, const Real* scale, const Real* offset, const Real* mean, const Real* x,
                   int rows, Real* dy, Real* dgrid, Real* sum_du, Real* sum_du_x);

}  // namespace psaflow
