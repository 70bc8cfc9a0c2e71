#include "sw/network/network.h"

#include <algorithm>

#include "sw/base/error.h"

namespace psaflow {

Network::Network(int tokens, int features) {
  tensors.push_back({"patches", tokens, features, -1, {}});
}

int Network::add(const std::string& name, Operator op, const std::vector<int>& inputs) {
  PSAFLOW_CHECK(!tensors.empty() && !inputs.empty(), "a node reads tensors of a network that has an input");
  const auto index = static_cast<int>(nodes.size());
  for (int t : inputs) {
    PSAFLOW_CHECK(t >= 0 && t < static_cast<int>(tensors.size()), name + " reads a tensor that is there");
    tensors[static_cast<size_t>(t)].readers.push_back(index);
  }
  const Tensor& in = tensor(inputs[0]);
  Tensor out{name, in.rows, in.cols, index, {}};
  visit_operator(
      op, [&](const op::Linear& l) { (l.over == op::Over::kChannels ? out.cols : out.rows) = l.params.out; },
      [](const op::Affine&) {}, [](const op::Lookup&) {}, [](const op::Add&) {},
      [&](const op::TokenMean&) { out.rows = 1; });
  output = static_cast<int>(tensors.size());
  tensors.push_back(std::move(out));
  nodes.push_back({name, std::move(op), inputs, output});
  return output;
}

const Node* Network::find(const std::string& name) const {
  const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const Node& n) { return n.name == name; });
  return found == nodes.end() ? nullptr : &*found;
}

const Node& Network::expect(const std::string& name) const {
  const Node* const node = find(name);
  PSAFLOW_CHECK(node != nullptr, "the network has a node " + name);
  return *node;
}

int linear_vectors(const Network& network, const Node& node) {
  const Tensor& in = network.input_of(node);
  return std::get<op::Linear>(node.op).over == op::Over::kChannels ? in.rows : in.cols;
}

int64_t node_macs(const Network& network, const Node& node) {
  return visit_operator(
      node.op, [&](const op::Linear& l) { return int64_t{linear_vectors(network, node)} * l.params.in * l.params.out; },
      [&](const op::Affine&) { return network.output_of(node).size(); }, [](const op::Lookup&) { return int64_t{0}; },
      [](const op::Add&) { return int64_t{0}; }, [](const op::TokenMean&) { return int64_t{0}; });
}

int64_t operator_parameters(const Operator& op) {
  return visit_operator(
      op, [](const op::Linear& l) { return int64_t{l.params.in} * l.params.out + 2 * int64_t{l.params.out}; },
      [](const op::Affine& a) { return 3 * int64_t{a.params.channels()}; },
      [](const op::Lookup& t) { return static_cast<int64_t>(t.params.values.size()); },
      [](const op::Add&) { return int64_t{0}; }, [](const op::TokenMean&) { return int64_t{0}; });
}

int64_t count_macs(const Network& network) {
  int64_t macs = 0;
  for (const Node& node : network.nodes) macs += node_macs(network, node);
  return macs;
}

int64_t count_parameters(const Network& network) {
  int64_t count = 0;
  for (const Node& node : network.nodes) count += operator_parameters(node.op);
  return count;
}

}  // namespace psaflow
