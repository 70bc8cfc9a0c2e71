#include "rtl_gen/synth/ice40.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "rtl_gen/cosim/cache.h"
#include "rtl_gen/generate/leaves.h"
#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/base/parallel.h"
#include "sw/data/process.h"

namespace psaflow {
namespace {

using Json = nlohmann::json;

constexpr int64_t kMostLuts = 1200;  // of 7,680, as LUT4s about twice as many
constexpr size_t kMaxJson = size_t{64} << 20;

struct Port {
  std::string name;
  bool input = false;
  size_t bits = 0;
};

[[noreturn]] void refuse(const std::string& tool, const SynthUnit& unit, const ProcessResult& result) {
  throw std::runtime_error(fmt::format("{} on {} failed: {}", tool, unit.text(), result.telling_line({"ERROR"})));
}

Json read_json(const std::string& path) {
  const std::vector<char> text = read_file(path, kMaxJson);
  return Json::parse(text.begin(), text.end());
}

std::vector<Port> ports_of(const Json& netlist) {
  std::vector<Port> ports;
  for (const auto& [name, module] : netlist.at("modules").items()) {
    if (module.value("attributes", Json::object()).count("top") == 0) continue;
    for (const auto& [port, what] : module.at("ports").items())
      ports.push_back({port, what.at("direction") == "input", what.at("bits").size()});
  }
  return ports;
}

// The leaf between two registers of all its inputs and outputs, which are shifted in and out: three pins.
std::string harness_of(const SynthUnit& unit, const std::vector<Port>& ports) {
  std::vector<std::string> parameters, connections;
  for (const Parameter& p : unit.parameters) parameters.push_back(fmt::format(".{}({})", p.name, p.value));
  size_t in = 0, out = 0;
  for (const Port& port : ports) {
    if (port.name == "clk_i") {
      connections.push_back(".clk_i(clk)");
      continue;
    }
    size_t& at = port.input ? in : out;
    connections.push_back(fmt::format(".{}({}[{}+:{}])", port.name, port.input ? "in_q" : "outs", at, port.bits));
    at += port.bits;
  }
  return fmt::format(
      "module ice40_top (input clk, input serial_in, output serial_out);\n"
      "  reg [{0}:0] in_q;\n  reg [{1}:0] out_q, shift_q;\n  wire [{1}:0] outs;\n"
      "  always @(posedge clk) begin\n    in_q <= {{in_q, serial_in}};\n    out_q <= outs;\n"
      "    shift_q <= {{shift_q, 1'b0}} ^ out_q;\n  end\n  assign serial_out = shift_q[{1}];\n"
      "  {2} #({3}) u ({4});\nendmodule\n",
      in > 0 ? in - 1 : 0, out > 0 ? out - 1 : 0, unit.module, fmt::join(parameters, ", "),
      fmt::join(connections, ", "));
}

// 0: it does not fit.
double placed_mhz(const SynthUnit& unit, const std::string& folder) {
  std::string read = "read_verilog -sv -D PSAFLOW_DSP_FORM=0";
  for (const TextFile& leaf : rtl::leaf_files({unit.module})) {
    write_file_atomic(folder + "/" + leaf.name, leaf.text);
    read += " " + leaf.name;
  }
  std::string chparam;
  for (const Parameter& p : unit.parameters) chparam += fmt::format(" -chparam {} {}", p.name, p.value);
  ProcessOptions options;
  options.folder = folder;
  const auto yosys = [&](const std::string& script) {
    const ProcessResult result =
        run_process({"env", "TMPDIR=.", "nice", "-n", "5", "yosys", "-q", "-w", ".", "-p", script}, options);
    if (!result.ok()) refuse("yosys", unit, result);
  };
  yosys(fmt::format("{}; hierarchy -top {}{}; proc; write_json ports.json", read, unit.module, chparam));
  write_file_atomic(folder + "/ice40_top.sv", harness_of(unit, ports_of(read_json(folder + "/ports.json"))));
  // As the exported IP's `make bitstream` does: this family has no LUT RAM.
  yosys(
      fmt::format("{} ice40_top.sv; hierarchy -top ice40_top; setattr -unset ram_style -unset rom_style m:*; "
                  "synth_ice40 -top ice40_top -json ice40.json",
                  read));
  const ProcessResult placed =
      run_process({"nextpnr-ice40", "-q", "--hx8k", "--package", "ct256", "--seed", "1", "--freq", "200",
                   "--timing-allow-fail", "--json", "ice40.json", "--report", "report.json"},
                  options);
  if (placed.messages.find("no BELs remaining") != std::string::npos) return 0;
  if (!placed.ok()) refuse("nextpnr-ice40", unit, placed);
  const Json report = read_json(folder + "/report.json");
  for (const auto& [clock, figures] : report.at("fmax").items()) return figures.at("achieved").get<double>();
  throw std::runtime_error(fmt::format("nextpnr-ice40 on {}: its report names no clock", unit.text()));
}

}  // namespace

std::vector<PlacedLeaf> leaves_to_place(const std::vector<SynthUnit>& units, const std::vector<FpgaCost>& costs,
                                        const std::vector<LogicLevels>& levels) {
  std::map<std::string, std::vector<size_t>> by_module;
  for (size_t i = 0; i < units.size(); ++i) {
    if (!units[i].is_rom() && costs[i].dsp == 0 && costs[i].lut > 0 && costs[i].lut <= kMostLuts)
      by_module[units[i].module].push_back(i);
  }
  std::vector<PlacedLeaf> leaves;
  for (const auto& [module, of_module] : by_module) {
    const auto less = [&](size_t a, size_t b) {
      return levels[a] == levels[b] ? costs[a].lut < costs[b].lut : levels[a] < levels[b];
    };
    const auto [least, most] = std::minmax_element(of_module.begin(), of_module.end(), less);
    for (const size_t i : std::set<size_t>{*least, *most}) leaves.push_back({units[i], levels[i], 0});
  }
  return leaves;
}

void check_nextpnr() {
  if (!run_process({"nextpnr-ice40", "--version"}).found)
    throw UserError("", "nextpnr-ice40", "no such program on the PATH", "Debian: apt install nextpnr-ice40");
}

void place_on_ice40(std::vector<PlacedLeaf>& leaves, const std::function<void()>& progress) {
  const RtlCache scratch(rtl_cache_dir());
  std::mutex mutex;
  ThreadPool().run(leaves.size(), [&](size_t i, int) {
    const std::unique_ptr<OwnFolder> work = scratch.begin();
    leaves[i].mhz = placed_mhz(leaves[i].unit, work->path());
    const std::lock_guard<std::mutex> lock(mutex);
    if (progress) progress();
  });
  const auto unfit = [](const PlacedLeaf& leaf) { return leaf.mhz == 0; };
  leaves.erase(std::remove_if(leaves.begin(), leaves.end(), unfit), leaves.end());
}

}  // namespace psaflow
