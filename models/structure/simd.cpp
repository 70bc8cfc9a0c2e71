#include "models/structure/simd.h"

#include <algorithm>

#include "models/plan/stage_timing.h"

namespace psaflow {
namespace {

constexpr int kAddressBits = 40;

int width_of(int64_t count) {
  return std::max(1, tree_levels(static_cast<int>(count)));
}

}  // namespace

int simd_accumulator_bits(const SimdHardware& hardware) {
  constexpr int kProduct = 16, kMost = 32;
  const int64_t steps = hardware.capacities.weight_beats * hardware.words_per_beat();
  return std::min(kMost, kProduct + width_of(steps));
}

std::vector<Parameter> simd_accelerator_parameters(const SimdHardware& hardware) {
  const SimdCapacities& c = hardware.capacities;
  return {{"Tile", hardware.tile},
          {"BusBytes", hardware.bus_bytes},
          {"AddrWidth", kAddressBits},
          {"BurstBeats", hardware.burst_beats},
          {"Outstanding", hardware.outstanding_reads},
          {"Programs", c.programs},
          {"MainTiles", std::max<int64_t>(c.main_tiles, 1)},
          {"SideTiles", std::max<int64_t>(c.side_tiles, 1)},
          {"InputBeats", c.input_beats},
          {"ConstantBeats", c.constant_beats},
          {"WeightBeats", c.weight_beats},
          {"TableBeats", c.table_beats},
          {"ResultWords", c.result_words},
          {"AccWidth", simd_accumulator_bits(hardware)}};
}

// The widths of the addresses are those of simd_core.sv.
std::vector<SimdLeaf> simd_structure(const SimdHardware& hardware) {
  const SimdCapacities& c = hardware.capacities;
  const std::vector<Parameter> all = simd_accelerator_parameters(hardware);
  const auto value = [&all](const char* name) {
    return std::find_if(all.begin(), all.end(), [name](const Parameter& p) { return p.name == name; })->value;
  };
  const auto some = [&](std::initializer_list<const char*> names) {
    std::vector<Parameter> list;
    for (const char* name : names) list.push_back({name, value(name)});
    return list;
  };
  const auto leaf = [](const char* kind, const char* module, std::vector<Parameter> parameters, int count = 1) {
    return SimdLeaf{kind, {module, std::move(parameters), {}}, count};
  };
  const int64_t tile = hardware.tile, bus = hardware.bus_bytes, main = value("MainTiles"), side = value("SideTiles");
  const int words_log2 = tree_levels(hardware.words_per_beat());
  const int main_width = width_of(main), side_width = width_of(side);
  const int tile_width = tree_levels(static_cast<int>(std::max(main, side))) + 1;
  const int table_width = c.table_beats > 256 ? width_of(c.table_beats) : 9;
  const auto ring = [&](int64_t beats) {
    return leaf("rings", "simd_ring", {{"Tile", tile}, {"BusBytes", bus}, {"Beats", beats}});
  };
  return {
      leaf("control", "simd_control", {}),
      leaf("control", "simd_registers", {{"AddrWidth", kAddressBits}, {"Shape", bus << 16 | tile}}),
      leaf("control", "simd_passes", some({"Tile", "BusBytes", "ResultWords"})),
      leaf("loader", "simd_loader",
           some({"BusBytes", "AddrWidth", "BurstBeats", "Outstanding", "Tile", "Programs", "InputBeats",
                 "ConstantBeats", "WeightBeats", "TableBeats", "ResultWords"})),
      leaf("program", "simd_ram", {{"Width", bus * 8}, {"Depth", (c.programs + 1) * (64 / bus)}}, 2),
      leaf("sequencer", "simd_issue",
           {{"Tile", tile},
            {"TileWidth", tile_width},
            {"ConstantWidth", width_of(c.constant_beats) + words_log2},
            {"WeightWidth", width_of(c.weight_beats) + words_log2},
            {"InputWidth", width_of(c.input_beats) + words_log2},
            {"TableWidth", table_width},
            {"WordsLog2", words_log2}}),
      ring(c.input_beats),
      ring(c.constant_beats),
      ring(c.weight_beats),
      leaf("activations", "simd_activations", {{"Tile", tile}, {"Tiles", main}}),
      leaf("tile", "simd_operands", {{"Tile", tile}}),
      leaf("tile", "simd_tile", some({"Tile", "AccWidth"})),
      leaf("ways out", "simd_rows",
           {{"Tile", tile},
            {"TileWidth", tile_width},
            {"MainWidth", main_width},
            {"SideWidth", side_width},
            {"TableWidth", table_width}}),
      leaf("ways out", "simd_constants", {{"Tile", tile}}),
      leaf("ways out", "simd_lane", some({"AccWidth"}), hardware.tile),
      leaf("residuals", "simd_ram", {{"Width", tile * 8}, {"Depth", std::max<int64_t>(side, 2) * tile}}),
      leaf("tables", "simd_tables", some({"Tile", "BusBytes", "TableBeats"})),
      leaf("results", "simd_results", {{"Tile", tile}}),
      leaf("results", "simd_writer", some({"Tile", "BusBytes", "AddrWidth", "BurstBeats", "ResultWords"})),
  };
}

}  // namespace psaflow
