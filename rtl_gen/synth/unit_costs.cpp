#include "rtl_gen/synth/unit_costs.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <sstream>

#include "models/clock/clock_model.h"
#include "rtl_gen/cosim/cache.h"
#include "rtl_gen/synth/yosys.h"
#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/base/parallel.h"
#include "sw/io/sha256.h"

namespace psaflow {
namespace {

namespace fs = std::filesystem;

using Group = std::vector<SynthUnit>;

constexpr const char* kLevels = "=== levels of logic:";  // the last line of an entry

struct UnitCost {
  FpgaCost cost;
  LogicLevels levels;
};

class CostCache {
 public:
  // Of these units alone.
  CostCache(const std::string& folder, std::string yosys, FpgaFamily family, const std::vector<SynthUnit>& units)
      : folder_(folder + "/synth"), yosys_(std::move(yosys)) {
    for (const SynthUnit& unit : units) {
      if (recipes_.count(unit.module) == 0) recipes_[unit.module] = synthesis_recipe(unit.module, family);
    }
  }

  std::optional<UnitCost> find(const SynthUnit& unit) const {
    std::error_code ignored;
    const std::string path = path_of(unit);
    if (!fs::exists(path, ignored)) return {};
    try {
      const std::vector<char> text = read_file(path, 1 << 20);
      return read({text.begin(), text.end()});
    } catch (const UserError&) {  // damaged: made anew
      return {};
    }
  }

  void keep(const SynthUnit& unit, const YosysResult& result) const {
    make_folder(folder_);
    write_file_atomic(path_of(unit),
                      fmt::format("{}{} {} {}\n", result.stat.substr(result.stat.find("=== design hierarchy")), kLevels,
                                  result.levels.luts, result.levels.carries));
  }

 private:
  static UnitCost read(const std::string& text) {
    const size_t at = text.find(kLevels);
    if (at == std::string::npos) throw UserError("", kLevels, "none", "levels");
    UnitCost cost{parse_stat(text.substr(0, at)), {}};
    std::istringstream numbers(text.substr(at + std::string(kLevels).size()));
    if (!(numbers >> cost.levels.luts >> cost.levels.carries)) throw UserError("", kLevels, "damaged", "levels");
    return cost;
  }

  std::string path_of(const SynthUnit& unit) const {
    const std::string all = fmt::format("{}\n{}\n{}", yosys_, unit.text(), recipes_.at(unit.module));
    return folder_ + "/" + sha256_hex(all.data(), all.size()).substr(0, 32);
  }

  std::string folder_, yosys_;
  std::map<std::string, std::string> recipes_;  // by module
};

// One process of Yosys each: the units of one module, in the order of their text. The long ones first: large leaves
// have many parameters.
std::vector<Group> groups_of(const std::vector<SynthUnit>& units) {
  std::map<std::string, Group> by_module;
  for (const SynthUnit& unit : units) by_module[unit.module].push_back(unit);
  std::vector<Group> groups;
  for (auto& [module, group] : by_module) groups.push_back(std::move(group));
  const auto size = [](const Group& group) {
    size_t bytes = 0;
    for (const SynthUnit& unit : group) bytes += unit.text().size();
    return bytes;
  };
  std::stable_sort(groups.begin(), groups.end(), [&](const Group& a, const Group& b) { return size(a) > size(b); });
  return groups;
}

}  // namespace

UnitCosts unit_costs(const std::vector<SynthUnit>& units, const SynthOptions& options) {
  UnitCosts result;
  result.yosys = yosys_version();
  if (result.yosys.empty())
    throw UserError("", "yosys", "no such program on the PATH", "Yosys 0.23 or newer (Debian: apt install yosys)");
  const std::string folder = options.cache_dir.empty() ? rtl_cache_dir() : fs::absolute(options.cache_dir).string();
  const RtlCache scratch(folder);
  const CostCache cache(folder, result.yosys, options.family, units);
  std::map<std::string, UnitCost> known;  // by unit's text
  std::map<std::string, SynthUnit> missing;
  for (const SynthUnit& unit : units) {
    const std::string text = unit.text();
    if (known.count(text) != 0 || missing.count(text) != 0) continue;
    const std::optional<UnitCost> cost =
        unit.is_lut_rom() ? UnitCost{lut_rom_cost(unit), lut_rom_levels(unit)} : cache.find(unit);
    if (cost) known.emplace(text, *cost);
    if (!cost) missing.emplace(text, unit);
  }
  result.synthesised = missing.size();
  if (!missing.empty()) {
    std::vector<SynthUnit> left;
    for (const auto& [text, unit] : missing) left.push_back(unit);
    const std::vector<Group> groups = groups_of(left);
    std::mutex mutex;
    size_t done = 0;
    const auto tick = [&] {
      const std::lock_guard<std::mutex> lock(mutex);
      if (options.progress) options.progress(done, left.size());
    };
    tick();
    ThreadPool(options.threads).run(groups.size(), [&](size_t item, int) {
      const Group& group = groups[item];
      const std::unique_ptr<OwnFolder> work = scratch.begin();
      const std::vector<YosysResult> results = run_yosys(group, options.family, work->path(), tick);
      for (size_t i = 0; i < group.size(); ++i) {
        const UnitCost cost{parse_stat(results[i].stat), results[i].levels};
        cache.keep(group[i], results[i]);
        const std::lock_guard<std::mutex> lock(mutex);
        known.emplace(group[i].text(), cost);
        ++done;
      }
      tick();
    });
  }
  for (const SynthUnit& unit : units) {
    const UnitCost& cost = known.at(unit.text());
    result.costs.push_back(cost.cost);
    result.levels.push_back(cost.levels);
  }
  return result;
}

}  // namespace psaflow
