#include "rtl_gen/package/component_xml.h"

#include <fmt/format.h>

#include <pugixml.hpp>
#include <sstream>

#include "rtl_gen/package/wrapper.h"

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
  Component(IpXact dialect, const Pipeline& pipeline, const std::string& top, const std::vector<TextFile>& files)
      : old_(dialect == IpXact::k2009), pipeline_(pipeline), top_(top), files_(files) {}

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
    stream(buses, "s_axis", true);
    stream(buses, "m_axis", false);
    clock(buses);
    reset(buses);
    model(root);
    file_sets(root);
    leaf(root, "description", top_ + ": a neural network as a streaming accelerator, made by psaflow " PSAFLOW_VERSION);
    Node parameters = child(root, "parameters");
    parameter(parameters, "Component_Name", top_, "string", "");
    if (!old_) parameter(parameters, "RomDir", "\"\"", "string", "RomDir");
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
  Node bus(Node buses, const std::string& name, const Vlnv& type, const Vlnv& abstraction, bool slave,
           const std::vector<std::pair<std::string, std::string>>& maps) const {
    Node node = child(buses, "busInterface");
    leaf(node, "name", name);
    identify(child(node, "busType"), type);
    if (old_) {
      identify(child(node, "abstractionType"), abstraction);
      child(node, slave ? "slave" : "master");
      port_maps(node, maps);
    } else {
      Node one = child(child(node, "abstractionTypes"), "abstractionType");
      identify(child(one, "abstractionRef"), abstraction);
      port_maps(one, maps);
      child(node, slave ? "slave" : "master");
    }
    return node;
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

  void stream(Node buses, const std::string& prefix, bool slave) const {
    std::vector<std::pair<std::string, std::string>> maps = {{"TVALID", prefix + "_tvalid"},
                                                             {"TREADY", prefix + "_tready"},
                                                             {"TDATA", prefix + "_tdata"},
                                                             {"TLAST", prefix + "_tlast"}};
    if (!slave) maps.emplace_back("TUSER", prefix + "_tuser");
    if (old_) {
      bus(buses, prefix, {"xilinx.com", "interface", "axis", "1.0"}, {"xilinx.com", "interface", "axis_rtl", "1.0"},
          slave, maps);
    } else {
      bus(buses, prefix, {"amba.com", "AMBA4", "AXI4Stream", "r0p0_1"},
          {"amba.com", "AMBA4", "AXI4Stream_rtl", "r0p0_1"}, slave, maps);
    }
  }

  void clock(Node buses) const {
    Node node = bus(buses, "aclk", {"xilinx.com", "signal", "clock", "1.0"},
                    {"xilinx.com", "signal", "clock_rtl", "1.0"}, true, {{"CLK", "aclk"}});
    Node list = child(node, "parameters");
    bus_parameter(list, "ACLK", "ASSOCIATED_BUSIF", "s_axis:m_axis");
    bus_parameter(list, "ACLK", "ASSOCIATED_RESET", "aresetn");
    bus_parameter(list, "ACLK", "FREQ_HZ", fmt::format("{:.0f}", pipeline_.clock_mhz * 1e6));
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
    Node parameter = child(child(node, "moduleParameters"), "moduleParameter");
    plain_attribute(parameter, "dataType", "string");
    plain_attribute(parameter, "type", "string");
    leaf(parameter, "name", "RomDir");
    leaf(parameter, "value", "RomDir");
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
    for (const Ports::Port& p : ports(pipeline_).list) port(list, p);
    if (!old_) return;
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
  const Pipeline& pipeline_;
  const std::string& top_;
  const std::vector<TextFile>& files_;
  pugi::xml_document document_;
};

}  // namespace

std::string component_xml(IpXact dialect, const Pipeline& pipeline, const std::string& top,
                          const std::vector<TextFile>& files) {
  return Component(dialect, pipeline, top, files).text();
}

}  // namespace psaflow::ip
