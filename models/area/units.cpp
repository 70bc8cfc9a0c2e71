#include "models/area/units.h"

#include <map>
#include <tuple>

#include "models/plan/stage_timing.h"
#include "models/structure/memory.h"

namespace psaflow {
namespace {

class Counter {
 public:
  void add(const std::string& kind, const LeafInstance& leaf) {
    add(kind, SynthUnit{leaf.leaf, leaf.parameters}, 1);
    for (const RomPort& rom : leaf.roms) {
      add(kind, rom_unit(rom), rom.count);
    }
  }

  std::vector<CountedUnit> counted() const {
    std::vector<CountedUnit> list;
    for (const auto& [key, unit] : units_) list.push_back(unit);
    return list;
  }

 private:
  void add(const std::string& kind, const SynthUnit& unit, int count) {
    CountedUnit& counted = units_[{kind, unit.is_rom(), unit.text()}];
    counted.kind = kind;
    counted.unit = unit;
    counted.count += count;
  }

  std::map<std::tuple<std::string, bool, std::string>, CountedUnit> units_;
};

std::string kind_of(StageKind kind) {
  return kind == StageKind::kTable ? "function" : to_string(kind);  // whatever the resolution of its table
}

}  // namespace

std::string SynthUnit::text() const {
  std::string text = module;
  for (const Parameter& p : parameters) {
    text += ' ';
    text += p.name;
    text += '=';
    text += std::to_string(p.value);
  }
  return text;
}

int64_t SynthUnit::parameter(const std::string& name) const {
  for (const Parameter& p : parameters) {
    if (p.name == name) return p.value;
  }
  return 0;
}

bool read_unit(std::istream& words, SynthUnit& unit) {
  if (!(words >> unit.module)) return false;
  for (std::string word; words >> word;) {
    if (word == ":") return true;
    const size_t equals = word.find('=');
    if (equals == std::string::npos) return false;
    unit.parameters.push_back({word.substr(0, equals), std::atoll(word.c_str() + equals + 1)});
  }
  return false;
}

CascadeColumns columns_of(const SynthUnit& weight_rom) {
  return cascade_columns(static_cast<int>(weight_rom.parameter("Simd")),
                         static_cast<int>(weight_rom.parameter("Lanes")), weight_rom.parameter("Packed") == 1);
}

SynthUnit rom_unit(const RomPort& rom) {
  std::vector<Parameter> shape = {
      {"Width", rom.width_bits}, {"Depth", rom.depth_words}, {"BlockRam", rom.block_ram ? 1 : 0}};
  shape.insert(shape.end(), rom.parameters.begin(), rom.parameters.end());
  return {rom.leaf, shape};
}

FpgaCost lut_rom_cost(const SynthUnit& unit) {
  const auto width = static_cast<int>(unit.parameter("Width")), depth = static_cast<int>(unit.parameter("Depth"));
  FpgaCost cost;
  cost.lut = rom_luts(width, depth);
  cost.paired_lut = rom_paired_luts(width, depth);
  cost.ff = width;
  if (unit.module == "weight_rom") {
    cost.ff = depth > 1 ? int64_t{tree_levels(depth)} * columns_of(unit).skews : 0;
  }
  return cost;
}

std::vector<CountedUnit> count_units(const Pipeline& pipeline, const Structure& structure) {
  Counter counter;
  for (size_t i = 0; i < structure.stages.size(); ++i)
    counter.add(kind_of(pipeline.stages[i].kind), structure.stages[i]);
  for (size_t i = 0; i < structure.fifos.size(); ++i) {
    if (structure.fifos[i]) counter.add(pipeline.streams[i].residual ? "residual FIFO" : "FIFO", *structure.fifos[i]);
  }
  return counter.counted();
}

std::vector<CountedUnit> count_units(const std::vector<SimdLeaf>& structure) {
  std::vector<CountedUnit> list;
  for (const SimdLeaf& leaf : structure)
    list.push_back({leaf.kind, {leaf.leaf.leaf, leaf.leaf.parameters}, leaf.count});
  return list;
}

}  // namespace psaflow
