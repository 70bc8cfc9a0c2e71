#include "models/explore/explorer.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <set>
#include <sstream>

#include "models/explore/folding_menu.h"
#include "models/explore/pareto.h"
#include "models/plan/cycles.h"
#include "models/plan/legal.h"
#include "sw/base/error.h"
#include "sw/base/parallel.h"

namespace psaflow {
namespace {

// One design, before clocks. Devices differ in what a block RAM is worth, and so in where ROMs lie.
struct Design {
  size_t model = 0;
  int lanes = 1;
  bool packing = true;
  RomPlacement roms;
  std::map<std::string, StageChoice> stages;
  // What its cycles depend on: shapes and foldings, packing among them, not weights.
  std::string cycles_key;
};

struct Evaluated {
  int64_t ii_cycles = 0, latency_cycles = 0;
  FpgaCost cost;
};

std::string to_text(const Evaluated& e) {
  return fmt::format("{} {} {} {} {} {} {} {}", e.ii_cycles, e.latency_cycles, e.cost.lut, e.cost.paired_lut, e.cost.ff,
                     e.cost.dsp, e.cost.bram18, e.cost.uram);
}

std::optional<Evaluated> parse_evaluated(const std::string& text) {
  std::istringstream words(text);
  Evaluated e;
  if (words >> e.ii_cycles >> e.latency_cycles >> e.cost.lut >> e.cost.paired_lut >> e.cost.ff >> e.cost.dsp >>
      e.cost.bram18 >> e.cost.uram)
    return e;
  return std::nullopt;
}

// FIFO depths and latency of designs that differ in nothing that time depends on.
struct Cycles {
  std::vector<int> depths;
  int64_t ii_cycles = 0, latency_cycles = 0;
};

std::string key_of(const ExploredModel& model, int lanes, const std::map<std::string, StageChoice>& stages) {
  const ModelConfig& c = model.model.config;
  std::string key = fmt::format("{} {} {} {} {} {} {} {} {}", c.image_channels, c.image_height, c.image_width, c.patch,
                                c.embed, c.hidden, c.blocks, c.classes, lanes);
  key += fmt::format(" {}", model.table_points == 0 ? 0 : model.table_points == 256 ? 1 : 2);
  for (const auto& [name, choice] : stages)
    key += fmt::format(" {}:{}{}", *choice.pe, *choice.simd, choice.packed.value_or(false) ? "p" : "");
  return key;
}

class Explorer {
 public:
  Explorer(const Scenario& scenario, std::vector<ExploredModel> models, const CostModel& costs,
           const ExploreOptions& options)
      : scenario_(scenario), costs_(costs), options_(options) {
    result_.models = std::move(models);
  }

  Exploration run() {
    const auto start = std::chrono::steady_clock::now();
    list_designs();
    evaluate();
    if (result_.unknown == 0) {
      make_points();
      mark_front(result_);
    }
    result_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return std::move(result_);
  }

 private:
  const ExploreSpace& space() const { return scenario_.explore; }

  std::vector<std::string> devices() const {
    return space().devices.empty() ? std::vector<std::string>{scenario_.target.device} : space().devices;
  }

  // Every one that the devices and the space make.
  std::vector<RomPlacement> placements() const {
    std::vector<RomPlacement> list;
    const std::vector<RomStyle> styles =
        space().rom_styles.empty() ? std::vector<RomStyle>{scenario_.streaming().roms.style} : space().rom_styles;
    std::set<int> worths;
    for (const std::string& device : devices()) worths.insert(find_device(device).luts_per_block_ram());
    for (int worth : worths) {
      for (RomStyle style : styles) list.push_back({style, worth});
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
    for (const RomPlacement& roms : placements()) {
      for (size_t m = 0; m < result_.models.size(); ++m) {
        const std::vector<int> legal = legal_lanes(result_.models[m].model.network);
        for (int lanes : space().lanes.empty() ? legal : space().lanes) list_foldings(m, lanes, roms);
      }
    }
  }

  void list_foldings(size_t model, int lanes, const RomPlacement& roms) {
    const Pipeline pipeline =
        build_streaming(result_.models[model].model.network, base_options(lanes, roms), scenario_.target.clock_mhz);
    const FoldingMenu menu(pipeline, costs_);
    std::set<std::string> seen;
    for (int64_t period : space().target_ii_cycles.empty() ? menu.periods() : space().target_ii_cycles) {
      for (bool packing : space().packings.empty() ? std::vector<bool>{true, false} : space().packings) {
        Design design{model, lanes, packing, roms, {}, {}};
        if (!menu.choose(period, packing, design.stages)) continue;
        design.cycles_key = key_of(result_.models[model], lanes, design.stages);
        if (!seen.insert(design.cycles_key).second) continue;
        designs_.push_back(std::move(design));
      }
    }
  }

  Evaluated evaluate(const Design& design) {
    const Network& network = result_.models[design.model].model.network;
    StreamingOptions options = base_options(design.lanes, design.roms);
    options.stages = design.stages;
    Pipeline pipeline = build_streaming(network, options, scenario_.target.clock_mhz);
    std::shared_ptr<const Cycles> cycles;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (const auto known = cycles_.find(design.cycles_key); known != cycles_.end()) cycles = known->second;
    }
    if (cycles == nullptr) {
      auto found = std::make_shared<Cycles>();
      found->depths = required_residual_depths(pipeline);
      set_depths(pipeline, found->depths);
      const CyclePrediction plan = predict_cycles(pipeline);
      found->ii_cycles = plan.ii_cycles;
      found->latency_cycles = plan.latency_cycles;
      const std::lock_guard<std::mutex> lock(mutex_);
      cycles = cycles_.emplace(design.cycles_key, found).first->second;
    }
    set_depths(pipeline, cycles->depths);
    return {cycles->ii_cycles, cycles->latency_cycles, estimate_area(costs_, pipeline)};
  }

  static void set_depths(Pipeline& pipeline, const std::vector<int>& depths) {
    for (size_t s = 0; s < pipeline.streams.size(); ++s) {
      if (pipeline.streams[s].residual) pipeline.streams[s].fifo_depth = std::max(1, depths[s]);
    }
  }

  std::string store_key(const Design& design) const {
    return fmt::format("design {} {} {} {}", design.model, design.cycles_key, to_string(design.roms.style),
                       design.roms.luts_per_block_ram);
  }

  void evaluate() {
    evaluated_.resize(designs_.size());
    std::vector<size_t> wanted;  // that nobody knows
    for (size_t i = 0; i < designs_.size(); ++i) {
      const std::optional<std::string> kept =
          options_.store == nullptr ? std::nullopt : options_.store->find(store_key(designs_[i]));
      if (const auto known = kept ? parse_evaluated(*kept) : std::nullopt; known) {
        evaluated_[i] = *known;
        ++result_.known_before;
      } else if (options_.shard.has(i)) {
        wanted.push_back(i);
      } else {
        ++result_.unknown;
      }
    }
    result_.designs = designs_.size();
    std::atomic<size_t> done = 0;
    std::mutex shown;
    ThreadPool(options_.threads).run(wanted.size(), [&](size_t k, int) {
      const size_t i = wanted[k];
      evaluated_[i] = evaluate(designs_[i]);
      if (options_.store != nullptr) options_.store->add(store_key(designs_[i]), to_text(evaluated_[i]));
      ++done;
      if (!options_.progress) return;
      const std::lock_guard<std::mutex> lock(shown);
      options_.progress(done, wanted.size());
    });
  }

  void make_points() {
    const std::vector<double> clocks =
        space().clocks_mhz.empty() ? std::vector<double>{scenario_.target.clock_mhz} : space().clocks_mhz;
    for (const std::string& name : devices()) {
      const Device& device = find_device(name);
      for (double clock : clocks) {
        for (size_t i = 0; i < designs_.size(); ++i) {
          const Design& design = designs_[i];
          if (design.roms.luts_per_block_ram != device.luts_per_block_ram()) continue;
          const Evaluated& e = evaluated_[i];
          DesignPoint point{
              design.model, design.lanes,  design.packing, design.roms.style, name,
              clock,        design.stages, e.ii_cycles,    e.latency_cycles,  images_per_second(clock, e.ii_cycles),
              e.cost,       false,         false};
          point.fits = fits_device(e.cost, device);
          result_.points.push_back(std::move(point));
        }
      }
    }
  }

  const Scenario& scenario_;
  const CostModel& costs_;
  const ExploreOptions& options_;
  Exploration result_;
  std::vector<Design> designs_;
  std::vector<Evaluated> evaluated_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Cycles>> cycles_;
};

}  // namespace

Exploration explore_streaming(const Scenario& scenario, std::vector<ExploredModel> models, const CostModel& costs,
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
  options.stages = point.stages;
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
