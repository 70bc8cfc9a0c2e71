#include "rtl_gen/package/core_file.h"

#include "rtl_gen/package/templates.h"
#include "sw/base/words.h"

namespace psaflow::ip {
namespace {

bool lies_in(const std::string& name, const std::string& folder, const std::string& extension) {
  return name.rfind(folder, 0) == 0 && ends_with(name, extension);
}

// The files of a folder, an item a line. `as`: where FuseSoC puts them in the folder in which it works; "": they stay.
std::string items(const std::vector<TextFile>& files, const std::string& folder, const std::string& extension,
                  const std::string& as = "") {
  std::string text;
  for (const TextFile& file : files) {
    if (!lies_in(file.name, folder, extension)) continue;
    const std::string base = file.name.substr(folder.size());
    text += (text.empty() ? "" : "\n") + std::string("      - ") + file.name;
    if (!as.empty()) text += ": {copyto: " + (as == "." ? base : as + base) + "}";
  }
  return text;
}

}  // namespace

std::string core_file(const Core& core, const std::vector<TextFile>& files) {
  const std::string roms = items(files, "rtl/", ".mem", "."), bench_roms = items(files, "rtl/", ".mem", "rtl/");
  std::string rom_set, bench_data = items(files, "sim/", ".mem", "sim/");
  if (core.has_roms) {
    rom_set =
        "  # ROM images, where the tools look: in the folder in which they run.\n  roms:\n    file_type: user\n    "
        "files:\n" +
        roms + "\n";
    bench_data = bench_roms + "\n" + bench_data;
  }
  return filled("ip.core.in", {{"top", core.top},
                               {"version", PSAFLOW_VERSION},
                               {"summary", core.summary},
                               {"part", core.part},
                               {"synth_family", core.yosys_family()},
                               {"rtl_files", items(files, "rtl/", ".sv")},
                               {"rom_set", rom_set},
                               {"rom_use", core.has_roms ? ", roms" : ""},
                               {"bench_files", items(files, "sim/", ".sv")},
                               {"bench_data", bench_data}});
}

}  // namespace psaflow::ip
