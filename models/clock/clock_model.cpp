#include "models/clock/clock_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <sstream>

#include "models/structure/memory.h"
#include "sw/base/error.h"

namespace psaflow {
namespace {

[[noreturn]] void refuse(const std::string& file, const std::string& line, const char* allowed) {
  throw UserError(file, "", fmt::format("'{}'", line), allowed);
}

bool ends(std::istringstream& words) {
  std::string more;
  return !(words >> more);
}

// How unlike two leaves of a module are: by how many doublings their parameters differ.
double distance(const SynthUnit& a, const SynthUnit& b) {
  double sum = 0;
  for (const Parameter& p : a.parameters)
    sum += std::abs(std::log2(static_cast<double>(std::max<int64_t>(0, p.value)) + 1) -
                    std::log2(static_cast<double>(std::max<int64_t>(0, b.parameter(p.name))) + 1));
  return sum;
}

// Of a ROM in block RAMs: what chooses among its segments.
LogicLevels block_rom_levels(const SynthUnit& unit) {
  const int64_t segments =
      rom_blocks(static_cast<int>(unit.parameter("Width")), static_cast<int>(unit.parameter("Depth"))).segments;
  return {segments == 1 ? 0 : segments <= 4 ? 1 : 2, segments > 4 ? 1 : 0};
}

// Ranks from 1 on; equals share the mean of theirs.
template <typename Less>
std::vector<double> ranks(size_t count, Less less) {
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), less);
  std::vector<double> rank(count);
  for (size_t first = 0; first < count;) {
    size_t last = first;
    while (last + 1 < count && !less(order[first], order[last + 1])) ++last;
    for (size_t i = first; i <= last; ++i) rank[order[i]] = static_cast<double>(first + last) / 2 + 1;
    first = last + 1;
  }
  return rank;
}

}  // namespace

std::string levels_line(const SynthUnit& unit, const LogicLevels& levels) {
  return fmt::format("{} : {} {}\n", unit.text(), levels.luts, levels.carries);
}

LogicLevels lut_rom_levels(const SynthUnit& unit) {
  LogicLevels levels;
  for (int64_t words = unit.parameter("Depth"); words > 64; words = (words + 1) / 2) ++levels.carries;
  levels.luts = 1 + levels.carries / 4;  // from there on, by a further LUT
  return levels;
}

const ClockModel& ClockModel::builtin() {
  static const ClockModel kModel(kMeasuredLevels, "models/clock/levels.txt");
  return kModel;
}

ClockModel::ClockModel(const std::string& measured, const std::string& file) {
  std::istringstream lines(measured);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    Measured m;
    if (!read_unit(words, m.unit) || !(words >> m.levels.luts >> m.levels.carries) || !ends(words))
      refuse(file, line, "MODULE NAME=VALUE ... : LUTS CARRIES");
    by_module_[m.unit.module].push_back(std::move(m));
  }
}

LogicLevels ClockModel::levels(const SynthUnit& unit) const {
  if (unit.is_lut_rom()) return lut_rom_levels(unit);
  if (unit.is_rom()) return block_rom_levels(unit);
  const auto known = by_module_.find(unit.module);
  if (known == by_module_.end()) {
    throw UserError("models/clock/levels.txt", unit.module, "no measurements of its like",
                    "some: psaflow calibrate --levels models/clock/levels.txt, and build again");
  }
  const Measured* nearest = nullptr;
  double least = std::numeric_limits<double>::infinity();
  for (const Measured& m : known->second) {
    const double d = distance(unit, m.unit);
    if (d < least) nearest = &m, least = d;
  }
  return nearest->levels;
}

DeepestUnit deepest_unit(const ClockModel& model, const std::vector<CountedUnit>& units) {
  DeepestUnit deepest;
  for (const CountedUnit& counted : units) {
    const LogicLevels levels = model.levels(counted.unit);
    if (deepest.kind.empty() || deepest.levels < levels) deepest = {counted.kind, levels};
  }
  return deepest;
}

std::string to_text(const DeepestUnit& deepest) {
  return fmt::format("{} levels of LUTs and {} of carries, in {}", deepest.levels.luts, deepest.levels.carries,
                     deepest.kind);
}

std::string placed_line(const PlacedLeaf& leaf) {
  return fmt::format("{} : {} {} {:.2f}\n", leaf.unit.text(), leaf.levels.luts, leaf.levels.carries, leaf.mhz);
}

std::vector<PlacedLeaf> parse_placed(const std::string& text, const std::string& file) {
  std::vector<PlacedLeaf> leaves;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    PlacedLeaf leaf;
    if (!read_unit(words, leaf.unit) || !(words >> leaf.levels.luts >> leaf.levels.carries >> leaf.mhz) ||
        !ends(words) || !(leaf.mhz > 0))
      refuse(file, line, "MODULE NAME=VALUE ... : LUTS CARRIES MHZ");
    leaves.push_back(std::move(leaf));
  }
  return leaves;
}

const std::vector<PlacedLeaf>& placed_leaves() {
  static const std::vector<PlacedLeaf> kLeaves = parse_placed(kPlacedLeaves, "models/clock/ice40.txt");
  return kLeaves;
}

double rank_correlation(const std::vector<PlacedLeaf>& leaves) {
  const std::vector<double> a =
      ranks(leaves.size(), [&](size_t i, size_t k) { return leaves[i].levels < leaves[k].levels; });
  const std::vector<double> b = ranks(leaves.size(), [&](size_t i, size_t k) { return leaves[i].mhz > leaves[k].mhz; });
  const double mean = (static_cast<double>(leaves.size()) + 1) / 2;
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < leaves.size(); ++i) {
    ab += (a[i] - mean) * (b[i] - mean);
    aa += (a[i] - mean) * (a[i] - mean);
    bb += (b[i] - mean) * (b[i] - mean);
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

std::string to_text(const std::vector<PlacedLeaf>& leaves) {
  return fmt::format("rank correlation {:.2f} of levels with the period of {} leaves placed and routed on an iCE40",
                     rank_correlation(leaves), leaves.size());
}

}  // namespace psaflow
