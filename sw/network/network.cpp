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
  const Shape shape = output_shape(op, {in.rows, in.cols});
  output = static_cast<int>(tensors.size());
  tensors.push_back({name, shape.rows, shape.cols, index, {}});
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
