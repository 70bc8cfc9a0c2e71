#include "rtl_gen/package/wrapper.h"

#include <fmt/format.h>

#include "models/structure/structure.h"
#include "rtl_gen/generate/stage_modules.h"
#include "rtl_gen/syntax/syntax.h"

namespace psaflow::ip {
namespace {

using Connections = std::vector<std::pair<std::string, sv::Expr>>;

const StreamShape& in_shape(const Pipeline& p) {
  return p.streams.front().shape;
}
const StreamShape& out_shape(const Pipeline& p) {
  return p.streams.back().shape;
}

// port -> the signal of that name.
Connections connected(const std::vector<std::pair<std::string, std::string>>& list) {
  Connections ports;
  for (const auto& [port, signal] : list) ports.emplace_back(port, sv::name(signal));
  return ports;
}

void add_signals(sv::Module& module, const std::vector<std::pair<std::vector<std::string>, int>>& signals) {
  for (const auto& [names, width] : signals) module.body.push_back(sv::Signal{names, width});
}

}  // namespace

Ports ports(const Pipeline& pipeline) {
  const StreamShape &in = in_shape(pipeline), &out = out_shape(pipeline);
  return {{
      {"aclk", true, 1, "clock"},
      {"aresetn", true, 1, "synchronous reset, active low"},
      {"s_axis_tvalid", true, 1, fmt::format("an image a packet of {} beats: {}", in.beats(), shape_text(in))},
      {"s_axis_tready", false, 1, ""},
      {"s_axis_tdata", true, in.lanes * 8, "lane 0 in the low byte"},
      {"s_axis_tlast", true, 1, "with an image's last beat"},
      {"m_axis_tvalid", false, 1,
       fmt::format("an image's result a packet of {} beats: {}", out.beats(), shape_text(out))},
      {"m_axis_tready", true, 1, ""},
      {"m_axis_tdata", false, out.lanes * 8, "lane 0 in the low byte"},
      {"m_axis_tlast", false, 1, "with a result's last beat"},
      {"m_axis_tuser", false, 1, "with tlast: the image's packet was too short or too long, its result means nothing"},
      {"error", false, 1, "there was such a packet since the reset"},
  }};
}

int images_in_flight(int64_t latency_cycles, int64_t ii_cycles) {
  return static_cast<int>(latency_cycles / ii_cycles) + 3;
}

std::string wrapper_module(const Pipeline& pipeline, const std::string& top, const std::string& title,
                           int images_in_flight) {
  const StreamShape &in = in_shape(pipeline), &out = out_shape(pipeline);
  sv::Module module;
  module.name = top;
  module.comment = fmt::format(
      "{}: the accelerator with AXI4-Stream on both sides. Every packet in gives one packet out. A packet that is too "
      "short or too long raises error for good, and what follows it is right again.",
      title);
  module.parameters.push_back({"RomDir", sv::text(""), rtl::kRomDirComment});
  for (const Ports::Port& p : ports(pipeline).list)
    module.ports.push_back({p.input ? sv::Direction::kInput : sv::Direction::kOutput, p.name, p.width, p.says});
  add_signals(module, {{{"in_valid", "in_ready"}, 1},
                       {{"in_data"}, in.lanes * 8},
                       {{"out_valid", "out_ready"}, 1},
                       {{"out_data"}, out.lanes * 8},
                       {{"begun_valid", "begun_ready", "begun_bad"}, 1},
                       {{"ended_valid", "ended_ready", "ended_bad"}, 1}});
  module.body.push_back(sv::Blank{});
  const auto instance = [&](const char* leaf, const char* name, Connections parameters, const Connections& ports) {
    module.body.push_back(sv::Instance{top + "_" + leaf, name, std::move(parameters), ports});
  };
  instance("axis_in", "u_axis_in", {{"Lanes", sv::number(in.lanes)}, {"Beats", sv::number(in.beats())}},
           connected({{"clk_i", "aclk"},
                      {"rst_ni", "aresetn"},
                      {"axis_valid_i", "s_axis_tvalid"},
                      {"axis_ready_o", "s_axis_tready"},
                      {"axis_data_i", "s_axis_tdata"},
                      {"axis_last_i", "s_axis_tlast"},
                      {"out_valid_o", "in_valid"},
                      {"out_ready_i", "in_ready"},
                      {"out_data_o", "in_data"},
                      {"image_valid_o", "begun_valid"},
                      {"image_ready_i", "begun_ready"},
                      {"image_bad_o", "begun_bad"},
                      {"error_o", "error"}}));
  module.body.push_back(sv::Blank{});
  module.body.push_back(sv::Comment{"Of each image in flight: whether its packet was too short or too long."});
  instance("stream_fifo", "u_images", {{"Width", sv::number(1)}, {"Depth", sv::number(images_in_flight)}},
           connected({{"clk_i", "aclk"},
                      {"rst_ni", "aresetn"},
                      {"in_valid_i", "begun_valid"},
                      {"in_ready_o", "begun_ready"},
                      {"in_data_i", "begun_bad"},
                      {"out_valid_o", "ended_valid"},
                      {"out_ready_i", "ended_ready"},
                      {"out_data_o", "ended_bad"}}));
  module.body.push_back(sv::Blank{});
  instance("core", "u_core", {{"RomDir", sv::name("RomDir")}},
           connected({{"clk_i", "aclk"},
                      {"rst_ni", "aresetn"},
                      {"s_valid_i", "in_valid"},
                      {"s_ready_o", "in_ready"},
                      {"s_data_i", "in_data"},
                      {"m_valid_o", "out_valid"},
                      {"m_ready_i", "out_ready"},
                      {"m_data_o", "out_data"}}));
  module.body.push_back(sv::Blank{});
  instance("axis_out", "u_axis_out", {{"Lanes", sv::number(out.lanes)}, {"Beats", sv::number(out.beats())}},
           connected({{"clk_i", "aclk"},
                      {"rst_ni", "aresetn"},
                      {"in_valid_i", "out_valid"},
                      {"in_ready_o", "out_ready"},
                      {"in_data_i", "out_data"},
                      {"image_valid_i", "ended_valid"},
                      {"image_ready_o", "ended_ready"},
                      {"image_bad_i", "ended_bad"},
                      {"axis_valid_o", "m_axis_tvalid"},
                      {"axis_ready_i", "m_axis_tready"},
                      {"axis_data_o", "m_axis_tdata"},
                      {"axis_last_o", "m_axis_tlast"},
                      {"axis_user_o", "m_axis_tuser"}}));
  return sv::to_text(module);
}

std::string test_bench_module(const Pipeline& pipeline, const std::string& top, const std::string& title,
                              size_t images) {
  const StreamShape &in = in_shape(pipeline), &out = out_shape(pipeline);
  sv::Module module;
  module.name = top + "_tb";
  module.comment = title + ": the test bench, to be run in the folder that holds rtl and sim.";
  module.parameters = {{"RomDir", sv::text("rtl"), "folder of the ROM images"},
                       {"VectorDir", sv::text("sim"), "folder of the golden images"},
                       {"Finish", sv::number(1), "0: does not end the simulation, in which others may go on"}};
  Connections bench = {{"InLanes", sv::number(in.lanes)},
                       {"InBeats", sv::number(in.beats())},
                       {"OutLanes", sv::number(out.lanes)},
                       {"OutBeats", sv::number(out.beats())},
                       {"Images", sv::number(static_cast<int64_t>(images))},
                       {"Dir", sv::name("VectorDir")},
                       {"Stimulus", sv::text(top + "_stimulus.mem")},
                       {"Expected", sv::text(top + "_expected.mem")},
                       {"Cycles", sv::text(top + "_cycles.mem")},
                       {"Finish", sv::name("Finish")}};
  Connections wires;
  for (const Ports::Port& p : ports(pipeline).list) {
    module.body.push_back(sv::Signal{{p.name}, p.width});
    wires.emplace_back(p.name, sv::name(p.name));
  }
  module.body.push_back(sv::Blank{});
  module.body.push_back(sv::Instance{top + "_axis_bench", "u_bench", std::move(bench), wires});
  module.body.push_back(sv::Instance{top, "u_dut", {{"RomDir", sv::name("RomDir")}}, wires});
  return sv::to_text(module);
}

}  // namespace psaflow::ip
