// What every operator answers for itself: its name, its inputs, the shape it gives, its cost, and what is wrong with
// it.
#include <fmt/format.h>

#include <algorithm>

#include "sw/network/network.h"

namespace psaflow {
namespace {

bool power_of_two(int v) {
  return v > 0 && (v & (v - 1)) == 0;
}

std::string shape_text(const Tensor& t) {
  return fmt::format("[{},{}]", t.rows, t.cols);
}

class Checker {
 public:
  Checker(const Network& network, const Node& node) : network_(network), node_(node), in_(network.input_of(node)) {}

  std::vector<Finding> run() {
    visit_operator(
        node_.op, [&](const op::Linear& l) { linear(l); }, [&](const op::Affine& a) { affine(a.params); },
        [&](const op::Lookup& t) { lookup(t.params); }, [&](const op::Add&) { add(); },
        [&](const op::TokenMean&) {
          if (!power_of_two(in_.rows))
            report(fmt::format("{} tokens", in_.rows), "a power of two (the mean divides by shifting)");
        },
        [&](const op::ArgMax&) {
          if (in_.rows != 1 || in_.cols > 256)
            report("an input " + shape_text(in_), "one vector of at most 256 values (the index is a byte)");
        },
        [&](const op::Patches& p) { patches(p); });
    return findings_;
  }

 private:
  void report(std::string found, std::string allowed) {
    findings_.push_back({node_.name, std::move(found), std::move(allowed)});
  }

  void count(const char* what, size_t found, int64_t wanted) {
    if (static_cast<int64_t>(found) != wanted)
      report(fmt::format("{} values of {}", found, what), std::to_string(wanted));
  }

  void shifts(const std::vector<uint8_t>& shift) {
    for (size_t i = 0; i < shift.size(); ++i) {
      if (shift[i] <= kMaxShift) continue;
      findings_.push_back(
          {fmt::format("{}.shift[{}]", node_.name, i), std::to_string(shift[i]), fmt::format("0..{}", kMaxShift)});
      return;
    }
  }

  void linear(const op::Linear& l) {
    const bool channels = l.over == op::Over::kChannels;
    const int width = channels ? in_.cols : in_.rows;
    const LinearParams& p = l.params;
    if (p.in != width)
      report(fmt::format("{} inputs", p.in),
             fmt::format("the {} {} of '{}'", width, channels ? "channels" : "tokens", in_.name));
    if (p.in < 1 || p.in > kMaxLinearInputs)
      report(fmt::format("{} inputs", p.in),
             fmt::format("1..{} (more could overflow the 32-bit accumulator)", kMaxLinearInputs));
    if (p.out < 1) report(fmt::format("{} outputs", p.out), "at least 1");
    count("weight", p.weight.size(), int64_t{p.in} * p.out);
    count("bias", p.bias.size(), p.out);
    count("shift", p.shift.size(), p.out);
    shifts(p.shift);
  }

  void affine(const AffineParams& p) {
    count("weight", p.weight.size(), in_.cols);
    count("bias", p.bias.size(), in_.cols);
    count("shift", p.shift.size(), in_.cols);
    shifts(p.shift);
  }

  void lookup(const TableParams& p) {
    if (p.channels < 1 || in_.cols % p.channels != 0)
      report(fmt::format("{} tables", p.channels), fmt::format("{}, or a divisor of it", in_.cols));
    if (!legal_table_points(p.points)) report(fmt::format("{} points", p.points), kTablePointsAllowed);
    count("table", p.values.size(), int64_t{p.channels} * p.points);
  }

  void patches(const op::Patches& p) {
    if (p.channels < 1 || p.patch < 1 || p.height < 1 || p.width < 1 || p.height % p.patch != 0 ||
        p.width % p.patch != 0) {
      report(fmt::format("patches of {0} x {0} of {1} x {2} pixels of {3} channels", p.patch, p.height, p.width,
                         p.channels),
             "patches that divide the image");
      return;
    }
    const int cols = p.planar ? 1 : p.patch * p.channels;
    if (in_.cols != cols || in_.size() != p.size())
      report("an input " + shape_text(in_), fmt::format("[{},{}]", p.size() / cols, cols));
  }

  void add() {
    const Tensor& other = network_.input_of(node_, 1);
    if (in_.rows != other.rows || in_.cols != other.cols)
      report(fmt::format("'{}' {} and '{}' {}", in_.name, shape_text(in_), other.name, shape_text(other)),
             "equal shapes");
  }

  const Network& network_;
  const Node& node_;
  const Tensor& in_;
  std::vector<Finding> findings_;
};

}  // namespace

const char* operator_name(const Operator& op) {
  return visit_operator(
      op, [](const op::Linear&) { return "linear"; }, [](const op::Affine&) { return "affine"; },
      [](const op::Lookup&) { return "lookup"; }, [](const op::Add&) { return "add"; },
      [](const op::TokenMean&) { return "token mean"; }, [](const op::ArgMax&) { return "argmax"; },
      [](const op::Patches&) { return "patches"; });
}

int64_t op::Patches::source(int64_t element) const {
  const int64_t c = element % channels, x = element / channels % patch, y = element / channels / patch % patch;
  const int64_t token = element / features(), across = width / patch;
  const int64_t row = token / across * patch + y, column = token % across * patch + x;
  return planar ? (c * height + row) * width + column : (row * width + column) * channels + c;
}

size_t operator_inputs(const Operator& op) {
  return std::holds_alternative<op::Add>(op) ? 2 : 1;
}

Shape output_shape(const Operator& op, const Shape& in) {
  return visit_operator(
      op,
      [&](const op::Linear& l) {
        return l.over == op::Over::kChannels ? Shape{in.rows, l.params.out} : Shape{l.params.out, in.cols};
      },
      [&](const op::Affine&) { return in; }, [&](const op::Lookup&) { return in; }, [&](const op::Add&) { return in; },
      [&](const op::TokenMean&) {
        return Shape{1, in.cols};
      },
      [&](const op::ArgMax&) {
        return Shape{in.rows, 1};
      },
      [&](const op::Patches& p) {
        const int features = std::max(1, p.features());
        return Shape{static_cast<int>(p.size() / features), features};
      });
}

std::vector<Finding> check_operator(const Network& network, const Node& node) {
  return Checker(network, node).run();
}

int linear_vectors(const Network& network, const Node& node) {
  const Tensor& in = network.input_of(node);
  return std::get<op::Linear>(node.op).over == op::Over::kChannels ? in.rows : in.cols;
}

int64_t node_macs(const Network& network, const Node& node) {
  if (const auto* l = std::get_if<op::Linear>(&node.op))
    return int64_t{linear_vectors(network, node)} * l->params.in * l->params.out;
  return std::holds_alternative<op::Affine>(node.op) ? network.output_of(node).size() : 0;
}

int64_t operator_parameters(const Operator& op) {
  int64_t count = 0;
  visit_constants(op, Overloaded{[&](const LinearParams& p) { count = int64_t{p.in} * p.out + 2 * int64_t{p.out}; },
                                 [&](const AffineParams& p) { count = 3 * int64_t{p.channels()}; },
                                 [&](const TableParams& p) { count = static_cast<int64_t>(p.values.size()); }});
  return count;
}

}  // namespace psaflow
