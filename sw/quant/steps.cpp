#include "sw/quant/steps.h"

#include <algorithm>
#include <cmath>

#include "sw/base/error.h"
#include "sw/golden/arithmetic.h"

namespace psaflow {
namespace {

using Scales = std::vector<double>;

// x_scale and y_scale: functions of the channel.
template <typename Real, typename XScale, typename YScale>
BasicLinear<double> linear_steps(const BasicLinear<Real>& l, const XScale& x_scale, const YScale& y_scale) {
  BasicLinear<double> s;
  s.in = l.in;
  s.out = l.out;
  s.weight.resize(l.weight.size());
  s.bias.resize(l.bias.size());
  for (int m = 0; m < l.out; ++m) {
    const size_t row = static_cast<size_t>(m) * l.in;
    for (int k = 0; k < l.in; ++k) s.weight[row + k] = l.weight[row + k] * y_scale(m) / x_scale(k);
    s.bias[m] = l.bias[m] * y_scale(m);
  }
  return s;
}

template <typename Real, typename XScale, typename YScale>
BasicAffine<double> affine_steps(const BasicAffine<Real>& a, const XScale& x_scale, const YScale& y_scale) {
  BasicAffine<double> s;
  for (size_t c = 0; c < a.scale.size(); ++c) {
    s.scale.push_back(a.scale[c] * y_scale(c) / x_scale(c));
    s.offset.push_back(a.offset[c] * y_scale(c));
  }
  return s;
}

template <typename Real>
TableSteps table_steps(const BasicFunction<Real>& f, const Scales& x_scale, const Scales& y_scale, int table_log2) {
  TableSteps s;
  s.channels = f.channels();
  s.points = table_points(table_log2);
  s.values.resize(static_cast<size_t>(s.channels) * s.points);
  const std::vector<Real> x = table_inputs<Real>(x_scale, table_log2);
  std::vector<Real> y(x.size());
  f.apply(x.data(), s.points, y.data());
  for (int i = 0; i < s.points; ++i) {
    for (int c = 0; c < s.channels; ++c)
      s.values[static_cast<size_t>(c) * s.points + i] = y[static_cast<size_t>(i) * s.channels + c] * y_scale[c];
  }
  return s;
}

int8_t round8(double v) {
  return sat8(static_cast<int64_t>(std::llround(std::clamp(v, -1e6, 1e6))));
}

LinearParams round_linear(const BasicLinear<double>& l) {
  LinearParams q;
  q.in = l.in;
  q.out = l.out;
  q.weight.resize(l.weight.size());
  for (int m = 0; m < l.out; ++m) {
    const size_t row = static_cast<size_t>(m) * l.in;
    double largest = 0;
    for (int k = 0; k < l.in; ++k) largest = std::max(largest, std::abs(l.weight[row + k]));
    const int shift = largest_shift(largest);
    const double factor = std::ldexp(1.0, shift);
    for (int k = 0; k < l.in; ++k) q.weight[row + k] = round8(l.weight[row + k] * factor);
    q.bias.push_back(round8(l.bias[m]));
    q.shift.push_back(static_cast<uint8_t>(shift));
  }
  return q;
}

AffineParams round_affine(const BasicAffine<double>& a) {
  AffineParams q;
  for (size_t c = 0; c < a.scale.size(); ++c) {
    const int shift = largest_shift(std::abs(a.scale[c]));
    q.weight.push_back(round8(std::ldexp(a.scale[c], shift)));
    q.bias.push_back(round8(a.offset[c]));
    q.shift.push_back(static_cast<uint8_t>(shift));
  }
  return q;
}

TableParams round_table(const TableSteps& t) {
  TableParams q;
  q.channels = t.channels;
  q.points = t.points;
  q.values.resize(t.values.size());
  std::transform(t.values.begin(), t.values.end(), q.values.begin(), round8);
  return q;
}

}  // namespace

int table_points(int table_log2) {
  PSAFLOW_CHECK(table_log2 >= 1 && table_log2 <= 8, "table_log2");
  return table_log2 == 8 ? 256 : (1 << table_log2) + 1;
}

template <typename Real>
std::vector<Real> table_inputs(const std::vector<double>& x_scale, int table_log2) {
  const int step = 256 >> table_log2, points = table_points(table_log2);
  std::vector<Real> x;
  x.reserve(static_cast<size_t>(points) * x_scale.size());
  for (int i = 0; i < points; ++i) {
    for (double scale : x_scale) x.push_back(static_cast<Real>((i * step - 128) / scale));
  }
  return x;
}

template <typename Real>
StepModel to_steps(const BasicFoldedModel<Real>& model, const Ranges& ranges, int table_log2, ThreadPool* pool) {
  const auto by_channel = [](const Scales& scales) { return [&scales](size_t c) { return scales[c]; }; };
  const auto everywhere = [](double scale) { return [scale](size_t) { return scale; }; };
  StepModel s;
  s.config = model.config;
  s.config.input_scale = ranges.input;
  s.embed = linear_steps(model.embed, everywhere(ranges.input), by_channel(ranges.embed));
  s.blocks.resize(model.blocks.size());
  const BasicAffine<Real> identity = identity_affine<Real>(model.config.embed);
  const auto block = [&](size_t b, int) {
    const BasicFoldedBlock<Real>& from = model.blocks[b];
    const BlockRanges& r = ranges.blocks[b];
    const Scales& x = b == 0 ? ranges.embed : ranges.blocks[b - 1].channel_add;
    BlockSteps& to = s.blocks[b];
    to.token_residual = affine_steps(identity, by_channel(x), by_channel(r.token_add));
    to.token_pre = affine_steps(from.token_pre, by_channel(x), everywhere(r.pre));
    to.token_mix = linear_steps(from.token_mix, everywhere(r.pre), everywhere(r.mix));
    to.token_post = affine_steps(from.token_post, everywhere(r.mix), by_channel(r.token_add));
    to.channel_residual = affine_steps(identity, by_channel(r.token_add), by_channel(r.channel_add));
    const bool learned = !from.functions.empty();
    if (learned) {
      to.psa1 = table_steps(from.functions[0], r.token_add, r.psa1, table_log2);
      to.psa2 = table_steps(from.functions[1], r.fc1, r.psa2, table_log2);
    }
    to.fc1 = linear_steps(from.fc1, by_channel(learned ? r.psa1 : r.token_add), by_channel(r.fc1));
    to.fc2 = linear_steps(from.fc2, by_channel(learned ? r.psa2 : r.fc1), by_channel(r.channel_add));
  };
  if (pool != nullptr) {
    pool->run(s.blocks.size(), block);
  } else {
    for (size_t b = 0; b < s.blocks.size(); ++b) block(b, 0);
  }
  const Scales& x = ranges.blocks.empty() ? ranges.embed : ranges.blocks.back().channel_add;
  s.head = linear_steps(model.head, by_channel(x), everywhere(ranges.head));
  return s;
}

IntModel round_to_int8(const StepModel& steps) {
  IntModel q{steps.config, resmlp(steps.config)};
  for_each_layer(steps, Overloaded{[&](const std::string& name, const BasicLinear<double>& l) {
                                     q.network.get<op::Linear>(name).params = round_linear(l);
                                   },
                                   [&](const std::string& name, const BasicAffine<double>& a) {
                                     q.network.get<op::Affine>(name).params = round_affine(a);
                                   },
                                   [&](const std::string& name, const TableSteps& t) {
                                     q.network.get<op::Lookup>(name).params = round_table(t);
                                   }});
  return q;
}

template std::vector<float> table_inputs(const std::vector<double>&, int);
template std::vector<double> table_inputs(const std::vector<double>&, int);
template StepModel to_steps(const FoldedModel&, const Ranges&, int, ThreadPool*);
template StepModel to_steps(const BasicFoldedModel<double>&, const Ranges&, int, ThreadPool*);

}  // namespace psaflow
