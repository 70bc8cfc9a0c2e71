#include "rtl_gen/generate/simd_design.h"

#include <fmt/format.h>

#include "models/structure/simd.h"
#include "rtl_gen/generate/leaves.h"
#include "rtl_gen/generate/names.h"
#include "rtl_gen/generate/stage_modules.h"

namespace psaflow {
namespace {

constexpr const char* kModule = "simd_accelerator";
constexpr const char* kProbes[] = {"probe_loaded_o", "probe_take_o", "probe_issued_o", "probe_retire_o",
                                   "probe_done_o"};

int64_t value_of(const std::vector<Parameter>& parameters, const char* name) {
  for (const Parameter& p : parameters) {
    if (p.name == name) return p.value;
  }
  return 0;
}

std::string top_module(const SimdHardware& hardware, const std::string& top, const std::string& title, bool probes) {
  sv::Module module;
  module.name = top;
  module.comment = fmt::format(
      "{}: the fixed-size accelerator, {} x {} multiply-accumulates, {} bytes a beat of the memory. What runs on it is "
      "a "
      "program in memory; registers and program are in psaflow's models/simd/README.md. The name of the port interrupt "
      "is "
      "another one in the C++ of tools, which would warn of it.\nverilator lint_off SYMRSVDWORD",
      title, hardware.tile, hardware.tile, hardware.bus_bytes);
  module.ports = rtl::simd_ports(hardware);
  sv::Instance instance;
  instance.module = kModule;
  instance.name = "u_accelerator";
  instance.parameters = rtl::parameters({kModule, simd_accelerator_parameters(hardware), {}});
  std::string interrupt = "interrupt";
  if (probes) {  // (Verilator would give a port "interrupt" another name in C++)
    interrupt = module.ports.back().name = "interrupt_o";
    for (const char* probe : kProbes) module.ports.push_back({sv::Direction::kOutput, probe, 1, "for benches"});
  } else {
    std::vector<sv::Expr> list;
    for (const char* probe : kProbes) {
      module.body.push_back(sv::Signal{{probe}, 1});
      list.push_back(sv::name(probe));
    }
    module.body.push_back(sv::Signal{{"unused_probes"}, static_cast<int>(list.size())});
    module.body.push_back(sv::Assign{sv::name("unused_probes"), sv::concat(list)});
    module.body.push_back(sv::Blank{});
  }
  for (const sv::Port& p : module.ports) {
    if (p.name == interrupt) {
      instance.ports.emplace_back("interrupt_o", sv::name(interrupt));
    } else {
      instance.ports.emplace_back(p.name, sv::name(p.name));
    }
  }
  if (!probes) {
    for (const char* probe : kProbes) instance.ports.emplace_back(probe, sv::name(probe));
  }
  module.body.push_back(std::move(instance));
  return sv::to_text(module);
}

}  // namespace

std::vector<sv::Port> rtl::simd_ports(const SimdHardware& hardware) {
  const auto in = sv::Direction::kInput, out = sv::Direction::kOutput;
  const auto address = static_cast<int>(value_of(simd_accelerator_parameters(hardware), "AddrWidth"));
  const int data = hardware.bus_bytes * 8;
  return {{in, "aclk", 1, "clock"},
          {in, "aresetn", 1, "synchronous reset, active low"},
          {in, "s_axi_awvalid", 1, "registers, AXI4-Lite"},
          {out, "s_axi_awready", 1, ""},
          {in, "s_axi_awaddr", 8, ""},
          {in, "s_axi_awprot", 3, "not looked at"},
          {in, "s_axi_wvalid", 1, ""},
          {out, "s_axi_wready", 1, ""},
          {in, "s_axi_wdata", 32, ""},
          {in, "s_axi_wstrb", 4, ""},
          {out, "s_axi_bvalid", 1, ""},
          {in, "s_axi_bready", 1, ""},
          {out, "s_axi_bresp", 2, ""},
          {in, "s_axi_arvalid", 1, ""},
          {out, "s_axi_arready", 1, ""},
          {in, "s_axi_araddr", 8, ""},
          {in, "s_axi_arprot", 3, "not looked at"},
          {out, "s_axi_rvalid", 1, ""},
          {in, "s_axi_rready", 1, ""},
          {out, "s_axi_rdata", 32, ""},
          {out, "s_axi_rresp", 2, ""},
          {out, "m_axi_arvalid", 1, "memory, AXI4: bursts of whole beats, none crosses 4 KiB; one id"},
          {in, "m_axi_arready", 1, ""},
          {out, "m_axi_araddr", address, ""},
          {out, "m_axi_arlen", 8, ""},
          {out, "m_axi_arsize", 3, ""},
          {out, "m_axi_arburst", 2, ""},
          {in, "m_axi_rvalid", 1, ""},
          {out, "m_axi_rready", 1, "always 1"},
          {in, "m_axi_rdata", data, ""},
          {in, "m_axi_rresp", 2, ""},
          {in, "m_axi_rlast", 1, ""},
          {out, "m_axi_awvalid", 1, ""},
          {in, "m_axi_awready", 1, ""},
          {out, "m_axi_awaddr", address, ""},
          {out, "m_axi_awlen", 8, ""},
          {out, "m_axi_awsize", 3, ""},
          {out, "m_axi_awburst", 2, ""},
          {out, "m_axi_wvalid", 1, ""},
          {in, "m_axi_wready", 1, ""},
          {out, "m_axi_wdata", data, ""},
          {out, "m_axi_wstrb", hardware.bus_bytes, "all ones"},
          {out, "m_axi_wlast", 1, ""},
          {in, "m_axi_bvalid", 1, ""},
          {out, "m_axi_bready", 1, "always 1"},
          {in, "m_axi_bresp", 2, ""},
          {out, "interrupt", 1, "done or failed, until cleared"}};
}

Design generate_simd_design(const SimdHardware& hardware, const std::string& scenario, bool probes) {
  Design design;
  design.harness = Harness::kAxi;
  design.top = rtl::design_name(scenario);
  design.rtl = rtl::leaf_files({kModule});
  design.rtl.push_back({design.top + ".sv", top_module(hardware, design.top, rtl::design_title(scenario), probes)});
  return design;
}

}  // namespace psaflow
