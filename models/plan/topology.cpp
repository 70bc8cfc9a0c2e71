#include "models/plan/topology.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "sw/base/error.h"
#include "sw/network/verify.h"

namespace psaflow::detail {
namespace {

// "blocks.0.token.mix" -> "blocks.0.token."; of a name without a dot, the name itself and a dot.
std::string prefix_of(const std::string& name) {
  const size_t dot = name.rfind('.');
  return (dot == std::string::npos ? name : name.substr(0, dot)) + ".";
}

// Elements that a node holds back before its first output: a vector; behind a transpose, or where tokens become fewer,
// an image.
int64_t held_elements(const Network& network, const Node& node) {
  const Tensor &in = network.input_of(node), &out = network.output_of(node);
  if (const auto* linear = std::get_if<op::Linear>(&node.op))
    return linear->params.in + (linear->over == op::Over::kTokens ? in.size() + out.size() : 0);
  return out.rows < in.rows ? in.size() : 1;
}

class Unfolder {
 public:
  Unfolder(const Network& network, int lanes, int fifo_depth)
      : network_(network), head_(head(network)), lanes_(lanes), fifo_depth_(fifo_depth) {
    pipeline_.network = &network;
    for (const Node& node : network.nodes) names_.insert(node.name);
    measure_ways();
  }

  Pipeline run() {
    const Tensor& input = network_.input();
    made_[0] = new_stream(-1, {input.rows, input.cols, lanes_});
    for (size_t n = 0; n < network_.nodes.size(); ++n) add_node(static_cast<int>(n));
    name_streams(made_[network_.output]);
    return std::move(pipeline_);
  }

 private:
  // before_: what lies on the heaviest way from the input to a tensor; behind_: from a node's input to the output.
  void measure_ways() {
    before_.assign(network_.tensors.size(), 0);
    behind_.assign(network_.nodes.size(), 0);
    for (const Node& node : network_.nodes) {
      int64_t most = 0;
      for (int t : node.inputs) most = std::max(most, before_[static_cast<size_t>(t)]);
      before_[static_cast<size_t>(node.output)] = most + held_elements(network_, node);
    }
    for (size_t n = network_.nodes.size(); n-- > 0;) {
      const Node& node = network_.nodes[n];
      int64_t most = 0;
      for (int reader : network_.output_of(node).readers) most = std::max(most, behind_[static_cast<size_t>(reader)]);
      behind_[n] = most + held_elements(network_, node);
    }
  }

  void add_node(int index) {
    const Node& node = network_.nodes[static_cast<size_t>(index)];
    std::vector<int> inputs;
    for (int t : node.inputs) inputs.push_back(take(t, index));
    if (const auto* l = std::get_if<op::Linear>(&node.op)) {
      linear(node, *l, inputs[0]);
    } else if (inputs.size() == 2) {
      join(node, inputs);
    } else {
      serve(node, inputs);
    }
    made_[node.output] = output();
  }

  void linear(const Node& node, const op::Linear& l, int x) {
    const std::string prefix = prefix_of(node.name);
    const bool tokens = l.over == op::Over::kTokens;
    if (tokens) {
      transpose(prefix + "transpose_in", x, node.inputs[0], true);
      x = output();
    }
    Stage& stage = serve(node, {x});
    stage.out = {stage.in.vectors, l.params.out, &node == head_ ? std::gcd(lanes_, l.params.out) : lanes_};
    stage.simd = l.params.in;
    stage.pe = stage.out.lanes;
    stage.transposed = tokens;
    PSAFLOW_CHECK(stage.in.elements == l.params.in, "the stream fits the layer " + node.name);
    if (tokens) transpose(prefix + "transpose_out", output(), node.output, false);
  }

  void join(const Node& node, std::vector<int> inputs) {
    const auto before = [&](size_t i) { return before_[static_cast<size_t>(node.inputs[i])]; };
    if (before(0) < before(1)) std::swap(inputs[0], inputs[1]);
    stream(inputs[1]).residual = true;
    serve(node, inputs);
  }

  // The stream on which a node reads a tensor: the one that its producer puts out, or one from the forks behind that.
  int take(int tensor, int reader) {
    const std::vector<int>& readers = network_.tensor(tensor).readers;
    if (readers.size() == 1) return made_[tensor];
    auto& ways = forked_[tensor];
    if (ways.empty()) ways = fork(tensor, readers);
    const auto way = std::find_if(ways.begin(), ways.end(), [&](const Way& w) { return w.reader == reader; });
    PSAFLOW_CHECK(way != ways.end(), "a way for every reader");
    const int s = way->stream;
    way->reader = -1;  // one that reads it twice takes the other one next
    return s;
  }

  struct Way {
    int reader, stream;
  };
  // The lighter the way, the earlier it branches off; among equals the earlier reader's is the lighter.
  std::vector<Way> fork(int tensor, std::vector<int> readers) {
    std::stable_sort(readers.begin(), readers.end(),
                     [&](int a, int b) { return behind_[static_cast<size_t>(a)] < behind_[static_cast<size_t>(b)]; });
    std::string prefix = prefix_of(network_.nodes[static_cast<size_t>(readers[0])].name);
    for (int r : readers) {
      if (prefix_of(network_.nodes[static_cast<size_t>(r)].name) != prefix)
        prefix = network_.tensor(tensor).name + ".";  // its readers have no place in common
    }
    std::vector<Way> ways;
    int x = made_[tensor];
    for (size_t i = 0; i + 1 < readers.size(); ++i) {
      Stage& stage = add_stage(unique(prefix + "fork", names_), StageKind::kFork, {x});
      stage.tensor = tensor;
      x = output();
      ways.push_back({readers[i], output()});
    }
    ways.push_back({readers.back(), x});
    return ways;
  }

  void transpose(const std::string& name, int x, int tensor, bool transposed) {
    Stage& stage = add_stage(unique(name, names_), StageKind::kTranspose, {x});
    stage.out = {stage.in.elements, stage.in.vectors, stage.in.lanes};
    stage.tensor = tensor;
    stage.transposed = transposed;
  }

  Stage& serve(const Node& node, const std::vector<int>& inputs) {
    const Tensor& out = network_.output_of(node);
    Stage& stage = add_stage(node.name, kind_of(node.op), inputs);
    stage.node = &node;
    stage.tensor = node.output;
    stage.out = {out.rows, out.cols, out.cols % stage.in.lanes == 0 ? stage.in.lanes : 1};
    return stage;
  }

  Stage& add_stage(const std::string& name, StageKind kind, const std::vector<int>& inputs) {
    Stage stage;
    stage.name = name;
    stage.kind = kind;
    stage.inputs = inputs;
    stage.in = stage.out = stream(inputs[0]).shape;
    for (int s : inputs) stream(s).consumer = static_cast<int>(pipeline_.stages.size());
    pipeline_.stages.push_back(std::move(stage));
    return pipeline_.stages.back();
  }

  // The last stage added gets one more output.
  int output() {
    const int s = new_stream(static_cast<int>(pipeline_.stages.size()) - 1, pipeline_.stages.back().out);
    pipeline_.stages.back().outputs.push_back(s);
    return s;
  }

  int new_stream(int producer, const StreamShape& shape) {
    Stream s;
    s.producer = producer;
    s.shape = shape;
    s.fifo_depth = fifo_depth_;
    pipeline_.streams.push_back(std::move(s));
    return static_cast<int>(pipeline_.streams.size()) - 1;
  }

  static std::string unique(const std::string& name, std::set<std::string>& taken) {
    std::string free = name;
    for (int i = 2; !taken.insert(free).second; ++i) free = name + "_" + std::to_string(i);
    return free;
  }

  void name_streams(int last) {
    PSAFLOW_CHECK(last + 1 == static_cast<int>(pipeline_.streams.size()), "the output is the last stream");
    const auto name = [&](int stage, const char* outside) {
      return stage < 0 ? std::string(outside) : pipeline_.stages[static_cast<size_t>(stage)].name;
    };
    std::set<std::string> taken;  // two streams join a fork with an add that reads one tensor twice
    for (Stream& s : pipeline_.streams)
      s.name = unique(name(s.producer, "source") + "->" + name(s.consumer, "sink"), taken);
  }

  Stream& stream(int index) { return pipeline_.streams[static_cast<size_t>(index)]; }

  const Network& network_;
  const Node* head_;
  int lanes_, fifo_depth_;
  Pipeline pipeline_;
  std::vector<int64_t> before_, behind_;
  std::map<int, int> made_;  // tensor -> the stream that its producer puts out
  std::map<int, std::vector<Way>> forked_;
  std::set<std::string> names_;
};

}  // namespace

Pipeline unfold(const Network& network, int lanes, int fifo_depth) {
  return Unfolder(network, lanes, fifo_depth).run();
}

}  // namespace psaflow::detail
