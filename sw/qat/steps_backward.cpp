#include "sw/qat/steps_backward.h"

#include <algorithm>
#include <cmath>

namespace psaflow {
namespace {

using Scales = std::vector<double>;

// A tensor's scales and the gradient of their natural logarithms: one a channel, or one for all.
struct Side {
  const double* scale;
  double* gradient;
  size_t stride;  // 0: one for all channels
  double of(size_t c) const { return scale[c * stride]; }
  double& to(size_t c) const { return gradient[c * stride]; }
};
Side side(const Scales& scales, Scales& gradient) {
  return {scales.data(), gradient.data(), 1};
}
Side side(const double& scale, double& gradient) {
  return {&scale, &gradient, 0};
}

// Whether an offset or a table point was within INT8's range.
bool passes(double v) {
  return v >= -128 && v <= 127;
}

template <typename Real>
void linear_backward(const BasicLinear<double>& s, const BasicLinear<double>& g, const Side& x, const Side& y,
                     BasicLinear<Real>& out) {
  for (int m = 0; m < s.out; ++m) {
    const size_t row = static_cast<size_t>(m) * s.in;
    const double y_scale = y.of(m);
    double dy = 0;
    for (int k = 0; k < s.in; ++k) {
      const double d = g.weight[row + k], through = d * s.weight[row + k];
      out.weight[row + k] = static_cast<Real>(d * y_scale / x.of(k));
      dy += through;
      x.to(k) -= through;
    }
    const double d = passes(s.bias[m]) ? g.bias[m] : 0;
    out.bias[m] = static_cast<Real>(d * y_scale);
    y.to(m) += dy + d * s.bias[m];
  }
}

template <typename Real>
void affine_backward(const BasicAffine<double>& s, const BasicAffine<double>& g, const Side& x, const Side& y,
                     BasicAffine<Real>* out) {
  for (size_t c = 0; c < s.scale.size(); ++c) {
    const double d = g.scale[c], b = passes(s.offset[c]) ? g.offset[c] : 0;
    x.to(c) -= d * s.scale[c];
    y.to(c) += d * s.scale[c] + b * s.offset[c];
    if (out == nullptr) continue;  // an identity, which stays one
    out->scale[c] = static_cast<Real>(d * y.of(c) / x.of(c));
    out->offset[c] = static_cast<Real>(b * y.of(c));
  }
}

template <typename Real>
void table_backward(const BasicFunction<Real>& f, const TableSteps& s, const TableSteps& g, const Scales& x_scale,
                    Scales& dx, const Scales& y_scale, Scales& dy, BasicFunction<Real>& out) {
  for (auto* v : {&out.before.scale, &out.before.offset, &out.grid, &out.center, &out.width, &out.value,
                  &out.out_weight, &out.out_bias}) {
    std::fill(v->begin(), v->end(), Real(0));
  }
  std::vector<Real> upstream(s.values.size());  // [points, channels], with respect to the function's value
  for (int c = 0; c < s.channels; ++c) {
    for (int i = 0; i < s.points; ++i) {
      const size_t at = static_cast<size_t>(c) * s.points + i;
      const double d = passes(s.values[at]) ? g.values[at] : 0;
      dy[c] += d * s.values[at];
      upstream[static_cast<size_t>(i) * s.channels + c] = static_cast<Real>(d * y_scale[c]);
    }
  }
  const std::vector<Real> x = table_inputs<Real>(x_scale, s.table_log2());
  f.backward(x.data(), upstream.data(), s.points, out);
  // The points lie at (u - 128) / x_scale: a finer step moves them towards 0.
  for (int c = 0; c < s.channels; ++c) dx[c] -= double{f.before.scale[c]} * out.before.scale[c];
}

}  // namespace

StepModel zero_like(const StepModel& steps) {
  StepModel zero = steps;
  const auto clear = [](std::vector<double>& v) { std::fill(v.begin(), v.end(), 0.0); };
  const auto linear = [&](BasicLinear<double>& l) {
    clear(l.weight);
    clear(l.bias);
  };
  linear(zero.embed);
  linear(zero.head);
  for (BlockSteps& b : zero.blocks) {
    for (auto* a : {&b.token_residual, &b.token_pre, &b.token_post, &b.channel_residual}) {
      clear(a->scale);
      clear(a->offset);
    }
    for (auto* l : {&b.token_mix, &b.fc1, &b.fc2}) linear(*l);
    if (b.psa1) clear(b.psa1->values);
    if (b.psa2) clear(b.psa2->values);
  }
  return zero;
}

template <typename Real>
void steps_backward(const BasicFoldedModel<Real>& model, const Ranges& ranges, const StepModel& steps,
                    const StepModel& gradient, BasicFoldedModel<Real>& out, Ranges& range_gradient, ThreadPool* pool) {
  Ranges& d = range_gradient;
  for_each_range(d, [](const std::string&, double* g, size_t count) { std::fill_n(g, count, 0.0); });
  const size_t count = model.blocks.size();
  std::vector<Scales> d_input(count, Scales(ranges.embed.size(), 0.0));  // of each block's input, gathered below
  const auto block = [&](size_t b, int) {
    const BasicFoldedBlock<Real>& from = model.blocks[b];
    const BlockSteps &s = steps.blocks[b], &g = gradient.blocks[b];
    const BlockRanges& r = ranges.blocks[b];
    BlockRanges& dr = d.blocks[b];
    BasicFoldedBlock<Real>& to = out.blocks[b];
    const Side x = side(b == 0 ? ranges.embed : ranges.blocks[b - 1].channel_add, d_input[b]);
    const Side pre = side(r.pre, dr.pre), mix = side(r.mix, dr.mix), added = side(r.token_add, dr.token_add);
    const Side a1 = side(r.psa1, dr.psa1), h = side(r.fc1, dr.fc1), h2 = side(r.psa2, dr.psa2),
               y = side(r.channel_add, dr.channel_add);
    affine_backward<Real>(s.token_residual, g.token_residual, x, added, nullptr);
    affine_backward(s.token_pre, g.token_pre, x, pre, &to.token_pre);
    linear_backward(s.token_mix, g.token_mix, pre, mix, to.token_mix);
    affine_backward(s.token_post, g.token_post, mix, added, &to.token_post);
    affine_backward<Real>(s.channel_residual, g.channel_residual, added, y, nullptr);
    const bool learned = !from.functions.empty();
    if (learned) {
      table_backward(from.functions[0], *s.psa1, *g.psa1, r.token_add, dr.token_add, r.psa1, dr.psa1, to.functions[0]);
      table_backward(from.functions[1], *s.psa2, *g.psa2, r.fc1, dr.fc1, r.psa2, dr.psa2, to.functions[1]);
    }
    linear_backward(s.fc1, g.fc1, learned ? a1 : added, h, to.fc1);
    linear_backward(s.fc2, g.fc2, learned ? h2 : h, y, to.fc2);
  };
  if (pool != nullptr) {
    pool->run(count, block);
  } else {
    for (size_t b = 0; b < count; ++b) block(b, 0);
  }
  const double input = ranges.input;
  double unused = 0;
  linear_backward(steps.embed, gradient.embed, side(input, unused), side(ranges.embed, d.embed), out.embed);
  linear_backward(
      steps.head, gradient.head,
      count == 0 ? side(ranges.embed, d.embed) : side(ranges.blocks.back().channel_add, d.blocks.back().channel_add),
      side(ranges.head, d.head), out.head);
  for (size_t b = 0; b < count; ++b) {
    Scales& to = b == 0 ? d.embed : d.blocks[b - 1].channel_add;
    for (size_t c = 0; c < to.size(); ++c) to[c] += d_input[b][c];
  }
  constexpr double kLn2 = 0.693147180559945309417;
  for_each_range(d, [](const std::string&, double* g, size_t n) {
    for (size_t i = 0; i < n; ++i) g[i] *= kLn2;
  });
}

template void steps_backward(const FoldedModel&, const Ranges&, const StepModel&, const StepModel&, FoldedModel&,
                             Ranges&, ThreadPool*);
template void steps_backward(const BasicFoldedModel<double>&, const Ranges&, const StepModel&, const StepModel&,
                             BasicFoldedModel<double>&, Ranges&, ThreadPool*);

}  // namespace psaflow
