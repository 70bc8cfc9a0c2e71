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

// A network at one width of beats.
struct Mapping {
  size_t model = 0;
  Pipeline pipeline;
  std::string shapes;                    // what its menus depend on
  std::string timing;                    // and what its timing depends on beside foldings
  std::vector<size_t> forks;             // stages that hold residual FIFOs
  std::vector<size_t> residual_streams;  // and streams that have one of their own
};

// What all designs of one mapping on one kind of device share.
struct Variant {
  Mapping* mapping = nullptr;
  RomPlacement roms;
  FpgaFamily family = FpgaFamily::kUltraScalePlus;
  std::shared_ptr<const FoldingMenu> menu;
  FpgaCost fixed;  // all but the linear stages and what holds residual FIFOs, whose depths are to be found
};

// FIFO depths and latency of designs that differ in nothing that time depends on.
struct TimedFolding {
  std::string key;
  const Mapping* mapping = nullptr;  // one of those that have it
  std::shared_ptr<const StageChoices> stages;
  std::vector<int> depths;  // of residual FIFOs, by stream; 0: not one
  int64_t ii_cycles = 0, latency_cycles = 0;
};

// One design, before devices and clocks.
struct Design {
  size_t variant = 0;
  bool packing = true;
  FpgaCost linear_stages;
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
  if (!words.eof() || depths.size() != s.mapping->pipeline.streams.size()) return false;
  s.depths = std::move(depths);
  return true;
}

// Weights do not matter.
std::string shapes_of(const ExploredModel& model, int lanes) {
  const ModelConfig& c = model.model.config;
  return fmt::format("{} {} {} {} {} {} {} {} {} {}", to_string(c.activation), c.image_channels, c.image_height,
                     c.image_width, c.patch, c.embed, c.hidden, c.blocks, c.classes, lanes);
}

// Stages of equal ones cost the same.
using StageShape = std::tuple<StageKind, int, int, int, int, int>;

StageShape shape_of(const Stage& stage) {
  const TableParams* table = stage.table();
  return {stage.kind,
          stage.in.vectors,
          stage.in.elements,
          stage.in.lanes,
          table == nullptr ? 0 : table->channels,
          table == nullptr ? 0 : table->points};
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

  StreamingOptions base_options(int lanes) const {
    StreamingOptions options = scenario_.streaming();
    options.profile = "rtl";
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
    const auto kinds_of_device = placements();
    for (size_t m = 0; m < result_.models.size(); ++m) {
      const std::vector<int> legal = legal_lanes(result_.models[m].model.network);
      for (int lanes : space().lanes.empty() ? legal : space().lanes) {
        add_mapping(m, lanes);
        for (const auto& [roms, family] : kinds_of_device) {
          add_variant(mappings_.back(), roms, family);
          list_foldings();
        }
      }
    }
  }

  void add_mapping(size_t model, int lanes) {
    const ExploredModel& m = result_.models[model];
    Mapping& mapping = mappings_.emplace_back();
    mapping.model = model;
    mapping.pipeline = build_streaming(m.model.network, base_options(lanes), scenario_.target.clock_mhz);
    mapping.shapes = shapes_of(m, lanes);
    mapping.timing = fmt::format("{} {}", mapping.shapes, m.table_points == 0 ? 0 : m.table_points == 256 ? 1 : 2);
    for (size_t i = 0; i < mapping.pipeline.stages.size(); ++i) {
      if (mapping.pipeline.stages[i].kind == StageKind::kFork) mapping.forks.push_back(i);
    }
    const Structure structure = streaming_structure(mapping.pipeline);
    for (size_t i = 0; i < structure.fifos.size(); ++i) {
      if (structure.fifos[i] && mapping.pipeline.streams[i].residual) mapping.residual_streams.push_back(i);
    }
  }

  void add_variant(Mapping& mapping, const RomPlacement& roms, FpgaFamily family) {
    mapping.pipeline.roms = roms;
    const CostModel& costs = costs_(family);
    Variant& v = variants_.emplace_back();
    v.mapping = &mapping;
    v.roms = roms;
    v.family = family;
    std::shared_ptr<const FoldingMenu>& menu = menus_[fmt::format("{} {} {} {}", mapping.shapes, to_string(family),
                                                                  to_string(roms.style), roms.luts_per_block_ram)];
    if (menu == nullptr) menu = std::make_shared<const FoldingMenu>(mapping.pipeline, costs);
    v.menu = menu;
    std::map<StageShape, FpgaCost> known;
    for (const Stage& stage : mapping.pipeline.stages) {
      if (stage.kind == StageKind::kLinear || stage.kind == StageKind::kFork) continue;
      const auto [entry, added] = known.try_emplace(shape_of(stage));
      if (added) entry->second = estimate_leaf(costs, stage_structure(mapping.pipeline, stage));
      v.fixed.add(entry->second);
    }
    for (size_t i = 0; i < mapping.pipeline.streams.size(); ++i) {
      const Stream& stream = mapping.pipeline.streams[i];
      const bool forked = stream.producer >= 0 &&
                          mapping.pipeline.stages[static_cast<size_t>(stream.producer)].kind == StageKind::kFork;
      if (!forked && !stream.residual) v.fixed.add(fifo_cost(family, stream));
    }
  }

  // Of the last variant.
  void list_foldings() {
    const Variant& v = variants_.back();
    std::set<MenuChoice> seen;
    for (int64_t period : space().target_ii_cycles.empty() ? v.menu->periods() : space().target_ii_cycles) {
      for (bool packing : space().packings.empty() ? std::vector<bool>{true, false} : space().packings) {
        std::optional<MenuChoice> choice = v.menu->choose(period, packing);
        if (!choice || !seen.insert(*choice).second) continue;
        const size_t folding = folding_of(v, *choice);
        designs_.push_back({variants_.size() - 1, packing, v.menu->cost(*choice), folding});
      }
    }
  }

  size_t folding_of(const Variant& v, const MenuChoice& choice) {
    std::string key = v.mapping->timing + v.menu->text(choice);
    const auto [entry, added] = folding_by_key_.try_emplace(std::move(key), foldings_.size());
    if (added) {
      foldings_.push_back(
          {entry->first, v.mapping, std::make_shared<const StageChoices>(v.menu->stages(choice)), {}, 0, 0});
    }
    return entry->second;
  }

  void time(TimedFolding& folding) const {
    Pipeline pipeline = folding.mapping->pipeline;
    for (Stage& stage : pipeline.stages) {
      if (stage.kind != StageKind::kLinear) continue;
      const StageChoice& choice = folding.stages->at(stage.name);
      stage.pe = *choice.pe;
      stage.simd = *choice.simd;
      stage.packed = *choice.packed;
    }
    ResidualPlan plan = plan_residuals(pipeline);
    folding.depths = std::move(plan.depths);
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

  FpgaCost fork_cost(const Variant& v, size_t fork) {
    const Pipeline& pipeline = v.mapping->pipeline;
    const Stage& stage = pipeline.stages[fork];
    const auto depth = [&](size_t output) {
      return pipeline.streams[static_cast<size_t>(stage.outputs[output])].fifo_depth;
    };
    const auto [known, added] = fork_costs_.try_emplace({v.family, stage.in.lanes, depth(0), depth(1)});
    if (added) known->second = estimate_leaf(costs_(v.family), stage_structure(pipeline, stage));
    return known->second;
  }

  FpgaCost fifo_cost(FpgaFamily family, const Stream& stream) {
    const auto [known, added] = fifo_costs_.try_emplace({family, stream.shape.lanes, stream.fifo_depth});
    if (added) known->second = estimate_leaf(costs_(family), fifo_structure(stream));
    return known->second;
  }

  FpgaCost cost_of(const Design& design) {
    const Variant& v = variants_[design.variant];
    set_depths(v.mapping->pipeline, foldings_[design.folding].depths);
    FpgaCost cost = v.fixed;
    cost.add(design.linear_stages);
    for (size_t fork : v.mapping->forks) cost.add(fork_cost(v, fork));
    for (size_t stream : v.mapping->residual_streams)
      cost.add(fifo_cost(v.family, v.mapping->pipeline.streams[stream]));
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
          point.model = v.mapping->model;
          point.lanes = lanes(v.mapping->pipeline);
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
  std::deque<Mapping> mappings_;  // the others point to them
  std::vector<Variant> variants_;
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

namespace {

// The fixed-size accelerator expands tables, so that fewer points save nothing: of a model's resolutions the finest alone.
std::vector<size_t> finest(const std::vector<ExploredModel>& models) {
  std::map<std::string, size_t> by_path;
  for (size_t m = 0; m < models.size(); ++m) {
    const auto entry = by_path.emplace(models[m].path, m).first;
    if (models[m].table_points > models[entry->second].table_points) entry->second = m;
  }
  std::vector<size_t> list;
  for (const auto& [path, m] : by_path) list.push_back(m);
  std::sort(list.begin(), list.end());
  return list;
}

}  // namespace

Exploration explore(const Scenario& scenario, std::vector<ExploredModel> models, const CostModels& costs,
                    const ExploreOptions& options) {
  const std::vector<AcceleratorKind>& kinds = scenario.explore.kinds;
  if (kinds.size() == 1) {
    const Scenario one = of_kind(scenario, kinds[0]);
    return kinds[0] == AcceleratorKind::kSimd ? explore_simd(one, std::move(models), costs, options)
                                              : explore_streaming(one, std::move(models), costs, options);
  }
  const std::vector<size_t> simd_models = finest(models);
  std::vector<ExploredModel> few;
  for (const size_t m : simd_models) few.push_back(models[m]);
  Exploration all =
      explore_streaming(of_kind(scenario, AcceleratorKind::kStreaming), std::move(models), costs, options);
  Exploration simd = explore_simd(of_kind(scenario, AcceleratorKind::kSimd), std::move(few), costs, options);
  if (all.unknown > 0) return all;
  for (DesignPoint& point : simd.points) {
    point.model = simd_models[point.model];
    all.points.push_back(std::move(point));
  }
  all.foldings += simd.foldings;
  all.timing_seconds += simd.timing_seconds;
  mark_front(all);
  return all;
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

std::vector<size_t> cheapest_by_device(const Exploration& exploration, double fps, double loss) {
  const auto accuracy = [&](const DesignPoint& p) { return exploration.models[p.model].accuracy.value_or(0); };
  double best = 0;
  for (const DesignPoint& p : exploration.points) best = p.fits ? std::max(best, accuracy(p)) : best;
  const auto price = [](const DesignPoint& p) { return std::make_pair(p.cost.lut + p.cost.dsp, p.cost.bram18); };
  std::vector<std::string> devices;
  std::map<std::string, size_t> cheapest;
  for (size_t i = 0; i < exploration.points.size(); ++i) {
    const DesignPoint& p = exploration.points[i];
    if (!p.fits || p.fps < fps || accuracy(p) < best - loss) continue;
    const auto [entry, first] = cheapest.emplace(p.device, i);
    if (first) devices.push_back(p.device);
    if (price(p) < price(exploration.points[entry->second])) entry->second = i;
  }
  std::vector<size_t> list;
  for (const std::string& device : devices) list.push_back(cheapest.at(device));
  return list;
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
