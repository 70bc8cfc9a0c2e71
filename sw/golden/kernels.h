// The layers of the golden model, prepared once and then run fast on one core: what the evaluator is built from and
// what the SystemC model calls for its function. Every kernel equals the layer function of the same name in
// reference.h, bit for bit. Buffers belong to the caller, need no alignment, and none is allocated while running (but
// see Workspace).
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sw/network/parameters.h"

namespace psaflow {

// Scratch memory of one thread, shared by all the kernels it runs: it grows to the largest need seen, then allocates no
// more.
class Workspace {
 public:
  // At least `bytes` bytes, 64-byte aligned; what an earlier call returned is gone.
  void* scratch(size_t bytes);

 private:
  std::vector<unsigned char> memory_;
};

// A linear layer K -> M with its weights packed for the dot-product instruction at hand. Exact for every K up to
// kMaxInputs.
class LinearKernel {
 public:
  static constexpr int kMaxInputs = kMaxLinearInputs;

  LinearKernel(const LinearParams& params, bool relu);
  int in() const { return in_; }
  int out() const { return out_; }
  // x: [vectors, in] -> y: [vectors, out], row-major; y must not overlap x.
  void run(const int8_t* x, int vectors, int8_t* y, Workspace& workspace) const;

 private:
  int in_, out_, steps_, panels_;  // steps: input words (4 or 2 values); panels: groups of outputs that fill a register
  int32_t low_;                    // lower clamp: -128, or 0 for ReLU
  bool folded_;                    // rounding and bias are part of start_
  std::vector<unsigned char> weight_;                             // [panels][steps][lanes][values of a word]
  std::vector<int32_t> start_;                                    // [panels * lanes] what the accumulator starts from
  std::vector<int32_t> shift_, round_shift_, round_mask_, bias_;  // [panels * lanes]
};

// y[v][c] = requant(x[v][c] * weight[c]). y may be x.
class AffineKernel {
 public:
  explicit AffineKernel(const AffineParams& params);
  int channels() const { return channels_; }
  void run(const int8_t* x, int vectors, int8_t* y) const;

 private:
  int channels_;
  std::vector<int16_t> weight_, half_, shift_, bias_;  // [channels]
};

// A learned 1-D function a channel, direct or lerp, expanded to 256 points a channel. y may be x.
class TableKernel {
 public:
  explicit TableKernel(const TableParams& params);
  int channels() const { return channels_; }
  const int8_t* channel(int c) const { return direct_.data() + static_cast<size_t>(c) * 256; }  // indexed by x + 128
  void run(const int8_t* x, int vectors, int8_t* y) const;

 private:
  int channels_;
  std::vector<int8_t> direct_;  // [channels, 256]
};

// x: [rows, cols] -> y: [cols, rows]; y must not overlap x.
void transpose_into(const int8_t* x, int rows, int cols, int8_t* y);
// y[i] = sat8(a[i] + r[i]); y may be a or r.
void residual_add_into(const int8_t* a, const int8_t* r, size_t count, int8_t* y);
// x: [tokens, channels] -> y: [channels], tokens a power of two.
void average_pool_into(const int8_t* x, int tokens, int channels, int8_t* y, Workspace& workspace);

// The table's 256 values for one channel, indexed by x + 128: every lerp table expands exactly.
void expand_table(const TableParams& params, int channel, int8_t* values);

}  // namespace psaflow
