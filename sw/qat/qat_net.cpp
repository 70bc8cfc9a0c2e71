// What a QatNet is made of: the layout of its factors, how they are taken over from steps, and gradients back to steps.
#include "sw/qat/qat_net.h"

#include <algorithm>

#include "sw/base/error.h"
#include "sw/golden/kernels.h"
#include "sw/qat/qat_net_impl.h"
#include "sw/train/small_gemm.h"

namespace psaflow {

template <typename Real, Rounding kRounding>
QatNet<Real, kRounding>::Impl::Impl(const ModelConfig& c)
    : config(c),
      learned(c.has_tables()),
      T(c.tokens()),
      F(c.features()),
      D(c.embed),
      H(c.hidden),
      C(c.classes),
      B(c.blocks) {
  const auto linear = [&](const std::string& name, int in, int out) {
    if (in > kMaxInputs) {
      throw UserError("", name, std::to_string(in) + " inputs",
                      "at most " + std::to_string(kMaxInputs) + " for quantisation-aware training");
    }
    QatLinearPlace p{in, out, layout.add(name + ".weight", {out, in}), layout.add(name + ".bias", {out}), turned_size};
    turned_size += static_cast<size_t>(in) * out;
    return p;
  };
  const auto affine = [&](const std::string& name) {
    return QatAffinePlace{D, layout.add(name + ".scale", {D}), layout.add(name + ".offset", {D})};
  };
  const auto table = [&](const std::string& name, int channels) {
    const QatTablePlace p{channels, layout.add(name + ".table", {channels, kTableEntries}), entries_size};
    entries_size += static_cast<size_t>(channels) * kTableEntries;
    return p;
  };
  embed = linear("embed", F, D);
  for (int b = 0; b < B; ++b) {
    const std::string token = block_layer(b, "token."), channel = block_layer(b, "channel.");
    QatBlockPlace p;
    p.token_residual = affine(token + "residual");
    p.token_pre = affine(token + "pre");
    p.token_mix = linear(token + "mix", T, T);
    p.token_post = affine(token + "post");
    p.channel_residual = affine(channel + "residual");
    p.fc1 = linear(channel + "fc1", D, H);
    p.fc2 = linear(channel + "fc2", H, D);
    blocks.push_back(p);
  }
  head = linear("head", D, C);
  head_scale_place = layout.add("head.ln_scale", {1});
  values.resize(layout.size());
  for (int b = 0; learned && b < B; ++b) {
    const std::string channel = block_layer(b, "channel.");
    blocks[b].psa1 = table(channel + "psa1", D);
    blocks[b].psa2 = table(channel + "psa2", H);
  }
  turned.resize(turned_size);
  entries.resize(entries_size);
  slopes.resize(entries_size);
}

template <typename Real, Rounding kRounding>
QatNet<Real, kRounding>::QatNet(const ModelConfig& config) : impl_(std::make_unique<Impl>(config)) {}
template <typename Real, Rounding kRounding>
QatNet<Real, kRounding>::~QatNet() = default;
template <typename Real, Rounding kRounding>
const ParameterLayout& QatNet<Real, kRounding>::layout() const {
  return impl_->layout;
}

namespace {

// weight * 2^-shift. A sum of at most kMaxInputs products stays below 2^24, so from shift 25 on it rounds to 0; the
// factor is then 0 at once, as the sum of so small a number and 1/2 would no longer be exact.
double factor(int8_t weight, int shift) {
  return shift > 24 ? 0 : std::ldexp(weight, -shift);
}

// The 256 entries between the points of a table, not rounded.
void expand(const TableSteps& t, int channel, double* entries) {
  const double* points = t.values.data() + static_cast<size_t>(channel) * t.points;
  const int n = 8 - t.table_log2(), step = 1 << n;
  for (int u = 0; u < kTableEntries; ++u) {
    const int i = u >> n, f = u & (step - 1);
    entries[u] = f == 0 ? points[i] : points[i] + (points[i + 1] - points[i]) * f / step;
  }
}

}  // namespace

template <typename Real, Rounding kRounding>
void QatNet<Real, kRounding>::Impl::load_linear(const BasicLinear<double>& exact, const LinearParams& rounded,
                                                const QatLinearPlace& place) {
  PSAFLOW_CHECK(exact.in == place.in && exact.out == place.out, "linear layer of another shape");
  for (int m = 0; m < place.out; ++m) {
    const size_t row = static_cast<size_t>(m) * place.in;
    Real* const weight = values.data() + place.weight + row;
    if constexpr (kRounding == Rounding::kContract) {
      const double unit = factor(1, rounded.shift[m]);
      for (int k = 0; k < place.in; ++k) weight[k] = static_cast<Real>(rounded.weight[row + k] * unit);
      values[place.bias + m] = rounded.bias[m];
    } else {
      for (int k = 0; k < place.in; ++k) weight[k] = static_cast<Real>(exact.weight[row + k]);
      values[place.bias + m] = static_cast<Real>(std::clamp(exact.bias[m], -128.0, 127.0));
    }
  }
  transpose(place.out, place.in, values.data() + place.weight, turned.data() + place.turned);
}

template <typename Real, Rounding kRounding>
void QatNet<Real, kRounding>::Impl::load_affine(const BasicAffine<double>& exact, const AffineParams& rounded,
                                                const QatAffinePlace& place) {
  PSAFLOW_CHECK(static_cast<int>(exact.scale.size()) == place.channels, "affine of another shape");
  for (int c = 0; c < place.channels; ++c) {
    if constexpr (kRounding == Rounding::kContract) {
      values[place.scale + c] = static_cast<Real>(factor(rounded.weight[c], rounded.shift[c]));
      values[place.offset + c] = rounded.bias[c];
    } else {
      values[place.scale + c] = static_cast<Real>(exact.scale[c]);
      values[place.offset + c] = static_cast<Real>(std::clamp(exact.offset[c], -128.0, 127.0));
    }
  }
}

template <typename Real, Rounding kRounding>
void QatNet<Real, kRounding>::Impl::load_table(const TableSteps& exact, const TableParams& rounded,
                                               const QatTablePlace& place) {
  PSAFLOW_CHECK(exact.channels == place.channels, "functions of another shape");
  TableSteps clamped = exact;
  for (double& v : clamped.values) v = std::clamp(v, -128.0, 127.0);
  double smooth[kTableEntries];
  for (int c = 0; c < place.channels; ++c) {
    const size_t at = place.entries + static_cast<size_t>(c) * kTableEntries;
    expand(clamped, c, smooth);
    for (int u = 0; u < kTableEntries;
         ++u) {  // central differences, of what is not rounded: steps would hide the slope
      const int left = std::max(u - 1, 0), right = std::min(u + 1, kTableEntries - 1);
      slopes[at + u] = static_cast<Real>((smooth[right] - smooth[left]) / (right - left));
    }
    if constexpr (kRounding == Rounding::kContract) {
      expand_table(rounded, c, entries.data() + at);
    } else {
      std::copy_n(smooth, kTableEntries, entries.data() + at);
    }
  }
}

template <typename Real, Rounding kRounding>
void QatNet<Real, kRounding>::load(const StepModel& steps, double head_scale, ThreadPool* pool) {
  Impl& m = *impl_;
  PSAFLOW_CHECK(steps.blocks.size() == m.blocks.size(), "another number of blocks");
  const IntModel rounded = kRounding == Rounding::kContract ? round_to_int8(steps) : IntModel{};
  static const op::Linear no_linear;
  static const op::Affine no_affine;
  static const op::Lookup no_table;
  const auto find = [&](const std::string& name, const auto& none) -> const auto& {
    using Op = std::decay_t<decltype(none)>;
    return kRounding == Rounding::kContract ? rounded.network.get<Op>(name).params : none.params;
  };
  m.head_scale = static_cast<Real>(head_scale);
  m.load_linear(steps.embed, find("embed", no_linear), m.embed);
  m.load_linear(steps.head, find("head", no_linear), m.head);
  const auto block = [&](size_t b, int) {
    const BlockSteps& from = steps.blocks[b];
    const QatBlockPlace& p = m.blocks[b];
    const auto affine = [&](const BasicAffine<double>& layer, const char* name, const QatAffinePlace& place) {
      m.load_affine(layer, find(block_layer(b, name), no_affine), place);
    };
    const auto linear = [&](const BasicLinear<double>& layer, const char* name, const QatLinearPlace& place) {
      m.load_linear(layer, find(block_layer(b, name), no_linear), place);
    };
    affine(from.token_residual, "token.residual", p.token_residual);
    affine(from.token_pre, "token.pre", p.token_pre);
    affine(from.token_post, "token.post", p.token_post);
    affine(from.channel_residual, "channel.residual", p.channel_residual);
    linear(from.token_mix, "token.mix", p.token_mix);
    linear(from.fc1, "channel.fc1", p.fc1);
    linear(from.fc2, "channel.fc2", p.fc2);
    if (!m.learned) return;
    m.load_table(*from.psa1, find(block_layer(b, "channel.psa1"), no_table), p.psa1);
    m.load_table(*from.psa2, find(block_layer(b, "channel.psa2"), no_table), p.psa2);
  };
  if (pool != nullptr) {
    pool->run(m.blocks.size(), block);
  } else {
    for (size_t b = 0; b < m.blocks.size(); ++b) block(b, 0);
  }
}

template <typename Real, Rounding kRounding>
void QatNet<Real, kRounding>::to_step_gradient(const AlignedVector<Real>& flat, StepModel& gradient,
                                               ThreadPool* pool) const {
  const Impl& m = *impl_;
  const auto linear = [&](const QatLinearPlace& p, BasicLinear<double>& to) {
    std::copy_n(flat.data() + p.weight, to.weight.size(), to.weight.begin());
    std::copy_n(flat.data() + p.bias, to.bias.size(), to.bias.begin());
  };
  const auto affine = [&](const QatAffinePlace& p, BasicAffine<double>& to) {
    std::copy_n(flat.data() + p.scale, to.scale.size(), to.scale.begin());
    std::copy_n(flat.data() + p.offset, to.offset.size(), to.offset.begin());
  };
  // The adjoint of expand().
  const auto table = [&](const QatTablePlace& p, TableSteps& to) {
    std::fill(to.values.begin(), to.values.end(), 0.0);
    const int n = 8 - to.table_log2(), step = 1 << n;
    for (int c = 0; c < p.channels; ++c) {
      const Real* entries = flat.data() + p.gradient + static_cast<size_t>(c) * kTableEntries;
      double* points = to.values.data() + static_cast<size_t>(c) * to.points;
      for (int u = 0; u < kTableEntries; ++u) {
        const int i = u >> n, f = u & (step - 1);
        const double to_right = double{entries[u]} * f / step;
        points[i] += entries[u] - to_right;
        if (f != 0) points[i + 1] += to_right;
      }
    }
  };
  linear(m.embed, gradient.embed);
  linear(m.head, gradient.head);
  const auto block = [&](size_t b, int) {
    const QatBlockPlace& p = m.blocks[b];
    BlockSteps& to = gradient.blocks[b];
    affine(p.token_residual, to.token_residual);
    affine(p.token_pre, to.token_pre);
    linear(p.token_mix, to.token_mix);
    affine(p.token_post, to.token_post);
    affine(p.channel_residual, to.channel_residual);
    if (to.psa1) table(p.psa1, *to.psa1);
    linear(p.fc1, to.fc1);
    if (to.psa2) table(p.psa2, *to.psa2);
    linear(p.fc2, to.fc2);
  };
  if (pool != nullptr) return pool->run(m.blocks.size(), block);
  for (size_t b = 0; b < m.blocks.size(); ++b) block(b, 0);
}

template <typename Real, Rounding kRounding>
double QatNet<Real, kRounding>::head_scale_gradient(const AlignedVector<Real>& flat) const {
  return flat[impl_->head_scale_place];
}

template class QatNet<float>;
template class QatNet<double, Rounding::kNone>;

}  // namespace psaflow
