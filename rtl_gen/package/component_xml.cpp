#include "rtl_gen/package/component_xml.h"

#include <fmt/format.h>

#include <cctype>
#include <cstdint>
#include <pugixml.hpp>
#include <sstream>

namespace psaflow::ip {
namespace {

using Node = pugi::xml_node;

// vendor, library, name, version
struct Vlnv {
  const char *vendor, *library, *name, *version;
};

// Where the dialects differ: the order of elements, what a bus is called, how values are written.
class Component {
 public:
  Component(IpXact dialect, const Core& core, const std::vector<TextFile>& files)
      : old_(dialect == IpXact::k2009), core_(core), top_(core.top), files_(files) {}

  std::string text() {
    Node declaration = document_.append_child(pugi::node_declaration);
    declaration.append_attribute("version") = "1.0";
    declaration.append_attribute("encoding") = "UTF-8";
    document_.append_child(pugi::node_comment).set_value(" SPDX-License-Identifier: MIT ");
    Node root = document_.append_child(tag("component").c_str());
    root.append_attribute(old_ ? "xmlns:spirit" : "xmlns:ipxact") =
        old_ ? "http://www.spiritconsortium.org/XMLSchema/SPIRIT/1685-2009"
             : "http://www.accellera.org/XMLSchema/IPXACT/1685-2014";
    leaf(root, "vendor", "psaflow");
    leaf(root, "library", "ip");
    leaf(root, "name", top_);
    leaf(root, "version", version());
    Node buses = child(root, "busInterfaces");
    for (const Bus& b : core_.buses) interface(buses, b);
    clock(buses);
    reset(buses);
    maps(root);
    model(root);
    file_sets(root);
    leaf(root, "description", top_ + ": " + core_.summary + ", made by psaflow " PSAFLOW_VERSION);
    Node parameters = child(root, "parameters");
    parameter(parameters, "Component_Name", top_, "string", "");
    if (!old_ && core_.has_roms) parameter(parameters, "RomDir", "\"\"", "string", "RomDir");
    std::ostringstream out;
    document_.save(out, "  ", pugi::format_default, pugi::encoding_utf8);
    return out.str();
  }

 private:
  std::string tag(const char* name) const { return std::string(old_ ? "spirit:" : "ipxact:") + name; }
  Node child(Node parent, const char* name) const { return parent.append_child(tag(name).c_str()); }
  Node leaf(Node parent, const char* name, const std::string& value) const {
    Node node = child(parent, name);
    node.text() = value.c_str();
    return node;
  }
  void attribute(Node node, const char* name, const std::string& value) const {
    node.append_attribute(tag(name).c_str()) = value.c_str();
  }
  void plain_attribute(Node node, const char* name, const std::string& value) const {
    node.append_attribute(old_ ? tag(name).c_str() : name) = value.c_str();
  }
  // Vivado wants two numbers; to psaflow 0.1.0 it is 0.1.
  std::string version() const {
    const std::string all = PSAFLOW_VERSION;
    return old_ ? all.substr(0, all.rfind('.')) : all;
  }

  void identify(Node node, const Vlnv& v) const {
    plain_attribute(node, "vendor", v.vendor);
    plain_attribute(node, "library", v.library);
    plain_attribute(node, "name", v.name);
    plain_attribute(node, "version", v.version);
  }

  // A bus interface: name, type, abstraction with its port maps (logical, physical), mode.
  // behind: the memory map of a slave, the address space of a master; empty: none.
  Node bus(Node buses, const std::string& name, const Vlnv& type, const Vlnv& abstraction, bool slave,
           const std::vector<std::pair<std::string, std::string>>& maps, const std::string& behind = "") const {
    Node node = child(buses, "busInterface");
    leaf(node, "name", name);
    identify(child(node, "busType"), type);
    if (old_) {
      identify(child(node, "abstractionType"), abstraction);
      mode(node, slave, behind);
      port_maps(node, maps);
    } else {
      Node one = child(child(node, "abstractionTypes"), "abstractionType");
      identify(child(one, "abstractionRef"), abstraction);
      port_maps(one, maps);
      mode(node, slave, behind);
    }
    return node;
  }

  void mode(Node node, bool slave, const std::string& behind) const {
    Node side = child(node, slave ? "slave" : "master");
    if (behind.empty()) return;
    const char* const reference = slave ? "memoryMapRef" : "addressSpaceRef";
    plain_attribute(child(side, reference), reference, behind);
  }

  void port_maps(Node node, const std::vector<std::pair<std::string, std::string>>& maps) const {
    Node list = child(node, "portMaps");
    for (const auto& [logical, physical] : maps) {
      Node map = child(list, "portMap");
      leaf(child(map, "logicalPort"), "name", logical);
      leaf(child(map, "physicalPort"), "name", physical);
    }
  }

  // In the 2014 dialect a value that is no number is an expression: a string in quotes.
  void parameter(Node list, const char* name, const std::string& value, const char* type, const std::string& id) const {
    Node node = child(list, "parameter");
    if (!old_) {
      plain_attribute(node, "parameterId", id.empty() ? std::string(name) : id);
      plain_attribute(node, "type", type);
      if (id == "RomDir") plain_attribute(node, "resolve", "user");
    }
    leaf(node, "name", name);
    const bool quoted = !old_ && std::string(type) == "string" && (value.empty() || value.front() != '"');
    Node v = leaf(node, "value", quoted ? '"' + value + '"' : value);
    if (old_) attribute(v, "id", "PARAM_VALUE." + std::string(name));
  }
  void bus_parameter(Node list, const std::string& bus, const char* name, const std::string& value) const {
    Node node = child(list, "parameter");
    const std::string id = "BUSIFPARAM_VALUE." + bus + "." + name;
    if (!old_) {
      plain_attribute(node, "parameterId", bus + "_" + name);
      plain_attribute(node, "type", "string");
    }
    leaf(node, "name", name);
    Node v = leaf(node, "value", old_ ? value : '"' + value + '"');
    if (old_) attribute(v, "id", id);
  }

  // Its ports by their logical names: "s_axis_tdata" is TDATA of s_axis.
  std::vector<std::pair<std::string, std::string>> port_maps_of(const Bus& b) const {
    std::vector<std::pair<std::string, std::string>> list;
    for (const Ports::Port& p : core_.ports.list) {
      if (p.name.rfind(b.name + "_", 0) != 0) continue;
      std::string logical = p.name.substr(b.name.size() + 1);
      for (char& c : logical) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      list.emplace_back(logical, p.name);
    }
    return list;
  }

  void interface(Node buses, const Bus& b) const {
    const auto maps = port_maps_of(b);
    switch (b.kind) {
      case Bus::Kind::kStream:
        if (old_) {
          bus(buses, b.name, {"xilinx.com", "interface", "axis", "1.0"}, {"xilinx.com", "interface", "axis_rtl", "1.0"},
              b.slave, maps);
        } else {
          bus(buses, b.name, {"amba.com", "AMBA4", "AXI4Stream", "r0p0_1"},
              {"amba.com", "AMBA4", "AXI4Stream_rtl", "r0p0_1"}, b.slave, maps);
        }
        return;
      case Bus::Kind::kRegisters:
      case Bus::Kind::kMemory: {
        const bool lite = b.kind == Bus::Kind::kRegisters;
        if (old_) {
          Node node = bus(buses, b.name, {"xilinx.com", "interface", "aximm", "1.0"},
                          {"xilinx.com", "interface", "aximm_rtl", "1.0"}, b.slave, maps, b.name);
          std::string upper = b.name;
          for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
          bus_parameter(child(node, "parameters"), upper, "PROTOCOL", lite ? "AXI4LITE" : "AXI4");
        } else {
          bus(buses, b.name, {"amba.com", "AMBA4", lite ? "AXI4-Lite" : "AXI4", "r0p0_0"},
              {"amba.com", "AMBA4", lite ? "AXI4-Lite_rtl" : "AXI4_rtl", "r0p0_0"}, b.slave, maps, b.name);
        }
        return;
      }
      case Bus::Kind::kInterrupt: {
        Node node = bus(buses, b.name, {"xilinx.com", "signal", "interrupt", "1.0"},
                        {"xilinx.com", "signal", "interrupt_rtl", "1.0"}, b.slave, {{"INTERRUPT", b.name}});
        bus_parameter(child(node, "parameters"), "INTERRUPT", "SENSITIVITY", "LEVEL_HIGH");
        return;
      }
    }
  }

  // The buses that the clock drives: all with more than one signal.
  std::string associated() const {
    std::string names;
    for (const Bus& b : core_.buses) {
      if (b.kind != Bus::Kind::kInterrupt) names += (names.empty() ? "" : ":") + b.name;
    }
    return names;
  }

  // What masters reach, and what slaves show.
  void maps(Node root) const {
    for (const Bus& b : core_.buses) {
      if (b.kind != Bus::Kind::kMemory) continue;
      Node space = child(child(root, "addressSpaces"), "addressSpace");
      leaf(space, "name", b.name);
      leaf(space, "range", std::to_string(int64_t{1} << core_.address_bits));
      leaf(space, "width", std::to_string(core_.memory_bits));
    }
    for (const Bus& b : core_.buses) {
      if (b.kind != Bus::Kind::kRegisters) continue;
      Node map = child(child(root, "memoryMaps"), "memoryMap");
      leaf(map, "name", b.name);
      Node block = child(map, "addressBlock");
      leaf(block, "name", "registers");
      leaf(block, "baseAddress", "0");
      leaf(block, "range", std::to_string(core_.register_bytes));
      leaf(block, "width", "32");
      leaf(block, "usage", "register");
    }
  }

  void clock(Node buses) const {
    Node node = bus(buses, "aclk", {"xilinx.com", "signal", "clock", "1.0"},
                    {"xilinx.com", "signal", "clock_rtl", "1.0"}, true, {{"CLK", "aclk"}});
    Node list = child(node, "parameters");
    bus_parameter(list, "ACLK", "ASSOCIATED_BUSIF", associated());
    bus_parameter(list, "ACLK", "ASSOCIATED_RESET", "aresetn");
    bus_parameter(list, "ACLK", "FREQ_HZ", fmt::format("{:.0f}", core_.clock_mhz * 1e6));
  }

  void reset(Node buses) const {
    Node node = bus(buses, "aresetn", {"xilinx.com", "signal", "reset", "1.0"},
                    {"xilinx.com", "signal", "reset_rtl", "1.0"}, true, {{"RST", "aresetn"}});
    bus_parameter(child(node, "parameters"), "ARESETN", "POLARITY", "ACTIVE_LOW");
  }

  void view(Node list, const char* name, const char* environment, const char* file_set) const {
    Node node = child(list, "view");
    leaf(node, "name", name);
    leaf(node, "envIdentifier", environment);
    if (old_) {
      leaf(node, "language", "SystemVerilog");
      leaf(node, "modelName", top_);
      leaf(child(node, "fileSetRef"), "localName", file_set);
    } else {
      leaf(node, "componentInstantiationRef", name);
    }
  }

  void instantiation(Node list, const char* name, const char* file_set) const {
    Node node = child(list, "componentInstantiation");
    leaf(node, "name", name);
    leaf(node, "language", "SystemVerilog");
    leaf(node, "moduleName", top_);
    if (core_.has_roms) {
      Node parameter = child(child(node, "moduleParameters"), "moduleParameter");
      plain_attribute(parameter, "dataType", "string");
      plain_attribute(parameter, "type", "string");
      leaf(parameter, "name", "RomDir");
      leaf(parameter, "value", "RomDir");
    }
    leaf(child(node, "fileSetRef"), "localName", file_set);
  }

  void model(Node root) const {
    Node node = child(root, "model");
    const char* const synthesis = "xilinx_anylanguagesynthesis";
    const char* const simulation = "xilinx_anylanguagebehavioralsimulation";
    Node views = child(node, "views");
    view(views, synthesis, ":vivado.xilinx.com:synthesis", synthesis_set());
    view(views, simulation, ":vivado.xilinx.com:simulation", simulation_set());
    if (!old_) {
      Node list = child(node, "instantiations");
      instantiation(list, synthesis, synthesis_set());
      instantiation(list, simulation, simulation_set());
    }
    Node list = child(node, "ports");
    for (const Ports::Port& p : core_.ports.list) port(list, p);
    if (!old_ || !core_.has_roms) return;
    Node parameter = child(child(node, "modelParameters"), "modelParameter");
    attribute(parameter, "dataType", "string");
    leaf(parameter, "name", "RomDir");
    leaf(parameter, "description", "folder of the ROM images; empty: where the tool looks");
    Node value = leaf(parameter, "value", "");
    attribute(value, "resolve", "generated");
    attribute(value, "id", "MODELPARAM_VALUE.RomDir");
  }

  void port(Node list, const Ports::Port& p) const {
    Node node = child(list, "port");
    leaf(node, "name", p.name);
    Node wire = child(node, "wire");
    leaf(wire, "direction", p.input ? "in" : "out");
    if (p.width == 1) return;
    Node vector = old_ ? child(wire, "vector") : child(child(wire, "vectors"), "vector");
    leaf(vector, "left", std::to_string(p.width - 1));
    leaf(vector, "right", "0");
  }

  static const char* synthesis_set() { return "synthesis"; }
  static const char* simulation_set() { return "simulation"; }

  void file_sets(Node root) const {
    Node list = child(root, "fileSets");
    for (const char* name : {synthesis_set(), simulation_set()}) {
      Node set = child(list, "fileSet");
      leaf(set, "name", name);
      for (const TextFile& file : files_) {
        const bool design = file.name.rfind("rtl/", 0) == 0;
        const bool constraints = file.name.rfind("constraints/", 0) == 0;
        if (!design && !(constraints && name == synthesis_set())) continue;
        Node node = child(set, "file");
        leaf(node, "name", file.name);
        type(node, file.name.substr(file.name.rfind('.')));
      }
    }
  }

  void type(Node file, const std::string& extension) const {
    if (extension == ".sv") {
      leaf(file, "fileType", "systemVerilogSource");
    } else if (old_) {
      leaf(file, "userFileType", extension == ".xdc" ? "xdc" : "mem");
    } else {
      Node node = leaf(file, "fileType", "user");
      plain_attribute(node, "user", extension == ".xdc" ? "xdc" : "mem");
    }
  }

  bool old_;
  const Core& core_;
  const std::string& top_;
  const std::vector<TextFile>& files_;
  pugi::xml_document document_;
};

}  // namespace

std::string component_xml(IpXact dialect, const Core& core, const std::vector<TextFile>& files) {
  return Component(dialect, core, files).text();
}

}  // namespace psaflow::ip
