#include "rtl_gen/synth/yosys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <stdexcept>

#include "rtl_gen/generate/leaves.h"
#include "rtl_gen/generate/rom_image.h"
#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/base/rng.h"
#include "sw/data/process.h"

namespace psaflow {
namespace {

constexpr const char* kStatistics = "stat -tech xilinx";
// What is left without these is logic, LUT RAMs among it.
constexpr const char* kLogic = "delete units; flatten; delete t:FD* t:SRL* t:DSP48* t:RAMB* t:URAM*";
constexpr size_t kMaxStatBytes = size_t{64} << 20;
constexpr size_t kMaxNetlistBytes = size_t{1} << 30;

std::string synthesis(FpgaFamily family) {
  return fmt::format("synth_xilinx -family {} -noiopad -noclkbuf -top units", to_string(family));
}

// DSP slices: instances of the family's, or what is inferred of plain products.
std::string defines(FpgaFamily family) {
  return fmt::format("-D PSAFLOW_DSP_FORM={}", family == FpgaFamily::kUltraScalePlus ? 1 : 0);
}

// A ROM's contents do not matter, but one without any, or with a bit that never changes, would be optimised away.
std::string random_rom(const SynthUnit& unit) {
  rtl::RomImage image(static_cast<int>(unit.parameter("Width")), static_cast<int>(unit.parameter("Depth")));
  Rng rng(1);
  for (int word = 0; word < image.depth(); ++word) {
    for (int low = 0; low < image.width(); low += 8) {
      const int bits = std::min(8, image.width() - low);
      image.set(word, low, bits, static_cast<int>(rng.below(uint64_t{1} << bits)));
    }
  }
  return image.text();
}

// Each unit in a module of its own, all of them below one top. The module "units" last.
std::string wrappers(const std::vector<SynthUnit>& units) {
  std::string text, top = "module units;\n";
  for (size_t i = 0; i < units.size(); ++i) {
    std::vector<std::string> parameters;
    for (const Parameter& p : units[i].parameters) parameters.push_back(fmt::format(".{}({})", p.name, p.value));
    if (units[i].is_rom()) parameters.push_back(fmt::format(".File(\"{}.mem\")", i));
    text += fmt::format("module unit_{}; (* keep *) {} #({}) u (); endmodule\n", i, units[i].module,
                        fmt::join(parameters, ", "));
    top += fmt::format("  (* keep *) unit_{} u_{} ();\n", i, i);
  }
  return text + top + "endmodule\n";
}

[[noreturn]] void refuse(const std::vector<SynthUnit>& units, const ProcessResult& result, const std::string& cache) {
  const std::string what = fmt::format("yosys on {}", units.front().text());
  if (result.status > 128) {
    throw UserError("", what, fmt::format("signal {} ended it", result.status - 128),
                    "enough memory for it: 2 GB a core");
  }
  if (result.messages.find("No space left on device") != std::string::npos)
    throw UserError(cache, what, "no space left on the disk", "room, or another folder: PSAFLOW_CACHE=DIR");
  const std::string log = cache + "/failed-synthesis.log";
  write_file_atomic(log, result.messages);
  throw std::runtime_error(fmt::format("{} failed: {} (the log: {})", what, result.telling_line({"ERROR"}), log));
}

}  // namespace

std::string yosys_version() {
  const ProcessResult result = run_process({"yosys", "-V"});
  if (!result.ok()) return "";
  return result.messages.substr(0, result.messages.find('\n'));
}

std::string synthesis_recipe(const std::string& module, FpgaFamily family) {
  std::string recipe = fmt::format("{}; {}; {}; {}\n", defines(family), synthesis(family), kStatistics, kLogic);
  for (const TextFile& leaf : rtl::leaf_files({module})) recipe += fmt::format("{} {}\n", leaf.name, leaf.text);
  return recipe;
}

std::vector<YosysResult> run_yosys(const std::vector<SynthUnit>& units, FpgaFamily family, const std::string& folder,
                                   const std::function<void()>& tick) {
  std::string script = "read_verilog -sv " + defines(family);
  for (const TextFile& leaf : rtl::leaf_files({units.front().module})) {
    write_file_atomic(folder + "/" + leaf.name, leaf.text);
    script += " " + leaf.name;
  }
  write_file_atomic(folder + "/units.sv", wrappers(units));
  script += fmt::format(" units.sv; {}", synthesis(family));
  for (size_t i = 0; i < units.size(); ++i) {
    if (units[i].is_rom()) write_file_atomic(fmt::format("{}/{}.mem", folder, i), random_rom(units[i]));
    script += fmt::format("; tee -q -o {}.stat {} -top unit_{}", i, kStatistics, i);
  }
  script += fmt::format("; {}; write_json levels.json", kLogic);
  ProcessOptions options;
  options.folder = folder;
  options.tick = tick;
  // Yosys hands TMPDIR to a shell, unquoted.
  const ProcessResult result =
      run_process({"env", "TMPDIR=.", "nice", "-n", "5", "yosys", "-q", "-w", ".", "-p", script}, options);
  if (!result.ok()) refuse(units, result, std::filesystem::path(folder).parent_path().string());
  const std::vector<char> netlist = read_file(folder + "/levels.json", kMaxNetlistBytes);
  const std::map<std::string, LogicLevels> levels = parse_levels({netlist.begin(), netlist.end()});
  std::vector<YosysResult> results;
  for (size_t i = 0; i < units.size(); ++i) {
    const std::vector<char> text = read_file(fmt::format("{}/{}.stat", folder, i), kMaxStatBytes);
    results.push_back({{text.begin(), text.end()}, levels.at(fmt::format("unit_{}", i))});
  }
  return results;
}

}  // namespace psaflow
