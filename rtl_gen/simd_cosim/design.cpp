#include "rtl_gen/simd_cosim/design.h"

#include <fmt/format.h>

#include "rtl_gen/embedded.h"
#include "rtl_gen/generate/names.h"

namespace psaflow {
namespace {

constexpr int kAddressBits = 40;

// The ports of the memory and the registers; the widths that depend on the hardware as {0} (data) and {1} (addresses).
constexpr const char* kTop =
    R"sv(// {name}: {tile} x {tile} multiply-accumulates, {bus} bytes a beat; by psaflow {version}, scenario {scenario}. The register map and
// the layer program are in psaflow's models/simd/README.md.
module {name} (
  input  logic aclk,
  input  logic aresetn,
  input  logic s_axi_awvalid,
  output logic s_axi_awready,
  input  logic [7:0] s_axi_awaddr,
  input  logic [2:0] s_axi_awprot,
  input  logic s_axi_wvalid,
  output logic s_axi_wready,
  input  logic [31:0] s_axi_wdata,
  input  logic [3:0] s_axi_wstrb,
  output logic s_axi_bvalid,
  input  logic s_axi_bready,
  output logic [1:0] s_axi_bresp,
  input  logic s_axi_arvalid,
  output logic s_axi_arready,
  input  logic [7:0] s_axi_araddr,
  input  logic [2:0] s_axi_arprot,
  output logic s_axi_rvalid,
  input  logic s_axi_rready,
  output logic [31:0] s_axi_rdata,
  output logic [1:0] s_axi_rresp,
  output logic m_axi_arvalid,
  input  logic m_axi_arready,
  output logic [{address}:0] m_axi_araddr,
  output logic [7:0] m_axi_arlen,
  output logic [2:0] m_axi_arsize,
  output logic [1:0] m_axi_arburst,
  input  logic m_axi_rvalid,
  output logic m_axi_rready,
  input  logic [{data}:0] m_axi_rdata,
  input  logic [1:0] m_axi_rresp,
  input  logic m_axi_rlast,
  output logic m_axi_awvalid,
  input  logic m_axi_awready,
  output logic [{address}:0] m_axi_awaddr,
  output logic [7:0] m_axi_awlen,
  output logic [2:0] m_axi_awsize,
  output logic [1:0] m_axi_awburst,
  output logic m_axi_wvalid,
  input  logic m_axi_wready,
  output logic [{data}:0] m_axi_wdata,
  output logic [{strobe}:0] m_axi_wstrb,
  output logic m_axi_wlast,
  input  logic m_axi_bvalid,
  output logic m_axi_bready,
  input  logic [1:0] m_axi_bresp,
{ports});
{wires}  simd_accelerator #(
    .Tile         ({tile}),
    .BusBytes     ({bus}),
    .AddrWidth    ({address_bits}),
    .BurstBeats   ({burst}),
    .Outstanding  ({outstanding}),
    .Programs     ({programs}),
    .MainTiles    ({main}),
    .SideTiles    ({side}),
    .InputBeats   ({input}),
    .ConstantBeats({constants}),
    .WeightBeats  ({weights}),
    .TableBeats   ({tables}),
    .ResultWords  ({results})
  ) u_accelerator (
    .*,
    .interrupt_o({interrupt})
  );
endmodule
)sv";
constexpr const char* kProbes[] = {"probe_loaded_o", "probe_take_o", "probe_issued_o", "probe_retire_o",
                                   "probe_done_o"};

}  // namespace

Design generate_simd_design(const SimdHardware& hardware, const std::string& scenario, bool probes) {
  Design design;
  design.top = rtl::identifier(scenario);
  for (const EmbeddedFile& file : embedded_simd_modules()) design.rtl.push_back({file.name, file.text});
  std::string ports, wires;
  if (probes) {
    for (const char* probe : kProbes) ports += fmt::format("  output logic {},\n", probe);
    ports += "  output logic interrupt_o\n";
  } else {
    ports = "  output logic interrupt\n";
    for (const char* probe : kProbes) wires += fmt::format("  logic {};\n", probe);
    wires += "  logic unused_probes;\n  assign unused_probes = ^{";
    for (size_t i = 0; i < std::size(kProbes); ++i) wires += fmt::format("{}{}", i > 0 ? ", " : "", kProbes[i]);
    wires += "};\n";
  }
  const SimdCapacities& c = hardware.capacities;
  using namespace fmt::literals;
  std::string name = design.top;
  design.rtl.push_back(
      {name + ".sv",
       fmt::format(kTop, "name"_a = name, "version"_a = PSAFLOW_VERSION, "scenario"_a = scenario,
                   "tile"_a = hardware.tile, "bus"_a = hardware.bus_bytes, "address"_a = kAddressBits - 1,
                   "address_bits"_a = kAddressBits, "data"_a = hardware.bus_bytes * 8 - 1,
                   "strobe"_a = hardware.bus_bytes - 1, "ports"_a = ports, "wires"_a = wires,
                   "burst"_a = hardware.burst_beats, "outstanding"_a = hardware.outstanding_reads,
                   "programs"_a = c.programs, "main"_a = std::max<int64_t>(c.main_tiles, 1),
                   "side"_a = std::max<int64_t>(c.side_tiles, 1), "input"_a = c.input_beats,
                   "constants"_a = c.constant_beats, "weights"_a = c.weight_beats, "tables"_a = c.table_beats,
                   "results"_a = c.result_words, "interrupt"_a = probes ? "interrupt_o" : "interrupt")});
  return design;
}

}  // namespace psaflow
