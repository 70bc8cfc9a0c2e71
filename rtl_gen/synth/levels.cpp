#include "rtl_gen/synth/levels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "sw/base/error.h"

namespace psaflow {
namespace {

using Json = nlohmann::json;

[[noreturn]] void refuse(const std::string& found) {
  throw UserError("", "the netlist of this Yosys", found, "what Yosys 0.23 writes (Debian 12: apt install yosys)");
}

bool starts_with(const std::string& text, const char* start) {
  return text.rfind(start, 0) == 0;
}

// An output bit, and the nets that it depends on.
struct Gate {
  std::vector<int64_t> inputs;
  bool lut = true;
  enum { kNew, kOpen, kDone } state = kNew;
  LogicLevels levels = {};
};

class Netlist {
 public:
  explicit Netlist(const Json& module) {
    for (const auto& [name, cell] : module.at("cells").items()) add(name, cell);
  }

  LogicLevels longest() {
    LogicLevels longest;
    for (auto& [net, gate] : gates_) longest = std::max(longest, levels(net));
    return longest;
  }

 private:
  void add(const std::string& name, const Json& cell) {
    const std::string type = cell.at("type");
    if (!cell.contains("port_directions")) refuse(fmt::format("a cell {} of which no port is known", type));
    const bool carry = starts_with(type, "CARRY");
    const bool lut = !carry && !starts_with(type, "MUXF") && type != "INV";
    for (const auto& [port, direction] : cell.at("port_directions").items()) {
      if (direction != "output") continue;
      const Json& nets = cell.at("connections").at(port);
      for (size_t bit = 0; bit < nets.size(); ++bit) {
        if (!nets[bit].is_number()) continue;
        Gate gate;
        gate.lut = lut;
        gate.inputs = inputs(cell, carry ? bit + 1 : SIZE_MAX);
        if (!gates_.emplace(nets[bit].get<int64_t>(), gate).second)
          refuse(fmt::format("{}: two cells drive a net", name));
      }
    }
  }

  // Of the first bits of each port; what a LUT RAM is written with is not seen at its output before the clock's edge.
  static std::vector<int64_t> inputs(const Json& cell, size_t bits) {
    const bool ram = starts_with(cell.at("type"), "RAM");
    std::vector<int64_t> nets;
    for (const auto& [port, direction] : cell.at("port_directions").items()) {
      if (direction != "input" || (ram && (port[0] == 'W' || port[0] == 'D'))) continue;
      const Json& connected = cell.at("connections").at(port);
      for (size_t bit = 0; bit < std::min(bits, connected.size()); ++bit) {
        if (connected[bit].is_number()) nets.push_back(connected[bit].get<int64_t>());
      }
    }
    return nets;
  }

  // Depth first, without recursion: paths through carry chains are long.
  LogicLevels levels(int64_t of) {
    std::vector<int64_t> open = {of};
    while (!open.empty()) {
      Gate& gate = gates_.at(open.back());
      if (gate.state == Gate::kDone) {
        open.pop_back();
        continue;
      }
      const bool again = gate.state == Gate::kOpen;
      gate.state = Gate::kOpen;
      LogicLevels deepest;
      bool ready = true;
      for (int64_t net : gate.inputs) {
        const auto driver = gates_.find(net);
        if (driver == gates_.end()) continue;
        if (driver->second.state != Gate::kDone) {
          if (again || driver->second.state == Gate::kOpen) refuse("logic in a circle");
          open.push_back(net);
          ready = false;
        } else {
          deepest = std::max(deepest, driver->second.levels);
        }
      }
      if (!ready) continue;
      (gate.lut ? deepest.luts : deepest.carries) += 1;
      gate.levels = deepest;
      gate.state = Gate::kDone;
      open.pop_back();
    }
    return gates_.at(of).levels;
  }

  std::map<int64_t, Gate> gates_;  // by the net that they drive
};

}  // namespace

std::map<std::string, LogicLevels> parse_levels(const std::string& json) {
  try {
    std::map<std::string, LogicLevels> levels;
    const Json netlist = Json::parse(json);
    for (const auto& [name, module] : netlist.at("modules").items()) {
      const Json attributes = module.value("attributes", Json::object());
      if (attributes.contains("blackbox") || attributes.contains("whitebox")) continue;  // a cell of the library
      levels[name] = Netlist(module).longest();
    }
    return levels;
  } catch (const Json::exception& error) {
    refuse(error.what());
  }
}

}  // namespace psaflow
