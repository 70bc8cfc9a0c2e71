#include "models/explore/explorer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>
#include <set>
#include <sstream>
#include <tuple>

#include "models/explore/pareto.h"
#include "models/plan/cycles.h"
#include "models/plan/legal.h"
#include "sw/base/error.h"
#include "sw/base/parallel.h"

namespace psaflow {
namespace {

// What all designs of one network, one width of beats and one kind of device share.
struct Variant {
  size_t model = 0;
  RomPlacement roms;
  FpgaFamily family = FpgaFamily::kUltraScalePlus;
  Pipeline pipeline;
  std::shared_ptr<const FoldingMenu> menu;  // whatever the resolution of tables
  FpgaCost fixed;  // all but the linear stages and what holds residual FIFOs, whose depths are to be settled:
  std::vector<size_t> forks, residual_streams;
  std::string shape_key;  // what its timing depends on beside foldings
};

// FIFO depths and latency of designs that differ in nothing that time depends on.
struct TimedFolding {
  std::string key;
  const Variant* variant = nullptr;  // one of those that have it
  std::shared_ptr<const StageChoices> stages;
  std::vector<int> depths;  // of residual FIFOs, by stream; 0: not one
  int64_t ii_cycles = 0, latency_cycles = 0;
};

// One design, before devices and clocks.
struct Design {
  size_t variant = 0;
  bool packing = true;
  MenuChoice choice;
  size_t folding = 0;
};

std::string to_text(const TimedFolding& s) {
  return fmt::format("{} {} {}", s.ii_cycles, s.latency_cycles, fmt::join(s.depths, " "));
}

// False: damaged.
bool parse_folding(const std::string& text, TimedFolding& s) {
  std::istringstream words(text);
  if (!(words >> s.ii_cycles >> s.latency_cycles)) return false;
  std::vector<int> depths;
  for (int depth = 0; words >> depth;) depths.push_back(depth);
  if (!words.eof() || depths.size() != s.variant->pipeline.streams.size()) return false;
  s.depths = std::move(depths);
  return true;
}

std::string shape_key_of(const ExploredModel& model, int lanes) {
  const ModelConfig& c = model.model.config;
  return fmt::format("{} {} {} {} {} {} {} {} {} {} {}", to_string(c.activation), c.image_channels, c.image_height,
                     c.image_width, c.patch, c.embed, c.hidden, c.blocks, c.classes, lanes,
                     model.table_points == 0     ? 0
                     : model.table_points == 256 ? 1
                                                 : 2);
}

class Explorer {
 public:
  Explorer(const Scenario& scenario, std::vector<ExploredModel> models, const CostModels& costs,
           const ExploreOptions& options)
      : scenario_(scenario), costs_(costs), options_(options) {
    result_.models = std::move(models);
  }

  Exploration run() {
    const auto start = std::chrono::steady_clock::now();
    list_designs();
    const auto listed = std::chrono::steady_clock::now();
    time_foldings();
    const auto settled = std::chrono::steady_clock::now();
    if (result_.unknown == 0) make_points();
    const auto end = std::chrono::steady_clock::now();
    result_.timing_seconds = std::chrono::duration<double>(settled - listed).count();
    result_.point_seconds = std::chrono::duration<double>((listed - start) + (end - settled)).count();
    if (result_.unknown == 0) mark_front(result_);
    return std::move(result_);
  }

 private:
  const ExploreSpace& space() const { return scenario_.explore; }

  std::vector<std::string> devices() const {
    return space().devices.empty() ? std::vector<std::string>{scenario_.target.device} : space().devices;
  }

  // Every one that the devices and the space make.
  std::vector<std::pair<RomPlacement, FpgaFamily>> placements() const {
    std::vector<std::pair<RomPlacement, FpgaFamily>> list;
    std::vector<RomStyle> styles = space().rom_styles;
    if (styles.empty()) styles = {RomStyle::kAuto, RomStyle::kDistributed, RomStyle::kBlock};
    std::set<std::pair<FpgaFamily, int>> worths;
    for (const std::string& name : devices()) {
      const Device& device = find_device(name);
      worths.insert({device.family, device.luts_per_block_ram()});
    }
    for (const auto& [family, worth] : worths) {
      for (RomStyle style : styles) list.push_back({{style, worth}, family});
    }
    return list;
  }

  StreamingOptions base_options(int lanes, const RomPlacement& roms) const {
    StreamingOptions options = scenario_.streaming();
    options.profile = "rtl";
    options.roms = roms;
    options.lanes = lanes;
    options.choose_lanes = false;
    options.target_ii_cycles.reset();
    options.target_fps.reset();
    options.stages.clear();
    options.minimal_residuals = false;
    options.residual_fifo_depth = 1;  // settled below
    options.file = scenario_.file;
    return options;
  }

  void list_designs() {
    for (const auto& [roms, family] : placements()) {
      for (size_t m = 0; m < result_.models.size(); ++m) {
        const std::vector<int> legal = legal_lanes(result_.models[m].model.network);
        for (int lanes : space().lanes.empty() ? legal : space().lanes) {
          add_variant(m, lanes, roms, family);
          list_foldings();
        }
      }
    }
  }

  void add_variant(size_t model, int lanes, const RomPlacement& roms, FpgaFamily family) {
    const CostModel& costs = costs_(family);
    const ExploredModel& m = result_.models[model];
    Variant& v = variants_.emplace_back();
    v.model = model;
    v.roms = roms;
    v.family = family;
    v.shape_key = shape_key_of(m, lanes);
    v.pipeline = build_streaming(m.model.network, base_options(lanes, roms), scenario_.target.clock_mhz);
    std::shared_ptr<const FoldingMenu>& menu = menus_[fmt::format("{} {} {} {}", v.shape_key, to_string(family),
                                                                  to_string(roms.style), roms.luts_per_block_ram)];
    if (menu == nullptr) menu = std::make_shared<const FoldingMenu>(v.pipeline, costs);
    v.menu = menu;
    for (size_t i = 0; i < v.pipeline.stages.size(); ++i) {
      const Stage& stage = v.pipeline.stages[i];
      if (stage.kind == StageKind::kFork) {
        v.forks.push_back(i);
      } else if (stage.kind != StageKind::kLinear) {
        v.fixed.add(estimate_leaf(costs, stage_structure(v.pipeline, stage)));
      }
    }
    const Structure structure = streaming_structure(v.pipeline);
    for (size_t i = 0; i < structure.fifos.size(); ++i) {
      if (!structure.fifos[i]) continue;
      if (v.pipeline.streams[i].residual) {
        v.residual_streams.push_back(i);
      } else {
        v.fixed.add(estimate_leaf(costs, *structure.fifos[i]));
      }
    }
  }

  // Of the last variant.
  void list_foldings() {
    const Variant& v = variants_.back();
    std::set<MenuChoice> seen;
    for (int64_t period : space().target_ii_cycles.empty() ? v.menu->periods() : space().target_ii_cycles) {
      for (bool packing : space().packings.empty() ? std::vector<bool>{true, false} : space().packings) {
        const std::optional<MenuChoice> choice = v.menu->choose(period, packing);
        if (!choice || !seen.insert(*choice).second) continue;
        designs_.push_back({variants_.size() - 1, packing, *choice, folding_of(v, *choice)});
      }
    }
  }

  size_t folding_of(const Variant& v, const MenuChoice& choice) {
    StageChoices stages = v.menu->stages(choice);
    std::string key = v.shape_key;
    for (const auto& [name, stage] : stages)
      key += fmt::format(" {}:{}{}", *stage.pe, *stage.simd, *stage.packed ? "p" : "");
    const auto [entry, added] = folding_by_key_.emplace(key, foldings_.size());
    if (added) foldings_.push_back({key, &v, std::make_shared<const StageChoices>(std::move(stages)), {}, 0, 0});
    return entry->second;
  }

  void time(TimedFolding& folding) const {
    const Variant& v = *folding.variant;
    Pipeline pipeline = v.pipeline;
    for (Stage& stage : pipeline.stages) {
      if (stage.kind != StageKind::kLinear) continue;
      const StageChoice& choice = folding.stages->at(stage.name);
      stage.pe = *choice.pe;
      stage.simd = *choice.simd;
      stage.packed = *choice.packed;
    }
    folding.depths = required_residual_depths(pipeline);
    set_depths(pipeline, folding.depths);
    const CyclePrediction plan = predict_cycles(pipeline);
    folding.ii_cycles = plan.ii_cycles;
    folding.latency_cycles = plan.latency_cycles;
  }

  static void set_depths(Pipeline& pipeline, const std::vector<int>& depths) {
    for (size_t s = 0; s < pipeline.streams.size(); ++s) {
      if (pipeline.streams[s].residual) pipeline.streams[s].fifo_depth = std::max(1, depths[s]);
    }
  }

  void time_foldings() {
    std::vector<size_t> wanted;  // that nobody knows
    for (size_t i = 0; i < foldings_.size(); ++i) {
      const std::optional<std::string> kept =
          options_.store == nullptr ? std::nullopt : options_.store->find("folding " + foldings_[i].key);
      if (kept && parse_folding(*kept, foldings_[i])) {
        ++result_.known_before;
      } else if (options_.shard.has(i)) {
        wanted.push_back(i);
      } else {
        ++result_.unknown;
      }
    }
    result_.foldings = foldings_.size();
    std::atomic<size_t> done = 0;
    std::mutex shown;
    ThreadPool(options_.threads).run(wanted.size(), [&](size_t k, int) {
      TimedFolding& folding = foldings_[wanted[k]];
      time(folding);
      if (options_.store != nullptr) options_.store->add("folding " + folding.key, to_text(folding));
      ++done;
      if (!options_.progress) return;
      const std::lock_guard<std::mutex> lock(shown);
      options_.progress(done, wanted.size());
    });
  }

  FpgaCost fork_cost(Variant& v, size_t fork) {
    const Stage& stage = v.pipeline.stages[fork];
    const auto depth = [&](size_t output) {
      return v.pipeline.streams[static_cast<size_t>(stage.outputs[output])].fifo_depth;
    };
    const auto [known, added] = fork_costs_.try_emplace(std::make_tuple(v.family, stage.in.lanes, depth(0), depth(1)));
    if (added) known->second = estimate_leaf(costs_(v.family), stage_structure(v.pipeline, stage));
    return known->second;
  }

  FpgaCost fifo_cost(const Variant& v, size_t index) {
    const Stream& stream = v.pipeline.streams[index];
    const auto [known, added] =
        fifo_costs_.try_emplace(std::make_tuple(v.family, stream.shape.lanes, stream.fifo_depth));
    if (added) known->second = estimate_leaf(costs_(v.family), fifo_structure(stream));
    return known->second;
  }

  FpgaCost cost_of(const Design& design) {
    Variant& v = variants_[design.variant];
    set_depths(v.pipeline, foldings_[design.folding].depths);
    FpgaCost cost = v.fixed;
    cost.add(v.menu->cost(design.choice));
    for (size_t fork : v.forks) cost.add(fork_cost(v, fork));
    for (size_t stream : v.residual_streams) cost.add(fifo_cost(v, stream));
    return cost;
  }

  void make_points() {
    const std::vector<double> clocks =
        space().clocks_mhz.empty() ? std::vector<double>{scenario_.target.clock_mhz} : space().clocks_mhz;
    std::vector<FpgaCost> costs;
    for (const Design& design : designs_) costs.push_back(cost_of(design));
    for (const std::string& name : devices()) {
      const Device& device = find_device(name);
      for (double clock : clocks) {
        for (size_t i = 0; i < designs_.size(); ++i) {
          const Design& design = designs_[i];
          const Variant& v = variants_[design.variant];
          if (v.family != device.family || v.roms.luts_per_block_ram != device.luts_per_block_ram()) continue;
          const TimedFolding& s = foldings_[design.folding];
          DesignPoint point;
          point.model = v.model;
          point.lanes = lanes(v.pipeline);
          point.packing = design.packing;
          point.rom_style = v.roms.style;
          point.device = name;
          point.clock_mhz = clock;
          point.stages = s.stages;
          point.ii_cycles = s.ii_cycles;
          point.latency_cycles = s.latency_cycles;
          point.fps = images_per_second(clock, s.ii_cycles);
          point.cost = costs[i];
          point.fits = fits_device(costs[i], device);
          result_.points.push_back(std::move(point));
        }
      }
    }
  }

  const Scenario& scenario_;
  const CostModels& costs_;
  const ExploreOptions& options_;
  Exploration result_;
  std::deque<Variant> variants_;  // timed foldings point to them
  std::vector<Design> designs_;
  std::vector<TimedFolding> foldings_;
  std::map<std::string, size_t> folding_by_key_;
  std::map<std::string, std::shared_ptr<const FoldingMenu>> menus_;
  std::map<std::tuple<FpgaFamily, int, int, int>, FpgaCost> fork_costs_;
  std::map<std::tuple<FpgaFamily, int, int>, FpgaCost> fifo_costs_;
};

}  // namespace

Exploration explore_streaming(const Scenario& scenario, std::vector<ExploredModel> models, const CostModels& costs,
                              const ExploreOptions& options) {
  return Explorer(scenario, std::move(models), costs, options).run();
}

void mark_front(Exploration& exploration) {
  std::map<std::string, std::vector<size_t>> by_device;
  for (size_t i = 0; i < exploration.points.size(); ++i) {
    if (exploration.points[i].fits) by_device[exploration.points[i].device].push_back(i);
  }
  for (const auto& [device, members] : by_device) {
    std::vector<Objectives> objectives;
    for (size_t i : members) {
      const DesignPoint& p = exploration.points[i];
      objectives.push_back({-p.fps, static_cast<double>(p.cost.lut + p.cost.dsp), p.cost.bram36(),
                            -exploration.models[p.model].accuracy.value_or(0)});
    }
    const std::vector<bool> front = pareto_front(objectives);
    for (size_t k = 0; k < members.size(); ++k) exploration.points[members[k]].pareto = front[k];
  }
}

FpgaCost estimate_area(const CostModel& costs, const Pipeline& pipeline) {
  return estimate_area(costs, count_units(pipeline, streaming_structure(pipeline)));
}

FpgaCost estimate_area(const CostModel& costs, const std::vector<CountedUnit>& units) {
  FpgaCost total;
  for (const CountedUnit& counted : units) total.add(costs.estimate(counted.unit), counted.count);
  return total;
}

StreamingOptions options_of(const DesignPoint& point, const Scenario& scenario) {
  StreamingOptions options;
  options.lanes = point.lanes;
  options.stages = *point.stages;
  options.roms = {point.rom_style, find_device(point.device).luts_per_block_ram()};
  options.fifo_depth = scenario.streaming().fifo_depth;
  options.file = scenario.file;
  return options;
}

bool fits_device(const FpgaCost& cost, const Device& device) {
  return cost.lut <= device.lut && cost.ff <= device.ff && cost.dsp <= device.dsp && cost.bram36() <= device.bram36 &&
         cost.uram <= device.uram;
}

}  // namespace psaflow
