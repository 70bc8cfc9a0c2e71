#include "models/area/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "sw/base/error.h"

namespace psaflow {
namespace {

std::string numbers(const FpgaCost& c) {
  return fmt::format("{} {} {} {} {} {}", c.lut, c.paired_lut, c.ff, c.dsp, c.bram18, c.uram);
}

bool read_cost(std::istringstream& words, FpgaCost& c) {
  return static_cast<bool>(words >> c.lut >> c.paired_lut >> c.ff >> c.dsp >> c.bram18 >> c.uram);
}

double off(int64_t estimated, int64_t measured) {
  return std::abs(static_cast<double>(estimated - measured)) / static_cast<double>(std::max<int64_t>(1, measured));
}

RelativeErrors errors_of(const std::vector<ValidatedDesign>& designs, int64_t FpgaCost::*resource) {
  std::vector<double> all;
  for (const ValidatedDesign& d : designs) all.push_back(off(d.estimated.*resource, d.measured.*resource));
  std::sort(all.begin(), all.end());
  const size_t middle = all.size() / 2;
  return {all.size() % 2 == 1 ? all[middle] : (all[middle - 1] + all[middle]) / 2, all.back()};
}

std::string percent(const RelativeErrors& errors) {
  return fmt::format("{:.1f} % ({:.1f} %)", 100 * errors.median, 100 * errors.worst);
}

}  // namespace

std::string validation_line(const ValidatedDesign& design) {
  return fmt::format("{} : {} : {}\n", design.name, numbers(design.measured), numbers(design.estimated));
}

std::vector<ValidatedDesign> parse_validation(const std::string& text, const std::string& file) {
  std::vector<ValidatedDesign> designs;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    ValidatedDesign design;
    std::string first, second;
    const bool read = (words >> design.name >> first) && first == ":" && read_cost(words, design.measured) &&
                      (words >> second) && second == ":" && read_cost(words, design.estimated);
    if (!read || design.measured.lut < 1)
      throw UserError(file, "", fmt::format("'{}'", line), "NAME : MEASURED : ESTIMATED, six counts each");
    designs.push_back(design);
  }
  return designs;
}

const std::vector<ValidatedDesign>& validated_designs() {
  static const std::vector<ValidatedDesign> kDesigns = parse_validation(kValidatedDesigns, "models/area/validated.txt");
  return kDesigns;
}

EstimateErrors estimate_errors(const std::vector<ValidatedDesign>& designs) {
  PSAFLOW_CHECK(!designs.empty(), "designs that were measured");
  EstimateErrors errors;
  errors.designs = designs.size();
  for (const ValidatedDesign& d : designs) {
    errors.dsp_exact += d.estimated.dsp == d.measured.dsp ? 1 : 0;
    errors.block_ram_exact += d.estimated.bram18 == d.measured.bram18 ? 1 : 0;
  }
  errors.lut = errors_of(designs, &FpgaCost::lut);
  errors.ff = errors_of(designs, &FpgaCost::ff);
  errors.dsp = errors_of(designs, &FpgaCost::dsp);
  errors.block_ram = errors_of(designs, &FpgaCost::bram18);
  return errors;
}

std::string to_text(const EstimateErrors& errors) {
  return fmt::format("{} designs against Yosys: off by LUT {}, FF {} (median, worst); DSP exact in {}, block RAM in {}",
                     errors.designs, percent(errors.lut), percent(errors.ff), errors.dsp_exact, errors.block_ram_exact);
}

}  // namespace psaflow
