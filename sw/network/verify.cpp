#include "sw/network/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace psaflow {
namespace {

std::string shape_text(int rows, int cols) {
  return fmt::format("an output [{},{}]", rows, cols);
}

class Verifier {
 public:
  explicit Verifier(const Network& network) : network_(network) {}

  std::vector<Finding> run() {
    if (network_.tensors.empty() || network_.nodes.empty()) {
      report("network", "no layer", "an input and at least one layer behind it");
      return findings_;
    }
    if (!wired()) return findings_;  // shapes of what is not there cannot be looked at
    for (const Node& node : network_.nodes) {
      check_output(node);
      for (Finding& finding : check_operator(network_, node)) findings_.push_back(std::move(finding));
    }
    return findings_;
  }

 private:
  void report(const std::string& path, std::string found, std::string allowed) {
    findings_.push_back({path, std::move(found), std::move(allowed)});
  }

  bool exists(int tensor) const { return tensor >= 0 && tensor < static_cast<int>(network_.tensors.size()); }

  // Every tensor made once, before it is read, and read.
  bool wired() {
    std::vector<bool> made(network_.tensors.size(), false), read(network_.tensors.size(), false);
    std::set<std::string> names;
    made[0] = true;
    for (const Node& node : network_.nodes) {
      if (node.name.empty() || !names.insert(node.name).second)
        report(node.name, "a second layer of that name", "a name of its own for every layer");
      const size_t wanted = operator_inputs(node.op);
      if (node.inputs.size() != wanted)
        report(node.name, fmt::format("{} inputs", node.inputs.size()), fmt::format("{}", wanted));
      for (int t : node.inputs) {
        if (!exists(t) || !made[static_cast<size_t>(t)]) {
          report(node.name, exists(t) ? "reads '" + network_.tensor(t).name + "', which is made after it" : "no input",
                 "tensors of layers before it");
        } else {
          read[static_cast<size_t>(t)] = true;
        }
      }
      if (!exists(node.output) || made[static_cast<size_t>(node.output)]) {
        report(node.name, "an output that another layer makes", "a tensor of its own");
      } else {
        made[static_cast<size_t>(node.output)] = true;
      }
    }
    if (!exists(network_.output)) {
      report("network", "no output", "a tensor");
      return false;
    }
    read[static_cast<size_t>(network_.output)] = true;
    for (size_t t = 0; t < made.size(); ++t) {
      const std::string& name = network_.tensors[t].name;
      if (!made[t]) report(name, "a tensor that no layer makes", "one that makes it");
      if (!read[t]) report(name, "an output that nothing reads", "a layer that reads it, or none that makes it");
    }
    if (!network_.logits().readers.empty())
      report(network_.logits().name, "logits that a layer reads", "logits that leave the network");
    return findings_.empty();
  }

  void check_output(const Node& node) {
    const Tensor &in = network_.input_of(node), &out = network_.output_of(node);
    const Shape shape = output_shape(node.op, {in.rows, in.cols});
    if (!(shape == Shape{out.rows, out.cols}))
      report(node.name, shape_text(out.rows, out.cols), shape_text(shape.rows, shape.cols));
  }

  const Network& network_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> verify(const Network& network) {
  return Verifier(network).run();
}

const Node* head(const Network& network) {
  for (auto node = network.nodes.rbegin(); node != network.nodes.rend(); ++node) {
    const auto* const linear = std::get_if<op::Linear>(&node->op);
    if (linear != nullptr) return linear->over == op::Over::kChannels ? &*node : nullptr;
    if (network.output_of(*node).size() > 1) return nullptr;  // what is behind the head reduces the logits to one value
  }
  return nullptr;
}

std::vector<int> vector_widths(const Network& network) {
  const Node* const last = head(network);
  const int behind = last == nullptr ? static_cast<int>(network.tensors.size()) : last->output;
  std::set<int> widths;
  for (int t = 0; t < behind; ++t) widths.insert(network.tensor(t).cols);
  for (const Node& node : network.nodes) {
    const auto* const linear = std::get_if<op::Linear>(&node.op);
    if (linear != nullptr && linear->over == op::Over::kTokens) widths.insert({linear->params.in, linear->params.out});
  }
  return {widths.begin(), widths.end()};
}

std::vector<int> common_lanes(const Network& network) {
  int common = 0;
  for (int width : vector_widths(network)) common = std::gcd(common, width);
  std::vector<int> lanes;
  for (int d = 1; d <= common; ++d) {
    if (common % d == 0) lanes.push_back(d);
  }
  return lanes;
}

}  // namespace psaflow
