#include "models/area/cost_model.h"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>

#include "models/plan/cascade.h"
#include "models/plan/stage_timing.h"
#include "models/structure/memory.h"
#include "sw/base/error.h"

namespace psaflow {
namespace {

using Values = std::array<double, 6>;

Values values_of(const FpgaCost& c) {
  return {double(c.lut), double(c.paired_lut), double(c.ff), double(c.dsp), double(c.bram18), double(c.uram)};
}

FpgaCost cost_of(const Values& v) {
  const auto whole = [&v](size_t i) { return std::max<int64_t>(0, std::llround(v[i])); };
  return {whole(0), whole(1), whole(2), whole(3), whole(4), whole(5)};
}

// stream_fifo keeps its beats in block RAM from here on.
constexpr int64_t kDeepestOfLuts = 256;

bool is_deep_fifo(const SynthUnit& unit) {
  return unit.module == "stream_fifo" && unit.parameter("Depth") > kDeepestOfLuts;
}

// transpose_unit: words of each of its memories, which Yosys makes of LUTs up to so many.
constexpr int64_t kTransposeWordsOfLuts = 256;

int64_t transpose_words(const SynthUnit& unit) {
  return 2 * unit.parameter("Vectors") * unit.parameter("Elements") / unit.parameter("Lanes");
}

bool is_lut_transpose(const SynthUnit& unit) {
  return unit.module == "transpose_unit" && transpose_words(unit) <= kTransposeWordsOfLuts;
}

bool is_lut_fifo(const SynthUnit& unit) {
  return unit.module == "stream_fifo" && unit.parameter("Depth") > 2 && !is_deep_fifo(unit);
}

// What is fitted together: the units of a module; FIFOs by what holds their beats, and tiles, whose multiplexers grow by steps, each size.
std::string family_of(const SynthUnit& unit) {
  std::string family = unit.module;
  if (is_deep_fifo(unit)) family += " of block RAM";
  if (is_lut_fifo(unit) || is_lut_transpose(unit)) family += " of LUT RAM";
  if (unit.module == "simd_tile") family += fmt::format(" of {}", unit.parameter("Tile"));
  return family;
}

// A folded linear stage whose slices are neither whole beats nor 1/2, 1/4, ... of one keeps both of its vectors in registers
// (rtl_gen/lib/linear_buffer.sv).
bool buffers_in_registers(const SynthUnit& unit) {
  const int64_t in = unit.parameter("InElements"), simd = unit.parameter("Simd"), lanes = unit.parameter("LanesIn");
  if (simd == 0 || simd == in || simd % lanes == 0) return false;
  return lanes % simd != 0 || ((lanes / simd) & (lanes / simd - 1)) != 0;
}

// What of a module follows from its parameters: memories, and slices of products.
FpgaCost certain_cost(const SynthUnit& unit) {
  const auto p = [&unit](const char* name) { return static_cast<int>(unit.parameter(name)); };
  const int tile = p("Tile");
  FpgaCost cost;
  const auto memory = [&cost](int count, int width, int depth) {
    cost.lut += count * ram_luts(width, depth);
    cost.bram18 += count * ram_half_blocks(width, depth);
    cost.ff += int64_t{count} * width *
               (ram_luts(width, depth) > 0 ? 2 : 1);  // in block RAM the first register is the memory's
  };
  if (const int simd = p("Simd"); simd > 0)
    cost.dsp = cascade_dsps(p("Pe"), simd, simd == p("InElements") ? p("LanesIn") : 1, p("Packed") == 1);
  if (buffers_in_registers(unit)) cost.ff = int64_t{2} * 8 * p("InElements");
  if (is_deep_fifo(unit)) cost.bram18 = ram_half_blocks(p("Width"), p("Depth"));
  if (is_lut_fifo(unit)) cost.lut = ram_luts(p("Width"), 64) * ((p("Depth") + 63) / 64);  // RAM64M8s side by side
  if (unit.module == "affine_unit" || unit.module == "lerp_unit") cost.dsp = p("Lanes");
  if (unit.module == "transpose_unit") {  // two banks, a memory a lane
    const auto words = static_cast<int>(transpose_words(unit));
    if (is_lut_transpose(unit)) cost.lut = p("Lanes") * ram_luts(8, 64) * ((words + 63) / 64);
    if (!is_lut_transpose(unit)) cost.bram18 = p("Lanes") * ram_half_blocks(8, words);
  }
  if (unit.module == "reorder_unit") cost.bram18 = ram_half_blocks(8 * p("Lanes"), 2 << tree_levels(p("Beats")));
  if (unit.module == "simd_ram") memory(1, p("Width"), p("Depth"));
  if (unit.module == "simd_ring") memory(1, p("BusBytes") * 8, p("Beats"));
  if (unit.module == "simd_activations") memory(tile, 8, std::max(p("Tiles"), 2) * tile);
  if (unit.module == "simd_tables" && p("TableBeats") > 0) memory(tile, p("BusBytes") / tile * 8, p("TableBeats"));
  if (unit.module == "simd_tile") cost.dsp = int64_t{tile} * tile;
  if (unit.module == "simd_lane") cost.dsp = 3;
  return cost;
}

double log2_of(double value) {
  return value > 1 ? std::ceil(std::log2(value)) : 0;
}

// Of the fixed-size accelerator, whose modules are arrays of the tile's width beside counters; memories and slices are counted apart.
std::vector<double> simd_features(const SynthUnit& unit) {
  const auto value = [&unit](const char* name) { return static_cast<double>(unit.parameter(name)); };
  const double tile = value("Tile"), sum = value("AccWidth");
  if (unit.module == "simd_tile") return {1, sum};
  double counters = 0;
  for (const Parameter& p : unit.parameters) {
    if (p.name == "Tile" || p.name == "BusBytes" || p.name == "AccWidth" || p.name == "Shape" || p.name == "AddrWidth")
      continue;
    const auto v = static_cast<double>(p.value);
    counters += p.name.find("Width") != std::string::npos ? v : log2_of(v);
  }
  const bool selects = tile > 0 && value("BusBytes") > tile;  // words out of beats
  return {1, tile, tile * log2_of(tile), selects ? tile : 0, value("BusBytes"), sum, counters};
}

// What the cost of a leaf grows with: its parameters, the widths of the counters that reach them, and each two
// parameters together. Products are what arrays (lanes of bits, outputs of inputs) have; the fit leaves at nothing what
// does not matter. A linear stage has too many parameters for that, and a structure that is known.
std::vector<double> features(const SynthUnit& unit) {
  if (unit.is_simd()) return simd_features(unit);
  const auto& p = unit.parameters;
  const auto value = [&unit](const char* name) { return static_cast<double>(unit.parameter(name)); };
  if (const double pe = value("Pe"), simd = value("Simd"); pe > 0) {
    // Slices of single and of packed products, requantizers, the steps' counters, operands in memory where simd < K.
    const double packed = value("Packed"), in = value("InElements"), fold = in * value("OutElements") / (pe * simd);
    const double held = simd == in ? 1 : 0, columns = std::ceil(simd / (packed > 0 ? 7 : 16));
    return {1,
            pe * simd * (1 - packed),
            pe / 2 * simd * packed,
            pe / 2 * std::ceil(columns / 2) * packed,
            pe,
            pe * (1 - held) * (1 - packed),
            log2_of(fold),
            simd * held,
            simd * (1 - held),
            value("LanesIn"),
            value("LanesOut")};
  }
  std::vector<double> f = {1};
  if (is_lut_fifo(unit)) {  // pointers, and what joins RAMs of 64 words
    const double width = value("Width"), joined = std::ceil(value("Depth") / 64) - 1;
    return {1, width, log2_of(value("Depth")), joined > 0 ? width : 0, joined * width};
  }
  if (unit.module == "reorder_unit") {  // counters of the loops, and the address that they add up to
    double counters = 0, loops = 0;
    for (const Parameter& parameter : p) {
      if (parameter.name.rfind("Count", 0) != 0 || parameter.value <= 1) continue;
      counters += log2_of(static_cast<double>(parameter.value));
      ++loops;
    }
    const double address = log2_of(2 * value("Beats"));
    return {1, value("Lanes"), counters, address, loops * address};
  }
  if (is_deep_fifo(unit)) {  // pointers and a beat read ahead
    for (const Parameter& parameter : p) {
      const auto v = static_cast<double>(parameter.value);
      f.push_back(parameter.name == "Width" ? v : log2_of(v));
    }
    return f;
  }
  for (size_t i = 0; i < p.size(); ++i) {
    const auto a = static_cast<double>(p[i].value);
    f.push_back(a);
    f.push_back(log2_of(a));
    for (size_t k = i + 1; k < p.size(); ++k) f.push_back(a * static_cast<double>(p[k].value));
  }
  return f;
}

// What delays the bytes of weights in block RAM by the skew of their input (rtl_gen/lib/weight_rom.sv): up to two registers a bit, from three
// cycles on a shift register of LUTs; Yosys leaves a register more for each column but the first where products are single (measured on 2 to 96 inputs).
FpgaCost delays_cost(const SynthUnit& unit) {
  const CascadeColumns columns = columns_of(unit);
  const int64_t bits = unit.parameter("Width") / columns.simd;
  FpgaCost cost;
  for (int input = 0; input < columns.simd; ++input) {
    const int skew = columns.skew(input);
    if (skew <= 2) cost.ff += bits * skew;
    if (skew > 2) cost.lut += bits * ((skew + 31) / 32);
  }
  if (!columns.packed) cost.ff += bits * (columns.columns - 1);
  return cost;
}

FpgaCost block_rom_cost(const SynthUnit& unit) {
  const auto width = static_cast<int>(unit.parameter("Width")), depth = static_cast<int>(unit.parameter("Depth"));
  FpgaCost cost;
  const RomBlocks blocks = rom_blocks(width, depth);
  cost.bram18 = blocks.half_blocks;
  if (unit.module == "weight_rom") cost.add(delays_cost(unit));
  cost.lut += blocks.luts;
  cost.ff += blocks.ffs;
  cost.paired_lut = cost.lut;
  return cost;
}

[[noreturn]] void refuse(const std::string& file, const std::string& line) {
  throw UserError(file, "", fmt::format("'{}'", line), "MODULE NAME=VALUE ... : LUT PAIRED FF DSP BRAM18 URAM");
}

std::pair<SynthUnit, FpgaCost> parse_line(const std::string& line, const std::string& file) {
  std::istringstream words(line);
  SynthUnit unit;
  if (!read_unit(words, unit)) refuse(file, line);
  FpgaCost c;
  if (!(words >> c.lut >> c.paired_lut >> c.ff >> c.dsp >> c.bram18 >> c.uram)) refuse(file, line);
  return {unit, c};
}

}  // namespace

std::string measured_line(const SynthUnit& unit, const FpgaCost& c) {
  return fmt::format("{} : {} {} {} {} {} {}\n", unit.text(), c.lut, c.paired_lut, c.ff, c.dsp, c.bram18, c.uram);
}

const CostModel& CostModel::builtin(FpgaFamily family) {
  static const CostModel kModel(kMeasuredCosts, "models/area/measured.txt");
  if (family == FpgaFamily::kUltraScalePlus) return kModel;
  static const CostModel kSeries7(kMeasuredCostsSeries7, "models/area/measured-xc7.txt");
  return kSeries7;
}

// Least squares of the relative error, features scaled to their largest value and held down a little, so that few
// measurements cannot make wild weights.
CostModel::CostModel(const std::string& measured, const std::string& file) {
  std::map<std::string, std::vector<std::pair<SynthUnit, FpgaCost>>> by_family;
  std::istringstream lines(measured);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    auto entry = parse_line(line, file);
    measured_.emplace(entry.first.text(), entry.second);
    by_family[family_of(entry.first)].push_back(std::move(entry));
  }
  for (const auto& [family, units] : by_family) {
    const auto rows = static_cast<Eigen::Index>(units.size());
    const auto columns = static_cast<Eigen::Index>(features(units[0].first).size());
    Eigen::MatrixXd f(rows, columns);
    for (Eigen::Index r = 0; r < rows; ++r) {
      const std::vector<double> row = features(units[static_cast<size_t>(r)].first);
      if (row.size() != static_cast<size_t>(columns)) refuse(file, units[static_cast<size_t>(r)].first.text());
      for (Eigen::Index c = 0; c < columns; ++c) f(r, c) = row[static_cast<size_t>(c)];
    }
    const Eigen::VectorXd scale = f.cwiseAbs().colwise().maxCoeff().cwiseMax(1e-9).transpose();
    const Eigen::MatrixXd scaled = f * scale.cwiseInverse().asDiagonal();
    Fit fit;
    for (size_t resource = 0; resource < kResources; ++resource) {
      Eigen::VectorXd y(rows), weight(rows);
      for (Eigen::Index r = 0; r < rows; ++r) {
        const auto& [unit, measured_cost] = units[static_cast<size_t>(r)];
        y(r) = values_of(measured_cost)[resource] - values_of(certain_cost(unit))[resource];
        weight(r) = 1 / std::max(std::abs(y(r)), 10.0);
      }
      constexpr double kHold = 1e-6;
      const Eigen::MatrixXd a = weight.asDiagonal() * scaled, squares = a.transpose() * a;
      const double hold = kHold * squares.diagonal().maxCoeff();
      const Eigen::MatrixXd normal = squares + hold * Eigen::MatrixXd::Identity(columns, columns);
      const Eigen::VectorXd w = normal.ldlt().solve(a.transpose() * weight.cwiseProduct(y)).cwiseQuotient(scale);
      fit.weights.emplace_back(w.data(), w.data() + w.size());
    }
    fits_.emplace(family, std::move(fit));
  }
}

FpgaCost CostModel::estimate(const SynthUnit& unit) const {
  if (unit.is_rom()) return unit.is_lut_rom() ? lut_rom_cost(unit) : block_rom_cost(unit);
  if (const auto known = measured_.find(unit.text()); known != measured_.end()) return known->second;
  if (unit.module == "simd_ram") return certain_cost(unit);
  if (unit.module == "stream_fork") {  // the FIFOs in it are stream_fifos: deep ones are counted as those are
    SynthUnit shallow = unit;
    FpgaCost deeper;
    for (Parameter& p : shallow.parameters) {
      if (p.name.find("Depth") == std::string::npos || p.value <= kDeepestOfLuts) continue;
      constexpr int64_t kShallow = 64;
      const int64_t width = unit.parameter("Width");
      deeper.add(estimate({"stream_fifo", {{"Width", width}, {"Depth", p.value}}}));
      deeper.add(estimate({"stream_fifo", {{"Width", width}, {"Depth", kShallow}}}), -1);
      p.value = kShallow;
    }
    if (deeper.bram18 > 0) {
      deeper.add(estimate(shallow));
      return deeper;
    }
  }
  const auto fit = fits_.find(family_of(unit));
  if (fit == fits_.end()) {
    throw UserError("models/area/measured.txt", unit.module, "no measurements of its like",
                    "some: psaflow calibrate --out models/area/measured.txt, and build again");
  }
  const std::vector<double> f = features(unit);
  PSAFLOW_CHECK(f.size() == fit->second.weights[0].size(), "a family's units have one set of parameters");
  Values v{};
  for (size_t resource = 0; resource < kResources; ++resource) {
    for (size_t i = 0; i < f.size(); ++i) v[resource] += fit->second.weights[resource][i] * f[i];
  }
  FpgaCost cost = cost_of(v);
  cost.bram18 = 0;  // certain, all of it
  if (unit.is_simd()) cost.dsp = 0;
  cost.add(certain_cost(unit));
  return cost;
}

}  // namespace psaflow
