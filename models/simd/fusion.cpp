#include "models/simd/fusion.h"

#include <algorithm>

#include "sw/base/error.h"

namespace psaflow {
namespace {

bool elementwise(const Node& node) {
  return std::holds_alternative<op::Affine>(node.op) || std::holds_alternative<op::Lookup>(node.op);
}

class Fuser {
 public:
  explicit Fuser(const Network& network) : net_(network), absorbed_(network.nodes.size(), false) {}

  SimdFusion run() {
    result_.origin.assign(net_.tensors.size(), -1);
    result_.origin[0] = 0;
    for (size_t n = 0; n < net_.nodes.size(); ++n) visit(static_cast<int>(n));
    if (!result_.findings.empty()) return std::move(result_);
    demand_output();
    place_values();
    return std::move(result_);
  }

 private:
  const Node& node(int index) const { return net_.nodes[static_cast<size_t>(index)]; }
  bool is_output(int tensor) const { return tensor == net_.output; }

  // The only node that reads a tensor which is not the network's output; -1: none, or several.
  int only_reader(int tensor) const {
    const std::vector<int>& readers = net_.tensor(tensor).readers;
    return readers.size() == 1 && !is_output(tensor) ? readers[0] : -1;
  }

  // A tensor's origin, and whether side values may be it: the tap, or one Affine of it.
  int origin(int tensor) const { return result_.origin[static_cast<size_t>(tensor)]; }
  bool side_legal(int tensor) const {
    const std::vector<int> nodes = elementwise_chain(net_, origin(tensor), tensor);
    return nodes.empty() || (nodes.size() == 1 && std::holds_alternative<op::Affine>(node(nodes[0]).op));
  }

  void visit(int index) {
    const Node& n = node(index);
    const auto take_output = [&] { result_.origin[static_cast<size_t>(n.output)] = n.output; };
    visit_operator(
        n.op,
        [&](const op::Linear& l) {
          core(index, l.over == op::Over::kChannels ? SimdCore::kOverChannels : SimdCore::kOverTokens);
        },
        [&](const op::Affine&) { follow(index); }, [&](const op::Lookup&) { follow(index); },
        [&](const op::Add&) {
          if (!absorbed_[static_cast<size_t>(index)]) separate_add(index);
        },
        [&](const op::TokenMean&) { core(index, SimdCore::kMean); },
        [&](const op::ArgMax&) {
          if (!is_output(n.output) || !net_.tensor(n.output).readers.empty())
            result_.findings.push_back(
                {n.name, "an argmax in the middle of the network", "the last operator: what goes out is the index"});
          take_output();
        },
        [&](const op::Patches&) {
          result_.findings.push_back({n.name, "raw images", "patches: this accelerator reads them as they are"});
          take_output();
        });
  }

  void follow(int index) {
    if (absorbed_[static_cast<size_t>(index)]) return;
    const Node& n = node(index);
    result_.origin[static_cast<size_t>(n.output)] = origin(n.inputs[0]);
  }

  // Steps come in the order of their cores; what they are asked for is settled afterwards.
  void core(int index, SimdCore kind) {
    const Node& n = node(index);
    SimdStep step;
    step.name = n.name;
    step.core = kind;
    step.node = index;
    step.source = n.inputs[0];
    step.tap = n.output;
    const int reader = only_reader(step.tap);
    if (reader >= 0 && std::holds_alternative<op::Affine>(node(reader).op)) {
      const int second = only_reader(node(reader).output);
      if (second >= 0 && absorb_add(step, second, node(reader).output)) {
        step.pre = reader;
        absorbed_[static_cast<size_t>(reader)] = true;
      }
    } else if (reader >= 0) {
      absorb_add(step, reader, step.tap);
    }
    result_.origin[static_cast<size_t>(step.tap)] = step.tap;
    result_.steps.push_back(step);
  }

  // Takes the Add into the step if its other operand is known before the step starts.
  bool absorb_add(SimdStep& step, int index, int carried) {
    const Node& n = node(index);
    if (!std::holds_alternative<op::Add>(n.op)) return false;
    const int other = n.inputs[0] == carried ? n.inputs[1] : n.inputs[0];
    if (other == carried || !known(other)) return false;
    step.add = index;
    step.residual = other;
    step.tap = n.output;
    absorbed_[static_cast<size_t>(index)] = true;
    return true;
  }

  // Whether a tensor comes, by elementwise operators, from a step that there is already. Its nodes may stand behind.
  bool known(int tensor) {
    int at = tensor;
    while (origin(at) < 0) {
      const int producer = net_.tensor(at).producer;
      if (producer < 0 || !elementwise(node(producer)) || absorbed_[static_cast<size_t>(producer)]) return false;
      at = node(producer).inputs[0];
    }
    for (int t = tensor; origin(t) < 0; t = node(net_.tensor(t).producer).inputs[0])
      result_.origin[static_cast<size_t>(t)] = origin(at);
    return true;
  }

  void separate_add(int index) {
    const Node& n = node(index);
    SimdStep step;
    step.name = n.name;
    step.source = n.inputs[0];
    step.residual = n.inputs[1];
    if (!side_legal(step.residual) && side_legal(step.source)) std::swap(step.source, step.residual);
    step.add = index;
    step.tap = n.output;
    result_.origin[static_cast<size_t>(n.output)] = n.output;
    result_.steps.push_back(step);
  }

  void demand_output() {
    const int producer = net_.logits().producer;
    const bool argmax = producer >= 0 && std::holds_alternative<op::ArgMax>(node(producer).op);
    out_ = argmax ? node(producer).inputs[0] : net_.output;
    out_argmax_ = argmax;
  }

  // What is asked of one tap, or of the input (tensor 0).
  struct Demands {
    std::vector<int> main, side;
    bool out = false;
  };

  Demands demands_of(int tap) const {
    Demands d;
    const auto add = [](std::vector<int>& list, int tensor) {
      if (std::find(list.begin(), list.end(), tensor) == list.end()) list.push_back(tensor);
    };
    for (const SimdStep& step : result_.steps) {
      if (origin(step.source) == tap) add(d.main, step.source);
      if (step.residual >= 0 && origin(step.residual) == tap)
        add(side_legal(step.residual) ? d.side : d.main, step.residual);
    }
    d.out = origin(out_) == tap;
    return d;
  }

  // Tensors that adds want among the residuals though they are no side values: copied there from the activations.
  std::vector<int> copied_residuals(int tap) const {
    std::vector<int> list;
    for (const SimdStep& step : result_.steps) {
      const int t = step.residual;
      if (t >= 0 && origin(t) == tap && !side_legal(t) && std::find(list.begin(), list.end(), t) == list.end())
        list.push_back(t);
    }
    return list;
  }

  // The input serves steps as it is, but in one order: by tokens, or by channels, as copies take it too.
  void order_input(const Demands& input) {
    bool tokens = false, channels = !input.side.empty() || input.out;
    for (int t : input.main) channels = channels || t != 0;
    for (const SimdStep& step : result_.steps) {
      if (step.source != 0) continue;
      const bool over_tokens = step.core == SimdCore::kOverTokens || step.core == SimdCore::kMean;
      (over_tokens ? tokens : channels) = true;
    }
    result_.input_over_tokens = tokens && !channels;
    result_.input_copied = tokens && channels;
  }

  SimdStep copy_of(int tensor, const std::string& name) const {
    SimdStep copy;
    copy.name = name;
    copy.source = copy.tap = tensor;
    return copy;
  }

  void place_values() {
    std::vector<SimdStep> placed;
    SimdStep none;
    std::vector<SimdStep> cores = result_.steps;
    place(placed, none, 0);
    for (SimdStep& step : cores) {
      placed.push_back(step);
      place(placed, step, step.tap);
    }
    result_.steps = std::move(placed);
  }

  // Gives the step that makes the tap its main and side values, and adds copies for what is left.
  void place(std::vector<SimdStep>& placed, const SimdStep& maker, int tap) {
    Demands d = demands_of(tap);
    const bool input = tap == 0;
    if (input) order_input(d);
    if (input && !result_.input_copied) d.main.erase(std::remove(d.main.begin(), d.main.end(), 0), d.main.end());
    std::vector<int> sides = d.side;
    // Main places: activations first, the result last, since nothing waits for it.
    std::vector<std::pair<int, bool>> mains;  // tensor, out
    for (int t : d.main) mains.push_back({t, false});
    if (d.out) mains.push_back({out_, true});
    const std::string name = input ? "patches" : maker.name;
    if (!input) {
      SimdStep& step = placed.back();
      const bool enough = mains.size() <= 1 && sides.size() <= 1;
      if (!enough) {  // what is left is made of the tap itself, which therefore goes to the activations
        const auto raw = std::find(mains.begin(), mains.end(), std::make_pair(tap, false));
        if (raw != mains.end()) mains.erase(raw);
        step.main = tap;
      } else if (!mains.empty()) {
        take_main(step, mains);
      }
      if (!sides.empty()) take_side(step, sides);
    }
    while (!mains.empty() || !sides.empty()) {
      placed.push_back(copy_of(tap, name));
      if (!mains.empty()) take_main(placed.back(), mains);
      if (!sides.empty()) take_side(placed.back(), sides);
    }
    for (int t : copied_residuals(tap)) {
      placed.push_back(copy_of(t, name));
      placed.back().side = t;
    }
  }

  void take_main(SimdStep& step, std::vector<std::pair<int, bool>>& mains) const {
    const auto [tensor, out] = mains.front();
    (out ? step.out : step.main) = tensor;
    step.argmax = out && out_argmax_;
    mains.erase(mains.begin());
  }
  static void take_side(SimdStep& step, std::vector<int>& sides) {
    step.side = sides.front();
    sides.erase(sides.begin());
  }

  const Network& net_;
  std::vector<bool> absorbed_;  // nodes
  SimdFusion result_;
  int out_ = -1;
  bool out_argmax_ = false;
};

}  // namespace

const char* to_string(SimdCore core) {
  switch (core) {
    case SimdCore::kOverChannels:
      return "linear";
    case SimdCore::kOverTokens:
      return "linear over tokens";
    case SimdCore::kMean:
      return "mean";
    case SimdCore::kCopy:
      return "copy";
  }
  return "";
}

std::vector<int> elementwise_chain(const Network& network, int from, int to) {
  std::vector<int> nodes;
  for (int at = to; at != from;) {
    const int producer = network.tensor(at).producer;
    PSAFLOW_CHECK(producer >= 0, "one tensor is an elementwise function of the other");
    nodes.insert(nodes.begin(), producer);
    at = network.nodes[static_cast<size_t>(producer)].inputs[0];
  }
  return nodes;
}

SimdFusion fuse(const Network& network) {
  return Fuser(network).run();
}

}  // namespace psaflow
