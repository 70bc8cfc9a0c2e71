#include "sw/network/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace psaflow {
namespace {

bool power_of_two(int v) {
  return v > 0 && (v & (v - 1)) == 0;
}

std::string shape_of(const Tensor& t) {
  return fmt::format("[{},{}]", t.rows, t.cols);
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
      visit_operator(
          node.op, [&](const op::Linear& l) { linear(node, l); }, [&](const op::Affine& a) { affine(node, a.params); },
          [&](const op::Lookup& t) { table(node, t.params); }, [&](const op::Add&) { add(node); },
          [&](const op::TokenMean&) { mean(node); });
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
      const size_t wanted = std::holds_alternative<op::Add>(node.op) ? 2 : 1;
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
    Network again(network_.input_of(node).rows, network_.input_of(node).cols);
    again.add(node.name, node.op, {0});
    const Tensor& out = network_.output_of(node);
    if (out.rows != again.logits().rows || out.cols != again.logits().cols)
      report(node.name, "an output " + shape_of(out), shape_of(again.logits()));
  }

  void count(const Node& node, const char* what, size_t found, int64_t wanted) {
    if (static_cast<int64_t>(found) != wanted)
      report(node.name, fmt::format("{} values of {}", found, what), std::to_string(wanted));
  }

  void shifts(const Node& node, const std::vector<uint8_t>& shift) {
    for (size_t i = 0; i < shift.size(); ++i) {
      if (shift[i] > kMaxShift) {
        report(fmt::format("{}.shift[{}]", node.name, i), std::to_string(shift[i]), fmt::format("0..{}", kMaxShift));
        return;
      }
    }
  }

  void linear(const Node& node, const op::Linear& l) {
    const Tensor& in = network_.input_of(node);
    const bool channels = l.over == op::Over::kChannels;
    const int width = channels ? in.cols : in.rows;
    const LinearParams& p = l.params;
    if (p.in != width)
      report(node.name, fmt::format("{} inputs", p.in),
             fmt::format("the {} {} of '{}'", width, channels ? "channels" : "tokens", in.name));
    if (p.in < 1 || p.in > kMaxLinearInputs)
      report(node.name, fmt::format("{} inputs", p.in),
             fmt::format("1..{} (more could overflow the 32-bit accumulator)", kMaxLinearInputs));
    if (p.out < 1) report(node.name, fmt::format("{} outputs", p.out), "at least 1");
    count(node, "weight", p.weight.size(), int64_t{p.in} * p.out);
    count(node, "bias", p.bias.size(), p.out);
    count(node, "shift", p.shift.size(), p.out);
    shifts(node, p.shift);
  }

  void affine(const Node& node, const AffineParams& p) {
    const int channels = network_.input_of(node).cols;
    count(node, "weight", p.weight.size(), channels);
    count(node, "bias", p.bias.size(), channels);
    count(node, "shift", p.shift.size(), channels);
    shifts(node, p.shift);
  }

  void table(const Node& node, const TableParams& p) {
    const int channels = network_.input_of(node).cols;
    if (p.channels != channels) report(node.name, fmt::format("{} tables", p.channels), fmt::format("{}", channels));
    if (!legal_table_points(p.points)) report(node.name, fmt::format("{} points", p.points), kTablePointsAllowed);
    count(node, "table", p.values.size(), int64_t{p.channels} * p.points);
  }

  void add(const Node& node) {
    const Tensor &a = network_.input_of(node, 0), &b = network_.input_of(node, 1);
    if (a.rows != b.rows || a.cols != b.cols)
      report(node.name, fmt::format("'{}' {} and '{}' {}", a.name, shape_of(a), b.name, shape_of(b)), "equal shapes");
  }

  void mean(const Node& node) {
    const Tensor& in = network_.input_of(node);
    if (!power_of_two(in.rows))
      report(node.name, fmt::format("{} tokens", in.rows), "a power of two (the mean divides by shifting)");
  }

  const Network& network_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> verify(const Network& network) {
  return Verifier(network).run();
}

std::vector<int> vector_widths(const Network& network) {
  std::set<int> widths;
  for (const Tensor& t : network.tensors) {
    const bool logits = &t == &network.logits();
    if (!logits) widths.insert(t.cols);
  }
  for (const Node& node : network.nodes) {
    const auto* const linear = std::get_if<op::Linear>(&node.op);
    const bool last = node.output == network.output;
    if (linear == nullptr) {
      if (last) widths.insert(network.logits().cols);
    } else if (linear->over == op::Over::kTokens) {
      widths.insert({linear->params.in, linear->params.out});
      if (last) widths.insert(network.logits().cols);
    }
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
