#include "rtl_gen/package/flows.h"

#include <fmt/format.h>

#include "rtl_gen/package/component_xml.h"
#include "rtl_gen/package/core_file.h"
#include "rtl_gen/package/templates.h"

namespace psaflow::ip {
namespace {

std::string rtl_list(const std::vector<TextFile>& files) {
  std::string list;
  for (const TextFile& file : files) {
    if (file.name.rfind("rtl/", 0) == 0 && file.name.substr(file.name.size() - 3) == ".sv")
      list += (list.empty() ? "  " : " \\\n  ") + file.name;
  }
  return list;
}

// Targets for an iCE40: streams fit its pins, a memory bus does not.
std::string bitstream(const Core& core) {
  if (core.address_bits > 0) return "";
  return filled("Makefile-ice40.in", {{"top", core.top}, {"clock_mhz", fmt::format("{}", core.clock_mhz)}});
}

}  // namespace

std::string beat_lines(const std::vector<int8_t>& bytes, int lanes) {
  std::string text;
  text.reserve(bytes.size() * 3);
  for (size_t at = 0; at < bytes.size(); at += static_cast<size_t>(lanes)) {
    for (int l = lanes; l-- > 0;) {
      const auto byte = static_cast<uint8_t>(bytes[at + static_cast<size_t>(l)]);
      text += "0123456789abcdef"[byte >> 4];
      text += "0123456789abcdef"[byte & 15];
    }
    text += '\n';
  }
  return text;
}

void add_flows(std::vector<TextFile>& files, const Core& core, const std::string& bench, const std::string& title,
               size_t icarus_images) {
  const std::string period = fmt::format("{:.3f}", 1000 / core.clock_mhz);
  const auto add = [&files](const std::string& name, const std::string& text) { files.push_back({name, text}); };
  add("Makefile",
      filled("Makefile.in", {{"title", title},
                             {"top", core.top},
                             {"synth_family", core.yosys_family()},
                             {"bench", bench},
                             {"synth_parameters", core.has_roms ? "chparam -set RomDir \\\"rtl\\\" $(TOP); " : ""},
                             {"icarus_images", std::to_string(icarus_images)},
                             {"bitstream", bitstream(core)},
                             {"rtl_list", rtl_list(files)}}));
  add("constraints/" + core.top + ".xdc", filled("ip.xdc.in", {{"title", title}, {"period_ns", period}}));
  add("scripts/vivado.tcl",
      filled("vivado.tcl.in",
             {{"title", title},
              {"top", core.top},
              {"part", core.part},
              {"read_mem", core.has_roms ? "read_mem [lsort [glob -directory [file join $here rtl] *.mem]]\n" : ""},
              {"period_ns", period}}));
  add(core.top + ".core", core_file(core, files));
  add("component.xml", component_xml(IpXact::k2009, core, files));
  add("component-2014.xml", component_xml(IpXact::k2014, core, files));
}

}  // namespace psaflow::ip
