#include "sw/quant/folded.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "sw/train/grid_function.h"
#include "sw/train/psa.h"

namespace psaflow {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using View = Eigen::Map<const Matrix>;
using Row = Eigen::Map<const Eigen::RowVectorXf>;

// Slices of a checkpoint by name.
class Slices {
 public:
  Slices(const ParameterLayout& layout, const AlignedVector<float>& values) : layout_(layout), values_(values) {}
  std::vector<float> get(const std::string& name) const {
    const ParameterSlice& s = layout_.find(name);
    return {values_.begin() + static_cast<int64_t>(s.offset),
            values_.begin() + static_cast<int64_t>(s.offset + s.size)};
  }

 private:
  const ParameterLayout& layout_;
  const AlignedVector<float>& values_;
};

FoldedAffine fold_norm(const Slices& effective, const Slices& statistics, const std::string& name) {
  const std::vector<float> gamma = effective.get(name + ".weight"), beta = effective.get(name + ".bias");
  const std::vector<float> mean = statistics.get(name + ".mean"), var = statistics.get(name + ".var");
  FoldedAffine a{gamma, beta};
  for (size_t c = 0; c < gamma.size(); ++c) {
    a.scale[c] = gamma[c] / std::sqrt(var[c] + static_cast<float>(kBatchNormEpsilon));
    a.offset[c] = beta[c] - mean[c] * a.scale[c];
  }
  return a;
}

FoldedLinear make_linear(std::vector<float> weight, std::vector<float> bias) {
  FoldedLinear l;
  l.out = static_cast<int>(bias.size());
  l.in = static_cast<int>(weight.size() / bias.size());
  l.weight = std::move(weight);
  l.bias = std::move(bias);
  return l;
}

// W (x * scale + offset) + b = (W scale) x + (b + W offset)
void fold_before(const FoldedAffine& a, FoldedLinear& l) {
  for (int m = 0; m < l.out; ++m) {
    double bias = l.bias[m];
    for (int k = 0; k < l.in; ++k) {
      float& w = l.weight[static_cast<size_t>(m) * l.in + k];
      bias += double{w} * a.offset[k];
      w *= a.scale[k];
    }
    l.bias[m] = static_cast<float>(bias);
  }
}

// (W x + b) * scale + offset
void fold_after(const FoldedAffine& a, FoldedLinear& l) {
  for (int m = 0; m < l.out; ++m) {
    for (int k = 0; k < l.in; ++k) l.weight[static_cast<size_t>(m) * l.in + k] *= a.scale[m];
    l.bias[m] = l.bias[m] * a.scale[m] + a.offset[m];
  }
}

FoldedFunction make_function(const NetConfig& config, const Slices& effective, const std::string& name,
                             FoldedAffine before) {
  FoldedFunction f;
  f.before = std::move(before);
  f.config = config;
  if (config.on_grid()) {
    f.grid = effective.get(name + ".grid");
  } else {
    f.center = effective.get(name + ".center");
    f.width = effective.get(name + ".width");
    f.value = effective.get(name + ".value");
    f.out_weight = effective.get(name + ".out_weight");
    f.out_bias = effective.get(name + ".out_bias");
  }
  return f;
}

void linear(const FoldedLinear& l, const Matrix& x, Matrix& y) {
  y.noalias() = x * View(l.weight.data(), l.out, l.in).transpose();
  y.rowwise() += Row(l.bias.data(), l.out);
}

void affine(const FoldedAffine& a, Matrix& x) {
  x.array().rowwise() *= Row(a.scale.data(), x.cols()).array();
  x.rowwise() += Row(a.offset.data(), x.cols());
}

// x * scale + offset, [rows, channels].
template <typename Real>
std::vector<Real> apply_affine(const BasicAffine<Real>& a, const Real* x, int rows) {
  const size_t n = a.scale.size();
  std::vector<Real> y(static_cast<size_t>(rows) * n);
  for (size_t i = 0; i < y.size(); ++i) y[i] = x[i] * a.scale[i % n] + a.offset[i % n];
  return y;
}

}  // namespace

template <typename Real>
void BasicFunction<Real>::apply(const Real* x, int rows, Real* y) const {
  const int n = channels();
  if (config.on_grid()) {
    const GridFunction<Real> f{grid.data(), config.grid_points, n, static_cast<Real>(config.grid_range),
                               config.adds_input()};
    grid_forward(f, before.scale.data(), before.offset.data(), x, rows, y);
    return;
  }
  const std::vector<Real> u = apply_affine(before, x, rows);
  const PsaParams<Real> p{center.data(), width.data(), value.data(), out_weight.data(), out_bias.data()};
  psa_forward(p, config.experts, n, u.data(), rows, y);
  for (size_t i = 0; i < u.size(); ++i) y[i] += u[i];
}

template <typename Real>
void BasicFunction<Real>::backward(const Real* x, Real* dy, int rows, BasicFunction& g) const {
  const int n = channels();
  if (config.on_grid()) {
    const GridFunction<Real> f{grid.data(), config.grid_points, n, static_cast<Real>(config.grid_range),
                               config.adds_input()};
    const std::vector<Real> mean(static_cast<size_t>(n), Real(0));
    grid_backward(f, before.scale.data(), before.offset.data(), mean.data(), x, rows, dy, g.grid.data(),
                  g.before.offset.data(), g.before.scale.data());
    return;
  }
  const std::vector<Real> u = apply_affine(before, x, rows);
  const PsaParams<Real> p{center.data(), width.data(), value.data(), out_weight.data(), out_bias.data()};
  std::vector<Real> du(u.size());
  psa_backward<Real>(p, config.experts, n, u.data(), dy, rows,
                     {g.center.data(), g.width.data(), g.value.data(), g.out_weight.data(), g.out_bias.data()},
                     du.data());
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < n; ++c) {
      const size_t i = static_cast<size_t>(r) * n + c;
      g.before.offset[c] += du[i] + dy[i];
      g.before.scale[c] += (du[i] + dy[i]) * x[i];
    }
  }
}

template struct BasicFunction<float>;
template struct BasicFunction<double>;

FoldedModel fold(const Checkpoint& checkpoint) {
  const NetConfig& config = checkpoint.recipe.net;
  const ResMlp<float> net(config);
  AlignedVector<float> values;
  net.make_effective(checkpoint.parameters, values);
  const Slices effective(net.effective(), values), statistics(net.statistics(), checkpoint.statistics);

  FoldedModel model;
  model.config = config.model;
  model.embed = make_linear(effective.get("embed.weight"), effective.get("embed.bias"));
  for (int b = 0; b < config.model.blocks; ++b) {
    const std::string prefix = block_layer(b, "");
    FoldedBlock block;
    block.token_pre = fold_norm(effective, statistics, prefix + "token.norm");
    block.token_post = identity_affine<float>(config.model.embed);
    block.token_mix = make_linear(effective.get(prefix + "token.mix.weight"), effective.get(prefix + "token.mix.bias"));
    block.fc1 = make_linear(effective.get(prefix + "channel.fc1.weight"), std::vector<float>(config.model.hidden, 0.f));
    block.fc2 = make_linear(effective.get(prefix + "channel.fc2.weight"), effective.get(prefix + "channel.fc2.bias"));
    const FoldedAffine norm1 = fold_norm(effective, statistics, prefix + "channel.norm1"),
                       norm2 = fold_norm(effective, statistics, prefix + "channel.norm2");
    fold_after(norm2, block.fc1);
    if (config.has_functions()) {
      block.functions.push_back(make_function(config, effective, prefix + "channel.f1", norm1));
      block.functions.push_back(
          make_function(config, effective, prefix + "channel.f2", identity_affine<float>(config.model.hidden)));
    } else {
      fold_before(norm1, block.fc1);
    }
    model.blocks.push_back(std::move(block));
  }
  model.head = make_linear(effective.get("head.weight"), effective.get("head.bias"));
  fold_before(fold_norm(effective, statistics, "norm"), model.head);
  return model;
}

std::vector<float> run_folded(const FoldedModel& model, const float* patches, const FloatTap& tap) {
  const ModelConfig& c = model.config;
  const auto show = [&](const std::string& name, const Matrix& m) {
    if (tap) tap(name, m.data(), static_cast<int>(m.rows()), static_cast<int>(m.cols()));
  };
  Matrix x, y, z;
  linear(model.embed, View(patches, c.tokens(), c.features()), x);
  show("embed", x);
  for (size_t b = 0; b < model.blocks.size(); ++b) {
    const FoldedBlock& block = model.blocks[b];
    const std::string token = block_layer(b, "token."), channel = block_layer(b, "channel.");
    z = x;
    affine(block.token_pre, z);
    show(token + "pre", z);
    y.noalias() = View(block.token_mix.weight.data(), c.tokens(), c.tokens()) * z;
    y.colwise() += Eigen::Map<const Eigen::VectorXf>(block.token_mix.bias.data(), c.tokens());
    show(token + "mix", y);
    affine(block.token_post, y);
    x += y;
    show(token + "add", x);
    Matrix h;
    if (!block.functions.empty()) {
      z.resize(x.rows(), x.cols());
      block.functions[0].apply(x.data(), c.tokens(), z.data());
      show(channel + "psa1", z);
      linear(block.fc1, z, y);
      show(channel + "fc1", y);
      h.resize(y.rows(), y.cols());
      block.functions[1].apply(y.data(), c.tokens(), h.data());
      show(channel + "psa2", h);
    } else {
      linear(block.fc1, x, h);
      h = h.cwiseMax(0.f);
      show(channel + "fc1", h);
    }
    linear(block.fc2, h, y);
    show(channel + "fc2", y);
    x += y;
    show(channel + "add", x);
  }
  y = x.colwise().mean();
  show("pool", y);
  linear(model.head, y, z);
  show("head", z);
  return {z.data(), z.data() + c.classes};
}

}  // namespace psaflow
