#include "models/scenario/explore_space.h"

#include <algorithm>
#include <filesystem>

#include "models/plan/build.h"
#include "models/scenario/devices.h"
#include "models/simd/hardware.h"

namespace psaflow {
namespace {

constexpr int64_t kMaxLanes = 1024;
constexpr size_t kMaxChoices = 1000;

// The elements of a list, each read as if it stood alone under the list's key; a single value is a list of one.
template <typename Read>
auto list_of(const YamlMap& map, const std::string& file, const std::string& key, const Read& read) {
  std::vector<decltype(read(map))> values;
  const YamlNode* const node = map.find(key);
  if (node == nullptr) return values;
  const bool single = node->kind != YamlNode::Kind::kSequence;
  const std::vector<YamlNode> items = single ? std::vector<YamlNode>{*node} : node->items;
  if (items.empty() || items.size() > kMaxChoices)
    map.fail(key, std::to_string(items.size()) + " values",
             "a list of 1.." + std::to_string(kMaxChoices) + " values, or no such key");
  for (const YamlNode& item : items) {
    YamlNode alone;
    alone.kind = YamlNode::Kind::kMap;
    alone.line = item.line;
    alone.keys = {key};
    alone.key_lines = {item.line};
    alone.items = {item};
    values.push_back(read(YamlMap(alone, file, "explore", {})));
  }
  return values;
}

constexpr const char* kRomStyles[] = {"auto", "distributed", "block"};  // as the enumeration has them

}  // namespace

RomStyle read_rom_style(const YamlMap& map) {
  const std::vector<std::string> names(std::begin(kRomStyles), std::end(kRomStyles));
  const std::string name = map.choice("rom_style", names, names[0]);
  return static_cast<RomStyle>(std::find(names.begin(), names.end(), name) - names.begin());
}

const char* to_string(RomStyle style) {
  return kRomStyles[static_cast<size_t>(style)];
}

ExploreSpace read_explore(const YamlMap& root, const std::string& file, AcceleratorKind own) {
  ExploreSpace space;
  space.kinds = {own};
  if (!root.has("explore")) return space;
  if (const YamlMap any = root.map("explore", {}); any.has("kind")) {
    space.kinds = list_of(any, file, "kind", [](const YamlMap& one) {
      return one.choice("kind", {"streaming", "simd"}) == "simd" ? AcceleratorKind::kSimd : AcceleratorKind::kStreaming;
    });
    std::sort(space.kinds.begin(), space.kinds.end());
    space.kinds.erase(std::unique(space.kinds.begin(), space.kinds.end()), space.kinds.end());
  }
  std::vector<std::string> keys = {"kind", "models", "table_points", "devices", "clock_mhz"};
  for (const AcceleratorKind kind : space.kinds) {
    if (kind == AcceleratorKind::kSimd) {
      keys.emplace_back("tile");
    } else {
      keys.insert(keys.end(), {"lanes", "target_ii_cycles", "dsp_packing", "rom_style"});
    }
  }
  const YamlMap map = root.map("explore", keys);
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  space.models = list_of(map, file, "models",
                         [&](const YamlMap& one) { return (folder / one.text("models")).lexically_normal().string(); });
  space.table_points = list_of(map, file, "table_points", [](const YamlMap& one) {
    const auto points = static_cast<int>(one.integer("table_points", 3, 256));
    if (!legal_table_points(points)) one.fail("table_points", std::to_string(points), kTablePointsAllowed);
    return points;
  });
  space.lanes = list_of(map, file, "lanes",
                        [](const YamlMap& one) { return static_cast<int>(one.integer("lanes", 1, kMaxLanes)); });
  space.target_ii_cycles = list_of(map, file, "target_ii_cycles",
                                   [](const YamlMap& one) { return one.integer("target_ii_cycles", 1, INT64_MAX); });
  space.packings = list_of(map, file, "dsp_packing", [](const YamlMap& one) {
    return one.choice("dsp_packing", {"auto", "off"}) == "auto";
  });
  space.rom_styles = list_of(map, file, "rom_style", read_rom_style);
  space.tiles = list_of(map, file, "tile", [](const YamlMap& one) {
    std::vector<std::string> tiles;
    for (const int tile : kSimdTiles) tiles.push_back(std::to_string(tile));
    return std::stoi(one.choice("tile", tiles));
  });
  space.devices =
      list_of(map, file, "devices", [](const YamlMap& one) { return one.choice("devices", device_names()); });
  space.clocks_mhz =
      list_of(map, file, "clock_mhz", [](const YamlMap& one) { return one.number("clock_mhz", 1, 2000); });
  return space;
}

}  // namespace psaflow
