#include "rtl_gen/package/core_file.h"

#include "rtl_gen/package/templates.h"

namespace psaflow::ip {
namespace {

bool lies_in(const std::string& name, const std::string& folder, const std::string& extension) {
  return name.rfind(folder, 0) == 0 && name.size() > extension.size() &&
         name.compare(name.size() - extension.size(), extension.size(), extension) == 0;
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

std::string core_file(const std::string& top, const std::string& part, const std::vector<TextFile>& files) {
  return filled("ip.core.in", {{"top", top},
                               {"version", PSAFLOW_VERSION},
                               {"part", part},
                               {"rtl_files", items(files, "rtl/", ".sv")},
                               {"rom_files", items(files, "rtl/", ".mem", ".")},
                               {"bench_files", items(files, "sim/", ".sv")},
                               {"bench_rom_files", items(files, "rtl/", ".mem", "rtl/")},
                               {"vector_files", items(files, "sim/", ".mem", "sim/")}});
}

}  // namespace psaflow::ip
