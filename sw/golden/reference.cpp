#include "sw/golden/reference.h"

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
  PSAFLOW_CHECK(x.cols % p.channels == 0, "table: input width");
  const int lerp_log2 = p.lerp_log2();
  Int8Matrix y(x.rows, x.cols);
  for (int v = 0; v < x.rows; ++v) {
    for (int c = 0; c < x.cols; ++c) y.at(v, c) = table_lookup(p.channel(c % p.channels), lerp_log2, x.at(v, c));
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

Int8Matrix cut(const op::Patches& p, const Int8Matrix& image) {
  const int across = p.width / p.patch;
  Int8Matrix y(p.height / p.patch * across, p.features());
  for (int row = 0; row < p.height; ++row) {
    for (int column = 0; column < p.width; ++column) {
      for (int c = 0; c < p.channels; ++c) {
        const int from = p.planar ? (c * p.height + row) * p.width + column : (row * p.width + column) * p.channels + c;
        const int token = row / p.patch * across + column / p.patch;
        y.at(token, (row % p.patch * p.patch + column % p.patch) * p.channels + c) =
            image.data[static_cast<size_t>(from)];
      }
    }
  }
  return y;
}

std::vector<int8_t> run_reference(const Network& network, const Int8Matrix& patches, const Tap& tap) {
  PSAFLOW_CHECK(patches.rows == network.input().rows && patches.cols == network.input().cols, "run_reference: patches");
  std::vector<Int8Matrix> values(network.tensors.size());
  values[0] = patches;
  for (const Node& node : network.nodes) {
    const auto input = [&](size_t i) -> const Int8Matrix& { return values[static_cast<size_t>(node.inputs[i])]; };
    Int8Matrix& y = values[static_cast<size_t>(node.output)];
    y = visit_operator(
        node.op,
        [&](const op::Linear& l) {
          return l.over == op::Over::kChannels ? linear(l.params, input(0), l.relu)
                                               : transpose(linear(l.params, transpose(input(0)), l.relu));
        },
        [&](const op::Affine& a) { return affine(a.params, input(0)); },
        [&](const op::Lookup& t) { return table(t.params, input(0)); },
        [&](const op::Add&) { return residual_add(input(0), input(1)); },
        [&](const op::TokenMean&) { return average_pool(input(0)); },
        [&](const op::ArgMax&) {
          Int8Matrix index(1, 1);
          index.at(0, 0) = static_cast<int8_t>(argmax(input(0).row(0), input(0).cols));
          return index;
        },
        [&](const op::Patches& p) { return cut(p, input(0)); });
    if (tap) tap(node.name, y);
  }
  return values[static_cast<size_t>(network.output)].data;
}

}  // namespace psaflow
