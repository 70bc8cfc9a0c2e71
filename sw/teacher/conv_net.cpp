#include "sw/teacher/conv_net.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "sw/base/error.h"
#include "sw/teacher/conv_net_impl.h"

namespace psaflow {
namespace {

constexpr double kWhitenEpsilon = 5e-4;  // keeps the flattest axes' noise from being blown up
constexpr int kChunkPixels = 200, kStripPixels = 200;

// A stride of whole 256-byte multiples would put all pixels into a few cache sets.
int spread_stride(int channels) {
  return channels % 64 == 0 ? channels + 16 : channels;
}

std::vector<int32_t> square_taps(int taps, int width, int stride) {
  std::vector<int32_t> list;
  for (int y = 0; y < taps; ++y) {
    for (int x = 0; x < taps; ++x) list.push_back((y * width + x) * stride);
  }
  return list;
}

std::vector<int32_t> square_offsets(int images, int side, int width, int stride) {
  std::vector<int32_t> list;
  for (int i = 0; i < images; ++i) {
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side; ++x) list.push_back(((i * width + y) * width + x) * stride);
    }
  }
  return list;
}

ConvLayer make_layer(int side, int in, int out, bool pool) {
  ConvLayer l{};
  l.side = side;
  l.in = in;
  l.out = out;
  l.pool = pool;
  l.computed = pool ? side / 2 * 2 : side;
  l.after = pool ? side / 2 : side;
  l.width = side + 2;
  l.x_stride = spread_stride(in);
  l.dy_stride = spread_stride(out);
  l.chunk = std::clamp(kChunkPixels / (side * side), 1, 16);
  l.x_taps = square_taps(3, l.width, l.x_stride);
  l.dy_taps = square_taps(3, l.width, l.dy_stride);
  l.x_offsets = square_offsets(l.chunk, l.computed, l.width, l.x_stride);
  l.dy_offsets = square_offsets(l.chunk, side, l.width, l.dy_stride);
  for (int images = 1; images <= l.chunk; ++images) {
    std::vector<std::vector<RowRun>> strips(1);
    int pixels = 0;
    for (int row = 0; row < images * l.computed; ++row) {
      const int image = row / l.computed, y = row % l.computed;
      if (pixels + l.computed > kStripPixels) {
        strips.emplace_back();
        pixels = 0;
      }
      strips.back().push_back({(image * l.width + y) * l.width * l.x_stride,
                               ((image * l.width + y + 1) * l.width + 1) * l.dy_stride, l.computed});
      pixels += l.computed;
    }
    l.strips.push_back(std::move(strips));
  }
  return l;
}

}  // namespace

template <typename Real>
ConvNet<Real>::ConvNet(const ConvConfig& config) : impl_(std::make_unique<Impl>()) {
  Impl& i = *impl_;
  i.config = config;
  i.whiten_weight = i.parameters.add("whiten.weight", {2, 2, kColors, kWhitened});
  i.whiten_bias = i.parameters.add("whiten.bias", {kWhitened});
  i.whiten_taps = square_taps(2, kSide, kColors);
  i.whiten_offsets = square_offsets(1, kSide - 1, kSide, kColors);
  int side = kSide - 1, channels = kWhitened;
  for (int l = 0; l < kConvLayers; ++l) {
    const int width = config.widths[l / 2];
    PSAFLOW_CHECK(width >= 8 && width % 8 == 0, "widths are multiples of 8");
    ConvLayer& layer = i.layers[l] = make_layer(side, channels, width, l % 2 == 0);
    const std::string number = std::to_string(l + 1);
    layer.weight = i.parameters.add("conv" + number + ".weight", {3, 3, channels, width});
    layer.bias = i.parameters.add("norm" + number + ".bias", {width});
    layer.mean = i.statistics.add("norm" + number + ".mean", {width});
    layer.var = i.statistics.add("norm" + number + ".var", {width});
    side = layer.after;
    channels = width;
  }
  i.head = i.parameters.add("head.weight", {channels, config.classes});
}

template <typename Real>
ConvNet<Real>::~ConvNet() = default;

template <typename Real>
const ParameterLayout& ConvNet<Real>::parameters() const {
  return impl_->parameters;
}

template <typename Real>
const ParameterLayout& ConvNet<Real>::statistics() const {
  return impl_->statistics;
}

template <typename Real>
int64_t ConvNet<Real>::macs() const {
  int64_t sum = int64_t{kSide - 1} * (kSide - 1) * 4 * kColors * kWhitened;
  for (const ConvLayer& l : impl_->layers) sum += int64_t{l.computed} * l.computed * 9 * l.in * l.out;
  return sum + impl_->layers.back().out * impl_->config.classes;
}

template <typename Real>
void ConvNet<Real>::initialize(AlignedVector<Real>& parameters, AlignedVector<Real>& statistics, Rng& rng) const {
  const Impl& i = *impl_;
  parameters.assign(i.parameters.size(), Real(0));
  statistics.assign(i.statistics.size(), Real(0));
  for (const ConvLayer& l : i.layers) {
    const double bound = 1 / std::sqrt(9.0 * l.in);
    Real* const w = parameters.data() + l.weight;
    for (int k = 0; k < 9 * l.in * l.out; ++k) w[k] = static_cast<Real>(rng.uniform(-bound, bound));
    for (int n = 0; n < std::min(l.in, l.out); ++n) {
      for (int k = 0; k < 9 * l.in; ++k) w[k * l.out + n] = Real(k == 4 * l.in + n ? 1 : 0);
    }
    std::fill_n(statistics.data() + l.var, l.out, Real(1));
  }
  const int channels = i.layers.back().out;
  const double bound = 1 / std::sqrt(static_cast<double>(channels));
  for (int k = 0; k < channels * i.config.classes; ++k)
    parameters[i.head + k] = static_cast<Real>(rng.uniform(-bound, bound));
}

template <typename Real>
void ConvNet<Real>::set_whitening(const Real* images, size_t count, AlignedVector<Real>& parameters) const {
  constexpr int kValues = kWhitened / 2;  // of a patch
  using Patch = Eigen::Matrix<double, kValues, 1>;
  Eigen::Matrix<double, kValues, kValues> covariance = Eigen::Matrix<double, kValues, kValues>::Zero();
  for (size_t image = 0; image < count; ++image) {
    for (const int32_t offset : impl_->whiten_offsets) {
      Patch patch;
      for (int k = 0; k < kValues; ++k)
        patch[k] = images[image * kImageValues + offset + impl_->whiten_taps[k / kColors] + k % kColors];
      covariance.noalias() += patch * patch.transpose();
    }
  }
  covariance /= static_cast<double>(count * impl_->whiten_offsets.size());
  const Eigen::SelfAdjointEigenSolver<Eigen::Matrix<double, kValues, kValues>> solver(covariance);
  for (int axis = 0; axis < kValues; ++axis) {
    const double scale = 1 / std::sqrt(std::max(0.0, solver.eigenvalues()[axis]) + kWhitenEpsilon);
    for (int k = 0; k < kValues; ++k) {
      const auto value = static_cast<Real>(solver.eigenvectors()(k, axis) * scale);
      Real* const row = parameters.data() + impl_->whiten_weight + k * kWhitened;
      row[axis] = value;
      row[axis + kValues] = -value;
    }
  }
}

template <typename Real>
void ConvNet<Real>::pack(const AlignedVector<Real>& parameters, bool for_training, Packed& packed) const {
  const Impl& i = *impl_;
  packed.whiten.resize(4 * kColors * kWhitened);
  pack_forward(parameters.data() + i.whiten_weight, 4, kColors, kWhitened, packed.whiten.data());
  packed.forward.resize(kConvLayers);
  packed.mirrored.resize(kConvLayers);
  for (int l = 0; l < kConvLayers; ++l) {
    const ConvLayer& layer = i.layers[l];
    packed.forward[l].resize(size_t{9} * layer.in * layer.out);
    pack_forward(parameters.data() + layer.weight, 9, layer.in, layer.out, packed.forward[l].data());
    if (!for_training) continue;
    packed.mirrored[l].resize(size_t{9} * layer.in * layer.out);
    pack_mirrored(parameters.data() + layer.weight, 9, layer.in, layer.out, packed.mirrored[l].data());
  }
}

template <typename Real>
std::shared_ptr<typename ConvNet<Real>::Workspace> ConvNet<Real>::make_workspace(int images) const {
  auto w = std::make_shared<Workspace>();
  const size_t n = static_cast<size_t>(images);
  size_t convolved = 0, gradient = 0;
  int channels = kWhitened;
  for (int l = 0; l < kConvLayers; ++l) {
    const ConvLayer& layer = impl_->layers[l];
    auto& to = w->layers[l];
    to.x.assign(n * layer.map_values(), Real(0));
    to.z.resize(n * layer.after_values());
    if (layer.pool) to.winner.resize(to.z.size());
    to.dy.assign(layer.chunk * layer.gradient_map_values(), Real(0));
    for (auto* v : {&to.mean, &to.scale, &to.offset, &to.slope, &to.shift}) v->assign(layer.out, Real(0));
    convolved = std::max(convolved, static_cast<size_t>(layer.chunk) * layer.computed * layer.computed * layer.out);
    gradient = std::max(gradient, n * layer.after_values());
    channels = std::max(channels, layer.out);
  }
  w->convolved.resize(std::max(convolved, impl_->layers[0].input_values()));
  w->whitened.resize(impl_->layers[0].input_values());
  for (auto& g : w->gradient) g.resize(gradient);
  const ConvLayer& last = impl_->layers.back();
  w->active.resize(n * last.after_values());
  w->pooled.resize(n * last.out);
  w->pooled_winner.resize(n * last.out);
  w->logits.resize(n * impl_->config.classes);
  w->dlogits.resize(w->logits.size());
  w->sums.resize(size_t{2} * channels);
  w->totals.resize(size_t{2} * channels);
  return w;
}

template <typename Real>
const Real* ConvNet<Real>::logits(const Workspace& workspace) {
  return workspace.logits.data();
}

template class ConvNet<float>;
template class ConvNet<double>;

}  // namespace psaflow
