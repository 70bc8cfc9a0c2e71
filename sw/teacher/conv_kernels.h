// Convolutions as direct matrix products, without im2col: the nine taps of a pixel are nine contiguous rows of the
// zero-bordered NHWC input, so a register tile of 6 pixels x 2 vectors of outputs reads them where they lie. The same
// kernel computes outputs (packed weights) and input gradients (weights packed mirrored); a second one, weight
// gradients.
#pragma once
#include <cstdint>
#include <vector>

#include "sw/base/aligned.h"

namespace psaflow {

// [taps, in, out] weights, repacked in blocks of two vectors of outputs: [block][tap][in][lanes of the block].
template <typename Real>
void pack_forward(const Real* weights, int taps, int in, int out, Real* packed);
// The same for the gradient with respect to the input: taps in opposite order, in and out exchanged.
template <typename Real>
void pack_mirrored(const Real* weights, int taps, int in, int out, Real* packed);

// out[p, 0..outputs-1] = sum over taps t and channels c of x[offsets[p] + taps[t] + c] packed[.., t, c, ..] for
// p in 0..pixels-1. outputs: a multiple of 8. Each output is one chain of fused multiply-adds over (t, c), whatever
// tile it falls into.
template <typename Real>
void convolve(const Real* x, const int32_t* offsets, int pixels, const std::vector<int32_t>& taps, int channels,
              const Real* packed, int outputs, Real* out);

// A run of pixels of a row: where its input and its output gradient start.
struct RowRun {
  int32_t x, dy;
  int pixels;
};

// weights[t, c, n] += sum over the runs' pixels p of x[run.x + p x_stride + taps[t] + c] dy[run.dy + p dy_stride + n].
// channels: a multiple of 4, outputs: of 8. scratch: resized as needed.
template <typename Real>
void accumulate_weight_gradient(const Real* x, int x_stride, const Real* dy, int dy_stride,
                                const std::vector<RowRun>& runs, const std::vector<int32_t>& taps, int channels,
                                int outputs, Real* weights, AlignedVector<Real>& scratch);

}  // namespace psaflow
