// The teacher's inference with bfloat16 convolutions: weights and activations rounded to bfloat16, sums, norms and
// activation functions in float, the whitening (2 % of the work, and the most sensitive) in float too. Several times
// as fast as ConvNet::infer, for the soft labels of whole training splits.
#pragma once
#include <array>
#include <vector>

#include "sw/base/aligned.h"
#include "sw/base/bf16.h"
#include "sw/teacher/conv_net.h"

namespace psaflow {

class Bf16ConvNet {
 public:
  Bf16ConvNet(const ConvNet<float>& net, const ConvConfig& config, const AlignedVector<float>& parameters,
              const AlignedVector<float>& statistics);

  struct Workspace {
    std::array<AlignedVector<Bf16>, 6> maps;  // of the layers' inputs, zero outside them
    AlignedVector<float> whitened, panel, pooled, logits;
  };
  Workspace make_workspace(int images) const;

  // images [n, 32, 32, 3], n at most the workspace's; logits [n, classes] are left in the workspace. An image's logits
  // do not depend on its neighbours. Needs a bf16_unit().
  void infer(const float* images, int n, Workspace& w, Bf16Unit unit = bf16_unit()) const;

 private:
  // Neighbouring rows share their border, and so do neighbouring images: a map's pixels are one sequence, [image][row
  // 0..side][column 0..side] with row 0 and column 0 zero, of which every 16 in turn are a tile of outputs.
  struct Layer {
    int side, in, out;
    bool pool;
    int computed, after;                // side of what is convolved, and after the pool
    int width;                          // pixels of a row, with its border
    int stride;                         // values of a pixel
    int tiles;                          // of an image
    int chunk;                          // images convolved at once
    std::vector<int32_t> taps, starts;  // starts: of the tiles of a chunk
    AlignedVector<Bf16> packed;
    AlignedVector<float> scale, offset;  // of the norm; 0 beyond the channels

    size_t map_values() const { return static_cast<size_t>(width) * width * stride; }
  };

  void enter(const float* images, int n, Workspace& w) const;
  void leave(int n, Workspace& w) const;

  int classes_;
  float head_scale_;
  std::array<Layer, 6> layers_;
  AlignedVector<float> whiten_, whiten_bias_, head_;
  std::vector<int32_t> whiten_taps_, whiten_offsets_;
};

}  // namespace psaflow
