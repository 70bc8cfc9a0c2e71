#include "rtl_gen/synth/cost.h"

#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <sstream>

#include "sw/base/error.h"

namespace psaflow {
namespace {

// A LUT RAM takes the LUTs that UG974 gives for it; a shift register and an inverter one.
const std::map<std::string, FpgaCost>& cells() {
  const auto luts = [](int64_t count) { return FpgaCost{count}; };
  static const std::map<std::string, FpgaCost> kCells = [&] {
    std::map<std::string, FpgaCost> all;
    for (const char* name : {"LUT1", "LUT2", "LUT3", "LUT4", "LUT5", "LUT6", "INV", "SRL16E", "SRLC16E", "SRLC32E",
                             "RAM32X1S", "RAM64X1S"})
      all[name] = luts(1);
    for (const char* name : {"RAM32X1D", "RAM64X1D", "RAM128X1S"}) all[name] = luts(2);
    for (const char* name : {"RAM32M", "RAM64M", "RAM128X1D", "RAM256X1S"}) all[name] = luts(4);
    for (const char* name : {"RAM32M16", "RAM64M8", "RAM256X1D", "RAM512X1S"}) all[name] = luts(8);
    for (const char* name : {"FDRE", "FDSE", "FDCE", "FDPE"}) all[name].ff = 1;
    for (const char* name : {"DSP48E1", "DSP48E2"}) all[name].dsp = 1;
    for (const char* name : {"RAMB18E1", "RAMB18E2"}) all[name].bram18 = 1;
    for (const char* name : {"RAMB36E1", "RAMB36E2"}) all[name].bram18 = 2;
    all["URAM288"].uram = 1;
    // What a slice has beside its LUTs, and the clock's buffer.
    for (const char* name : {"CARRY4", "CARRY8", "MUXF7", "MUXF8", "MUXF9", "BUFG"}) all[name] = {};
    return all;
  }();
  return kCells;
}

[[noreturn]] void refuse(const std::string& found) {
  throw UserError("", "the statistics of this Yosys", found, "what Yosys 0.23 writes (Debian 12: apt install yosys)");
}

bool is_number(const std::string& word) {
  return !word.empty() && word.size() < 16 && word.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

// === design hierarchy ===
//   unit_0      1            modules, then counts of wires, then
//   Number of cells:  5      a line a kind of cell, then
//   Estimated number of LCs: 3
FpgaCost parse_stat(const std::string& text) {
  const size_t totals = text.find("=== design hierarchy");
  if (totals == std::string::npos) refuse("no totals of the hierarchy");
  std::istringstream lines(text.substr(totals));
  FpgaCost cost;
  int64_t cells_said = -1, cells_found = 0, luts_said = -1;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name, count, rest;
    words >> name;
    const std::string cells_title = "Number of cells:", luts_title = "Estimated number of LCs:";
    const auto after = [&line](const std::string& title) {
      const size_t at = line.find(title);
      return at == std::string::npos ? int64_t{-1} : std::atoll(line.c_str() + at + title.size());
    };
    if (const int64_t said = after(cells_title); said >= 0) {
      cells_said = said;
    } else if (const int64_t luts = after(luts_title); luts >= 0) {
      luts_said = luts;
    } else if (!name.empty() && cells_said >= 0 && cells_found < cells_said) {
      if (!(words >> count) || !is_number(count) || words >> rest) refuse(fmt::format("'{}'", line));
      const auto known = cells().find(name);
      if (known == cells().end()) refuse(fmt::format("a cell {}", name));
      cost.add(known->second, std::atoll(count.c_str()));
      cells_found += std::atoll(count.c_str());
    }
  }
  if (cells_said < 0 || cells_found != cells_said) refuse(fmt::format("{} of {} cells", cells_found, cells_said));
  if (luts_said < 0) refuse("no estimated number of LCs");
  cost.paired_lut = luts_said;
  return cost;
}

}  // namespace psaflow
