#include "sw/golden/reference.h"

#include <fmt/format.h>

#include "sw/base/error.h"
#include "sw/golden/arithmetic.h"

namespace psaflow {

Int8Matrix linear(const LinearParams& p, const Int8Matrix& x, bool relu) {
  PSAFLOW_CHECK(x.cols == p.in, "linear: input width");
  Int8Matrix y(x.rows, p.out);
  for (int v = 0; v < x.rows; ++v) {
    for (int m = 0; m < p.out; ++m) {
      const int8_t* weight = p.weight.data() + static_cast<size_t>(m) * p.in;
      int32_t acc = 0;
      for (int k = 0; k < p.in; ++k) acc += int32_t{x.at(v, k)} * weight[k];
      y.at(v, m) = relu ? requantize_relu(acc, p.shift[m], p.bias[m]) : requantize(acc, p.shift[m], p.bias[m]);
    }
  }
  return y;
}

Int8Matrix affine(const AffineParams& p, const Int8Matrix& x) {
  PSAFLOW_CHECK(x.cols == p.channels(), "affine: input width");
  Int8Matrix y(x.rows, x.cols);
  for (int v = 0; v < x.rows; ++v) {
    for (int c = 0; c < x.cols; ++c) y.at(v, c) = affine(x.at(v, c), p.weight[c], p.shift[c], p.bias[c]);
  }
  return y;
}

Int8Matrix table(const TableParams& p, const Int8Matrix& x) {
  PSAFLOW_CHECK(x.cols == p.channels, "table: input width");
  const int lerp_log2 = p.lerp_log2();
  Int8Matrix y(x.rows, x.cols);
  for (int v = 0; v < x.rows; ++v) {
    for (int c = 0; c < x.cols; ++c) y.at(v, c) = table_lookup(p.channel(c), lerp_log2, x.at(v, c));
  }
  return y;
}

Int8Matrix transpose(const Int8Matrix& x) {
  Int8Matrix y(x.cols, x.rows);
  for (int r = 0; r < x.rows; ++r) {
    for (int c = 0; c < x.cols; ++c) y.at(c, r) = x.at(r, c);
  }
  return y;
}

Int8Matrix residual_add(const Int8Matrix& a, const Int8Matrix& r) {
  PSAFLOW_CHECK(a.rows == r.rows && a.cols == r.cols, "residual_add: shapes");
  Int8Matrix y(a.rows, a.cols);
  for (size_t i = 0; i < y.data.size(); ++i) y.data[i] = residual_add(a.data[i], r.data[i]);
  return y;
}

Int8Matrix average_pool(const Int8Matrix& x) {
  int log2_tokens = 0;
  while ((1 << log2_tokens) < x.rows) ++log2_tokens;
  PSAFLOW_CHECK((1 << log2_tokens) == x.rows, "average_pool: tokens must be a power of two");
  Int8Matrix y(1, x.cols);
  for (int c = 0; c < x.cols; ++c) {
    int32_t sum = 0;
    for (int t = 0; t < x.rows; ++t) sum += x.at(t, c);
    y.at(0, c) = sat8(round_shift(sum, log2_tokens));
  }
  return y;
}

int argmax(const int8_t* values, int count) {
  int best = 0;
  for (int i = 1; i < count; ++i) {
    if (values[i] > values[best]) best = i;
  }
  return best;
}

std::vector<int8_t> run_reference(const IntModel& model, const Int8Matrix& patches, const Tap& tap) {
  const ModelConfig& config = model.config;
  PSAFLOW_CHECK(patches.rows == config.tokens() && patches.cols == config.features(), "run_reference: patches");
  const auto see = [&tap](const std::string& name, Int8Matrix value) {
    if (tap) tap(name, value);
    return value;
  };
  const bool relu = !config.has_tables();
  Int8Matrix x = see("embed", linear(model.embed, patches));
  for (size_t i = 0; i < model.blocks.size(); ++i) {
    const BlockParams& b = model.blocks[i];
    const std::string token = fmt::format("blocks.{}.token.", i), channel = fmt::format("blocks.{}.channel.", i);

    Int8Matrix r = see(token + "residual", affine(b.token_residual, x));
    Int8Matrix z = see(token + "pre", affine(b.token_pre, x));
    z = see(token + "mix", transpose(linear(b.token_mix, transpose(z))));
    z = see(token + "post", affine(b.token_post, z));
    x = see(token + "add", residual_add(z, r));

    r = see(channel + "residual", affine(b.channel_residual, x));
    Int8Matrix h = b.psa1 ? see(channel + "psa1", table(*b.psa1, x)) : x;
    h = see(channel + "fc1", linear(b.fc1, h, relu));
    if (b.psa2) h = see(channel + "psa2", table(*b.psa2, h));
    h = see(channel + "fc2", linear(b.fc2, h));
    x = see(channel + "add", residual_add(h, r));
  }
  x = see("pool", average_pool(x));
  return see("head", linear(model.head, x)).data;
}

}  // namespace psaflow
