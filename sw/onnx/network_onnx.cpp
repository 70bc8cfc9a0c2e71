#include "sw/onnx/network_onnx.h"

#include "sw/base/error.h"
#include "sw/golden/kernels.h"
#include "sw/onnx/graph.h"

namespace psaflow {
namespace {

using onnx::Type;

class Writer {
 public:
  Writer(const Network& network, const std::string& name) : network_(network), graph_(name) {}

  OnnxModel run(const std::string& name) {
    const Tensor &in = network_.input(), &out = network_.logits();
    PSAFLOW_CHECK(out.rows == 1, "an output of one vector");
    tensors_.resize(network_.tensors.size());
    graph_.input(in.name, Type::kInt8, {-1, in.rows, in.cols});
    tensors_[0] = in.name;
    low_ = graph_.constant("low", {}, std::vector<int64_t>{-128});
    high_ = graph_.constant("high", {}, std::vector<int64_t>{127});
    zero_ = graph_.constant("zero", {}, std::vector<int64_t>{0});
    axis_ = graph_.constant("token_axis", {1}, std::vector<int64_t>{1});
    OnnxModel model;
    model.is_class = std::holds_alternative<op::ArgMax>(network_.nodes[static_cast<size_t>(out.producer)].op);
    const std::string result = model.is_class ? "class" : "logits";
    graph_.output(result, model.is_class ? Type::kUint8 : Type::kInt8, {-1, out.cols});
    for (const Node& node : network_.nodes) add(node);
    graph_.output_node("Squeeze", result, {tensors_[static_cast<size_t>(network_.output)], axis_});
    model.nodes = graph_.nodes();
    model.bytes = graph_.model({{"scenario", name}, {"network", "INT8, exact: shifts round half up, sums saturate"}});
    return model;
  }

 private:
  void add(const Node& node) {
    const std::string x = tensors_[static_cast<size_t>(node.inputs[0])];
    const Tensor& in = network_.input_of(node);
    tensors_[static_cast<size_t>(node.output)] = visit_operator(
        node.op, [&](const op::Linear& l) { return linear(node.name, x, l); },
        [&](const op::Affine& a) {
          const int64_t channels = a.params.channels();
          const std::string w = graph_.constant(node.name + "/weight", {channels},
                                                std::vector<int64_t>(a.params.weight.begin(), a.params.weight.end()));
          const std::string product = graph_.node("Mul", node.name + "/product", {wide(node.name, x), w});
          return requantize(node.name, product, {channels}, a.params.shift, a.params.bias, false);
        },
        [&](const op::Lookup& t) { return lookup(node.name, x, t.params, in.cols); },
        [&](const op::Add&) {
          const std::string r = tensors_[static_cast<size_t>(node.inputs[1])];
          return saturate(node.name, graph_.node("Add", node.name + "/sum", {wide(node.name, x), wide(node.name, r)}));
        },
        [&](const op::TokenMean&) {
          const std::string sum =
              graph_.node("ReduceSum", node.name + "/sum", {wide(node.name, x), axis_}, {{"keepdims", 1}});
          uint8_t shift = 0;
          while ((1 << shift) < in.rows) ++shift;
          return requantize(node.name, sum, {1}, {shift}, {0}, false);
        },
        [&](const op::ArgMax&) {
          const std::string values = graph_.cast(node.name + "/values", x, Type::kInt32);
          const std::string index = graph_.node("ArgMax", node.name + "/index", {values},
                                                {{"axis", 2}, {"keepdims", 1}, {"select_last_index", 0}});
          return graph_.cast(node.name, index, Type::kUint8);
        },
        [&](const op::Patches& p) { return patches(node.name, x, p, network_.output_of(node)); });
  }

  std::string wide(const std::string& name, const std::string& x) {
    return graph_.cast(name + "/wide", x, Type::kInt64);
  }

  // [N,T,K] x [K,M], or over tokens [M,K] x [N,K,D].
  std::string linear(const std::string& name, const std::string& x, const op::Linear& l) {
    const LinearParams& p = l.params;
    const bool tokens = l.over == op::Over::kTokens;
    const int64_t in = p.in, out = p.out;
    std::vector<int8_t> weight = p.weight;
    if (!tokens) {
      for (int64_t k = 0; k < in; ++k) {
        for (int64_t m = 0; m < out; ++m)
          weight[static_cast<size_t>(k * out + m)] = p.weight[static_cast<size_t>(m * in + k)];
      }
    }
    const std::vector<int64_t> dims = tokens ? std::vector<int64_t>{out, in} : std::vector<int64_t>{in, out};
    const std::string w =
        graph_.cast(name + "/weight", graph_.constant(name + "/weight_int8", dims, weight), Type::kInt32);
    const std::string values = graph_.cast(name + "/values", x, Type::kInt32);
    const std::string product =
        graph_.node("MatMul", name + "/product",
                    tokens ? std::vector<std::string>{w, values} : std::vector<std::string>{values, w});
    const std::vector<int64_t> each = tokens ? std::vector<int64_t>{out, 1} : std::vector<int64_t>{out};
    return requantize(name, graph_.cast(name + "/wide", product, Type::kInt64), each, p.shift, p.bias, l.relu);
  }

  // acc: int64. dims: of shift and bias, to be broadcast.
  std::string requantize(const std::string& name, const std::string& acc, const std::vector<int64_t>& dims,
                         const std::vector<uint8_t>& shift, const std::vector<int8_t>& bias, bool relu) {
    std::vector<int64_t> offset, divisor, behind;
    for (size_t i = 0; i < shift.size(); ++i) {
      const int s = shift[i];
      offset.push_back((int64_t{1} << (31 + s)) + (s == 0 ? 0 : int64_t{1} << (s - 1)));
      divisor.push_back(int64_t{1} << s);
      behind.push_back(bias[i] - (int64_t{1} << 31));
    }
    std::string y = graph_.node("Add", name + "/positive", {acc, graph_.constant(name + "/offset", dims, offset)});
    y = graph_.node("Div", name + "/shifted", {y, graph_.constant(name + "/divisor", dims, divisor)});
    y = graph_.node("Add", name + "/biased", {y, graph_.constant(name + "/bias", dims, behind)});
    return saturate(name, y, relu);
  }

  std::string saturate(const std::string& name, const std::string& y, bool relu = false) {
    const std::string clipped = graph_.node("Clip", name + "/clipped", {y, relu ? zero_ : low_, high_});
    return graph_.cast(name, clipped, Type::kInt8);
  }

  std::string lookup(const std::string& name, const std::string& x, const TableParams& p, int cols) {
    std::vector<int8_t> points(static_cast<size_t>(p.channels) * 256);
    std::vector<int32_t> first;  // where the entry of 0 lies
    for (int c = 0; c < p.channels; ++c) {
      expand_table(p, c, points.data() + static_cast<size_t>(c) * 256);
    }
    for (int c = 0; c < cols; ++c) first.push_back(c % p.channels * 256 + 128);
    const std::string values = graph_.cast(name + "/values", x, Type::kInt32);
    const std::string at =
        graph_.node("Add", name + "/index", {values, graph_.constant(name + "/first", {cols}, first)});
    const std::string table = graph_.constant(name + "/table", {p.channels * int64_t{256}}, points);
    return graph_.node("Gather", name, {table, at}, {{"axis", 0}});
  }

  std::string patches(const std::string& name, const std::string& x, const op::Patches& p, const Tensor& out) {
    std::vector<int64_t> source;
    for (int64_t i = 0; i < p.size(); ++i) source.push_back(p.source(i));
    const std::string flat = graph_.node(
        "Reshape", name + "/flat", {x, graph_.constant(name + "/shape", {2}, std::vector<int64_t>{-1, p.size()})});
    const std::string at = graph_.constant(name + "/source", {out.rows, out.cols}, source);
    return graph_.node("Gather", name, {flat, at}, {{"axis", 1}});
  }

  const Network& network_;
  onnx::Graph graph_;
  std::vector<std::string> tensors_;  // by tensor of the network: what it is called in the graph
  std::string low_, high_, zero_, axis_;
};

}  // namespace

OnnxModel network_onnx(const Network& network, const std::string& name) {
  return Writer(network, name).run(name);
}

}  // namespace psaflow
