// Inside of ResMlp, shared by its forward and backward halves: where each parameter lies, and a shard's stored
// activations.
#pragma once
#include <Eigen/Dense>
#include <vector>

#include "sw/train/grid_function.h"
#include "sw/train/products.h"
#include "sw/train/psa.h"
#include "sw/train/resmlp.h"

namespace psaflow {

template <typename Real>
using RowMatrix = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <typename Real>
using MatrixView = Eigen::Map<RowMatrix<Real>>;
template <typename Real>
using ConstMatrixView = Eigen::Map<const RowMatrix<Real>>;
template <typename Real>
using ArrayView = Eigen::Map<Eigen::Array<Real, 1, Eigen::Dynamic>>;
template <typename Real>
using ConstArrayView = Eigen::Map<const Eigen::Array<Real, 1, Eigen::Dynamic>>;

struct NormPlace {  // offsets into the effective parameters and the statistics
  size_t scale, bias, mean, var;
};
struct FunctionPlace {
  size_t grid = 0;                                                        // effective, on_grid(): [G, C]
  size_t center = 0, width = 0, value = 0, out_weight = 0, out_bias = 0;  // raw (and effective for exact PSA)
};
struct BlockPlace {
  NormPlace norm1, norm2, norm3;
  size_t mix_weight, mix_bias, fc1_weight, fc2_weight, fc2_bias;
  size_t raw_fc2_weight, raw_scale;  // in the raw layout
  FunctionPlace f1, f2;              // effective
  FunctionPlace raw_f1, raw_f2;
};

// One batch norm's constants in one pass over one shard: y = x * scale + offset.
template <typename Real>
struct NormState {
  AlignedVector<Real> mean, inv, scale,
      offset;                            // inv = 1 / sqrt(var + eps); scale = gamma * inv; offset = beta - mean * scale
  std::vector<double> sum, sum_squares;  // of x, being collected
  AlignedVector<Real> sum_du, sum_du_x;  // backward: of du and of du * (x - mean)
  void resize(int channels);
  void begin();                           // clears the sums
  void collect(const Real* x, int rows);  // adds rows of x to the sums
  void finish(const Real* gamma, const Real* beta, int64_t rows, Real* mean_out,
              Real* var_out);  // statistics -> constants
  void use(const Real* gamma, const Real* beta, const Real* running_mean, const Real* running_var);
  // Backward: after sum_du, sum_du_x are complete: dgamma, dbeta, and dx += scale * du + p * x + q (coefficients p, q
  // per channel).
  void finish_backward(int64_t rows, Real* dgamma, Real* dbeta, AlignedVector<Real>& p, AlignedVector<Real>& q) const;
  int channels() const { return static_cast<int>(mean.size()); }

 private:
  AlignedVector<Real> partial_, partial_squares_;
};

template <typename Real>
struct BlockState {
  AlignedVector<Real> x, x2, a1, h,
      h2;  // block input, after mixing [n*T, D]; f1's output [n*T, D]; fc1's output, f2's output [n*T, H]
  NormState<Real> norm1, norm2, norm3;
};

template <typename Real>
class ResMlp<Real>::Workspace {
 public:
  int capacity = 0;  // images
  std::vector<BlockState<Real>> blocks;
  AlignedVector<Real> x;  // the last block's output [n*T, D]
  NormState<Real> norm;
  AlignedVector<Real> pooled, logits, dlogits;  // [n, D] after the norm; [n, classes]
  AlignedVector<Real> dx, scratch, scratch2;    // [n*T, D]; one image's [T, max(D, H)]
  Products<Real> products;                      // with the weights of the layer at hand
  AlignedVector<Real> p, q;
};

template <typename Real>
struct ResMlp<Real>::Impl {
  explicit Impl(const NetConfig& c);

  NetConfig config;
  int T, F, D, H, C, B;
  ParameterLayout parameters, statistics, effective;
  size_t embed_weight, embed_bias, head_weight, head_bias;  // effective
  NormPlace norm;
  std::vector<BlockPlace> blocks;
  std::vector<std::pair<size_t, size_t>>
      shared_slices;  // index in effective and in parameters of what is the same in both

  // Calls body(raw, used, channels) for each PSA function that is tabulated on the grid, in parallel when there is a
  // pool.
  template <typename Body>
  void for_each_grid_psa(ThreadPool* pool, const Body& body) const {
    if (!config.on_grid() || config.model.activation != Activation::kPsa) return;
    const auto one = [&](size_t item, int) {
      const BlockPlace& b = blocks[item / 2];
      item % 2 == 0 ? body(b.raw_f1, b.f1, D) : body(b.raw_f2, b.f2, H);
    };
    if (pool != nullptr) return pool->run(blocks.size() * 2, one);
    for (size_t i = 0; i < blocks.size() * 2; ++i) one(i, 0);
  }

  GridFunction<Real> grid(const Real* effective_values, const FunctionPlace& place, int channels) const {
    return {effective_values + place.grid, config.grid_points, channels, Real(config.grid_range), config.adds_input()};
  }
  static PsaParams<Real> psa(const Real* p, const FunctionPlace& f) {
    return {p + f.center, p + f.width, p + f.value, p + f.out_weight, p + f.out_bias};
  }
  static PsaGradients<Real> psa(Real* p, const FunctionPlace& f) {
    return {p + f.center, p + f.width, p + f.value, p + f.out_weight, p + f.out_bias};
  }

  // y = f(x * scale + offset) for one image's [T, channels].
  void function_forward(const Real* e, const FunctionPlace& place, bool first, const NormState<Real>& norm,
                        const Real* x, Real* y, Real* scratch) const;
  // dy -> du in place, collecting the norm's sums and the function's parameter gradients.
  void function_backward(const Real* e, Real* g, const FunctionPlace& place, bool first, NormState<Real>& norm,
                         const Real* x, Real* dy, Real* scratch) const;

  // Where a forward pass takes its norms' statistics from: the running ones, or the shard's own, which it writes down.
  struct NormSource {
    const Real* running;
    Real* shard;  // null: inference
  };
  // The input of block b, or of the last norm for b = B, and the norm behind it.
  std::pair<Real*, NormState<Real>*> block_input(Workspace& ws, int b) const {
    return b == B ? std::make_pair(ws.x.data(), &ws.norm) : std::make_pair(ws.blocks[b].x.data(), &ws.blocks[b].norm1);
  }
  void settle(const Real* e, const NormSource& source, const NormPlace& place, int images, NormState<Real>& n) const;
  void embed_forward(const Real* e, bool training, const Real* patches, int images, Workspace& ws) const;
  void block_forward(const Real* e, const NormSource& source, int b, int images, Workspace& ws) const;
  // From pixels to the output of block last_block.
  void forward(const Real* e, const NormSource& source, const Real* patches, int last_block, int images,
               Workspace& ws) const;
  void head_forward(const Real* e, const NormSource& source, int images, Workspace& ws) const;
  // Backwards ws.dx passes from part to part: the gradient by the output of a block becomes that by its input.
  void head_backward(const Real* e, Real* g, int images, Workspace& ws) const;
  void block_backward(const Real* e, Real* g, int b, int images, Workspace& ws) const;
  void embed_backward(Real* g, const Real* patches, int images, Workspace& ws) const;
};

}  // namespace psaflow
