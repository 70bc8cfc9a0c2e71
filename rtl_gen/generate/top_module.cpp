#include "rtl_gen/generate/top_module.h"

#include <fmt/format.h>

#include "rtl_gen/generate/names.h"

namespace psaflow::rtl {
namespace {

class Top {
 public:
  Top(const Pipeline& pipeline, const Structure& structure, const std::vector<StageRtl>& stages)
      : pipeline_(pipeline), structure_(structure), stages_(stages) {}

  std::string generate(const std::string& top, const std::string& title, bool taps) {
    const StreamShape &in = pipeline_.streams.front().shape, &out = pipeline_.streams.back().shape;
    const std::string result = pipeline_.stages.back().kind == StageKind::kArgMax ? "class" : "logits";
    module_.name = top;
    module_.comment = fmt::format(
        "{}: the unrolled streaming accelerator, {} stages. An image enters as {} and leaves as {} (the {}). One "
        "after the other, "
        "without a gap; a stream's lane 0 is the low byte.\nFor each stage: its input signals, the FIFO before it, its "
        "output signals, "
        "the stage.",
        title, pipeline_.stages.size(), shape_text(in), shape_text(out), result);
    module_.parameters.push_back({"RomDir", sv::text(""), kRomDirComment});
    const auto port = [&](sv::Direction direction, const std::string& name, int width, const std::string& comment) {
      module_.ports.push_back({direction, name, width, comment});
    };
    const auto input = sv::Direction::kInput, output = sv::Direction::kOutput;
    port(input, "clk_i", 1, "clock");
    port(input, "rst_ni", 1, "synchronous reset, active low");
    port(input, "s_valid_i", 1, pipeline_.network->input().name + ": " + shape_text(in));
    port(output, "s_ready_o", 1, "");
    port(input, "s_data_i", in.lanes * 8, "");
    port(output, "m_valid_o", 1, result + ": " + shape_text(out));
    port(input, "m_ready_i", 1, "");
    port(output, "m_data_o", out.lanes * 8, "");
    if (taps) {
      int bits = 0;
      for (const Stage& stage : pipeline_.stages) bits += stage.out.lanes * 8;
      const auto stages = static_cast<int>(pipeline_.stages.size());
      const auto streams = static_cast<int>(pipeline_.streams.size());
      port(output, "tap_valid_o", stages, "by stage, the first in bit 0: it offers a beat");
      port(output, "tap_ready_o", stages, "and that is taken");
      port(output, "tap_data_o", bits, "the beat, the first stage's in the low bits");
      port(output, "tap_fifo_valid_o", streams, "by stream, the input in bit 0: its FIFO holds a beat");
      port(output, "tap_fifo_ready_o", streams, "and its consumer takes it");
    }
    for (size_t i = 0; i < pipeline_.stages.size(); ++i) add_stage(i);
    module_.body.push_back(sv::Comment{"The logits' FIFO."});
    add_fifo(pipeline_.streams.size() - 1);
    if (taps) add_taps();
    return sv::to_text(module_);
  }

 private:
  using Connections = std::vector<std::pair<std::string, sv::Expr>>;

  // A stream's three signals at one of its ends, as the accelerator's ports are called when the end is outside.
  struct End {
    std::string valid, ready, data;
  };
  static End end(const std::string& prefix) {
    if (prefix == "s") return {"s_valid_i", "s_ready_o", "s_data_i"};
    if (prefix == "m") return {"m_valid_o", "m_ready_i", "m_data_o"};
    return {prefix + "_valid", prefix + "_ready", prefix + "_data"};
  }

  void declare(const std::string& prefix, int lanes) {
    module_.body.push_back(sv::Signal{{prefix + "_valid", prefix + "_ready"}, 1});
    module_.body.push_back(sv::Signal{{prefix + "_data"}, lanes * 8});
  }

  static void connect_in(Connections& ports, const std::string& name, const End& from) {
    ports.push_back({name + "_valid_i", sv::name(from.valid)});
    ports.push_back({name + "_ready_o", sv::name(from.ready)});
    ports.push_back({name + "_data_i", sv::name(from.data)});
  }
  static void connect_out(Connections& ports, const std::string& name, const End& to) {
    ports.push_back({name + "_valid_o", sv::name(to.valid)});
    ports.push_back({name + "_ready_i", sv::name(to.ready)});
    ports.push_back({name + "_data_o", sv::name(to.data)});
  }
  static Connections clocked() { return {{"clk_i", sv::name("clk_i")}, {"rst_ni", sv::name("rst_ni")}}; }

  void add_fifo(size_t index) {
    const Stream& stream = pipeline_.streams[index];
    const LeafInstance& leaf = *structure_.fifos[index];
    const std::string behind = behind_fifo(pipeline_, stream);
    Connections ports = clocked();
    connect_in(ports, "in", end(before_fifo(pipeline_, stream)));
    connect_out(ports, "out", end(behind));
    module_.body.push_back(
        sv::Instance{leaf.leaf, "u_" + (behind == "m" ? "logits" : behind) + "_fifo", parameters(leaf), ports});
  }

  void add_stage(size_t index) {
    const Stage& stage = pipeline_.stages[index];
    const std::string id = identifier(stage.name);
    module_.body.push_back(sv::Comment{stage.name + ": " + stage_text(stage)});
    Connections ports = clocked();
    for (int s : stage.inputs) {
      const Stream& stream = pipeline_.streams[static_cast<size_t>(s)];
      const std::string prefix = behind_fifo(pipeline_, stream);
      if (structure_.fifos[static_cast<size_t>(s)]) {
        declare(prefix, stream.shape.lanes);
        add_fifo(static_cast<size_t>(s));
      }
      connect_in(ports, stage.kind != StageKind::kAdd ? "in" : prefix.substr(id.size() + 1), end(prefix));
    }
    if (stage.kind == StageKind::kFork) {
      for (size_t i = 0; i < 2; ++i) {
        const std::string prefix = behind_fifo(pipeline_, pipeline_.streams[static_cast<size_t>(stage.outputs[i])]);
        declare(prefix, stage.out.lanes);
        connect_out(ports, i == 0 ? "long" : "short", end(prefix));
      }
    } else {
      declare(id + "_out", stage.out.lanes);
      connect_out(ports, "out", end(id + "_out"));
    }
    Connections parameters = stages_[index].parameters;
    if (!stages_[index].roms.empty()) parameters.push_back({"RomDir", sv::name("RomDir")});
    module_.body.push_back(sv::Instance{stages_[index].module, "u_" + id, parameters, ports});
    module_.body.push_back(sv::Blank{});
  }

  void add_taps() {
    std::vector<sv::Expr> valid, ready, data, fifo_valid, fifo_ready;
    for (auto stage = pipeline_.stages.rbegin(); stage != pipeline_.stages.rend(); ++stage) {
      const std::string prefix = identifier(stage->name) + (stage->kind == StageKind::kFork ? "_in" : "_out");
      valid.push_back(sv::name(prefix + "_valid"));
      ready.push_back(sv::name(prefix + "_ready"));
      data.push_back(sv::name(prefix + "_data"));
    }
    for (auto stream = pipeline_.streams.rbegin(); stream != pipeline_.streams.rend(); ++stream) {
      const End behind = end(behind_fifo(pipeline_, *stream));
      fifo_valid.push_back(sv::name(behind.valid));
      fifo_ready.push_back(sv::name(behind.ready));
    }
    module_.body.push_back(sv::Blank{});
    module_.body.push_back(sv::Comment{"Taps. A fork puts out what it takes in."});
    module_.body.push_back(sv::Assign{sv::name("tap_valid_o"), sv::concat(valid)});
    module_.body.push_back(sv::Assign{sv::name("tap_ready_o"), sv::concat(ready)});
    module_.body.push_back(sv::Assign{sv::name("tap_data_o"), sv::concat(data)});
    module_.body.push_back(sv::Assign{sv::name("tap_fifo_valid_o"), sv::concat(fifo_valid)});
    module_.body.push_back(sv::Assign{sv::name("tap_fifo_ready_o"), sv::concat(fifo_ready)});
  }

  const Pipeline& pipeline_;
  const Structure& structure_;
  const std::vector<StageRtl>& stages_;
  sv::Module module_;
};

}  // namespace

std::string generate_top(const Pipeline& pipeline, const Structure& structure, const std::vector<StageRtl>& stages,
                         const std::string& top, const std::string& title, bool taps) {
  return Top(pipeline, structure, stages).generate(top, title, taps);
}

}  // namespace psaflow::rtl
