// The network in the middle: INT8 tensors and the operators between them, from the patches of an image to its logits.
// Golden model, accelerators, quantiser, model file and reports are all views of it; none of them knows how a network
// is wired but by reading this graph.
#pragma once
#include <cstdint>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "sw/base/finding.h"
#include "sw/network/parameters.h"

namespace psaflow {

// What an operator computes is the contract's (sw/golden/README.md). All but Add read one tensor.
namespace op {
enum class Over { kChannels, kTokens };

struct Linear {  // [T,K] -> [T,M] over channels; [T,D] -> [M,D] over tokens, the same weights for every channel
  LinearParams params;
  Over over = Over::kChannels;
  bool relu = false;  // the lower clamp is 0
};
struct Affine {  // [T,D] -> [T,D]
  AffineParams params;
};
struct
    Lookup {  // [T,D] -> [T,D]: a learned 1-D function a channel; channel d has table d modulo their number, which divides D
  TableParams params;
};
struct Add {};        // [T,D] + [T,D] -> [T,D]
struct TokenMean {};  // [T,D] -> [1,D], T a power of two
struct ArgMax {};     // [1,C] -> [1,1]: the highest value's index (the lowest on a tie), an unsigned byte: C <= 256
// The bytes of an image, line by line -> [T,F], cut into patches as the contract orders them. Interleaved, the channels
// of a pixel together: [H*W/P, P*C], a row the part of a line that lies in one patch. Planar, colour planes: [C*H*W, 1].
struct Patches {
  int channels = 3, height = 32, width = 32, patch = 4;
  bool planar = false;
  int64_t size() const { return int64_t{channels} * height * width; }
  int features() const { return patch * patch * channels; }  // F
  // Where an element of the output comes from: index into the image, both row-major.
  int64_t source(int64_t element) const;
};
}  // namespace op

// Closed: whoever visits it answers for every operator, or does not compile.
using Operator = std::variant<op::Linear, op::Affine, op::Lookup, op::Add, op::TokenMean, op::ArgMax, op::Patches>;

template <typename Op, typename = void>
struct HasConstants : std::false_type {};
template <typename Op>
struct HasConstants<Op, std::void_t<decltype(Op::params)>> : std::true_type {};

// std::visit with one lambda an operator: visit_operator(node.op, [](const op::Linear& l) {...}, ...).
template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;
template <typename AnyOperator, typename... Visitors>
decltype(auto) visit_operator(AnyOperator&& any, Visitors&&... visitors) {
  return std::visit(Overloaded{std::forward<Visitors>(visitors)...}, std::forward<AnyOperator>(any));
}

// Calls body(params) with the constants of an operator that has some: LinearParams, AffineParams or TableParams.
template <typename AnyOperator, typename Body>
void visit_constants(AnyOperator&& any, const Body& body) {
  std::visit(
      [&body](auto& op) {
        if constexpr (HasConstants<std::decay_t<decltype(op)>>::value) body(op.params);
      },
      any);
}

// An INT8 matrix [rows, cols], [tokens, channels] in a ResMLP. A tensor bears the name of the node that makes it, and
// is the golden tap of that name.
struct Tensor {
  std::string name;
  int rows = 0, cols = 0;
  int producer = -1;         // node; -1: the network's input
  std::vector<int> readers;  // nodes, ascending; one that reads it twice stands there twice
  int64_t size() const { return int64_t{rows} * cols; }
};

struct Node {
  std::string name;  // the prefix of its tensors in the model file: "blocks.0.channel.fc1"
  Operator op;
  std::vector<int> inputs;  // tensors. Add: {what was computed, what goes past it} where that is known
  int output = -1;          // tensor
};

struct Network {
  std::vector<Tensor> tensors;  // tensors[0] is the input (patches)
  std::vector<Node> nodes;      // in an order in which each can be computed
  int output = 0;               // tensor (logits)

  Network() = default;
  Network(int tokens, int features);  // nothing but its input, "patches"

  // A node behind the others. Returns its tensor, which is the network's output until another is added. Shapes follow
  // from the operator; what does not fit is a finding of verify(), not an error here.
  int add(const std::string& name, Operator op, const std::vector<int>& inputs);

  const Tensor& tensor(int index) const { return tensors[static_cast<size_t>(index)]; }
  const Tensor& input_of(const Node& node, size_t i = 0) const { return tensor(node.inputs[i]); }
  const Tensor& output_of(const Node& node) const { return tensor(node.output); }
  const Tensor& input() const { return tensors.front(); }
  const Tensor& logits() const { return tensor(output); }

  const Node* find(const std::string& name) const;  // nullptr: no node of that name
  // The operator of a node that is known to be there and of this kind.
  template <typename Op>
  const Op& get(const std::string& name) const {
    return std::get<Op>(expect(name).op);
  }
  template <typename Op>
  Op& get(const std::string& name) {
    return const_cast<Op&>(static_cast<const Network&>(*this).get<Op>(name));
  }

 private:
  const Node& expect(const std::string& name) const;
};

// What each operator answers for itself (operators.cpp).
const char* operator_name(const Operator& op);  // "linear"
size_t operator_inputs(const Operator& op);     // tensors that it reads
struct Shape {
  int rows = 0, cols = 0;
  bool operator==(const Shape& o) const { return rows == o.rows && cols == o.cols; }
};
Shape output_shape(const Operator& op, const Shape& input);
// What is wrong with a node's constants and the shapes that it reads.
std::vector<Finding> check_operator(const Network& network, const Node& node);

// How a linear node reads its tensors: `vectors` dot products of K = params.in inputs each.
int linear_vectors(const Network& network, const Node& node);

// Multiplications an image (linear and affine), and parameters including shifts and table points.
int64_t count_macs(const Network& network);
int64_t count_parameters(const Network& network);
// MACs of one node, and parameters of one operator.
int64_t node_macs(const Network& network, const Node& node);
int64_t operator_parameters(const Operator& op);

}  // namespace psaflow
