// The explorer against brute force on a network small enough to try every folding of it.
#include "models/explore/explorer.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "models/explore/folding_menu.h"
#include "models/plan/cycles.h"
#include "models/plan/stage_timing.h"
#include "sw/golden/ports.h"
#include "sw/golden/random_model.h"

namespace psaflow {
namespace {

// A cost model of a few invented leaves: what is tested is the search, whatever things cost. Linear leaves get cheaper
// with folding, but not evenly.
std::string invented_costs(const Network& network) {
  std::string text;
  std::set<std::string> seen;
  for (int lanes : legal_lanes(network)) {
    StreamingOptions options;
    options.lanes = lanes;
    const Pipeline pipeline = build_streaming(network, options);
    for (const CountedUnit& counted : count_units(pipeline, streaming_structure(pipeline))) {
      if (!counted.unit.is_rom() && seen.insert(counted.unit.text()).second)
        text += measured_line(counted.unit, {10 * lanes, 8 * lanes, 20 * lanes, 0, 0, 0});
    }
    const SynthUnit deep{"stream_fifo", {{"Width", 8 * lanes}, {"Depth", 1000}}};
    if (seen.insert(deep.text()).second) text += measured_line(deep, {100, 90, 50, 0, 1, 0});
    for (const Stage& stage : pipeline.stages) {
      if (stage.kind != StageKind::kLinear) continue;
      for (const Folding& f : legal_foldings(stage)) {
        Stage folded = stage;
        folded.pe = f.pe;
        folded.simd = f.simd;
        folded.packed = f.packed;
        const LeafInstance leaf = stage_structure(pipeline, folded);
        const SynthUnit unit{leaf.leaf, leaf.parameters};
        const int64_t lut = 30 + 17 * f.pe * f.simd + (f.packed ? 40 : 0) + (f.pe % 3) * 11, dsp = folded.multipliers();
        if (seen.insert(unit.text()).second) text += measured_line(unit, {lut, lut, 2 * lut, dsp, 0, 0});
      }
    }
  }
  return text;
}

CostModels the_only(const CostModel& costs) {
  return [&costs](FpgaFamily) -> const CostModel& { return costs; };
}

ModelConfig psa_config(int embed, int hidden) {
  ModelConfig config;
  config.activation = Activation::kPsa;
  config.embed = embed;
  config.hidden = hidden;
  config.patch = 8;
  config.blocks = 1;
  return config;
}

TEST_CASE("The front is that of every folding of every stage") {
  ModelConfig config;
  config.activation = Activation::kRelu;
  config.image_height = config.image_width = 4;
  config.image_channels = 1;
  config.mean = config.std = {0.5};
  config.patch = 2;
  config.embed = 4;
  config.hidden = 4;
  config.blocks = 1;
  config.classes = 2;
  const IntModel model = random_model(config, 65, 5);
  const CostModel costs(invented_costs(model.network), "invented");
  Scenario scenario;
  scenario.name = "small";
  scenario.synthetic = SyntheticModel{config, 65, 5};
  const Exploration found = explore_streaming(scenario, {{"", 0, true, model, model, {}, 0}}, the_only(costs));
  REQUIRE_FALSE(found.points.empty());

  // What the sum over linear stages can be, of every combination: area without FIFOs, which the explorer settles after.
  struct Choice {
    Folding folding;
    int64_t period = 0, price = 0;
  };
  size_t combinations = 0;
  for (int lanes : legal_lanes(model.network)) {
    StreamingOptions options;
    options.lanes = lanes;
    const Pipeline pipeline = build_streaming(model.network, options);
    std::vector<std::string> names;
    std::vector<std::vector<Choice>> choices;  // by linear stage
    int64_t others = 0;
    for (const Stage& stage : pipeline.stages) {
      if (stage.kind != StageKind::kLinear) {
        others = std::max(others, stage_timing(stage, pipeline.profile).period_cycles);
        continue;
      }
      names.push_back(stage.name);
      choices.emplace_back();
      for (const Folding& f : legal_foldings(stage)) {
        Stage folded = stage;
        folded.pe = f.pe;
        folded.simd = f.simd;
        folded.packed = f.packed;
        const FpgaCost cost = estimate_leaf(costs, stage_structure(pipeline, folded));
        choices.back().push_back({f, stage_timing(folded, pipeline.profile).period_cycles, cost.lut + cost.dsp});
      }
    }
    std::map<int64_t, int64_t> cheapest;  // by II
    std::vector<size_t> at(choices.size(), 0);
    for (bool more = true; more; ++combinations) {
      int64_t ii = others, sum = 0;
      for (size_t k = 0; k < at.size(); ++k) {
        ii = std::max(ii, choices[k][at[k]].period);
        sum += choices[k][at[k]].price;
      }
      const auto entry = cheapest.emplace(ii, sum).first;
      entry->second = std::min(entry->second, sum);
      more = false;
      for (size_t k = 0; k < at.size() && !more; ++k) {
        at[k] = (at[k] + 1) % choices[k].size();
        more = at[k] != 0;
      }
    }
    // Every (II, price) that no combination beats is a design that was found, of these lanes.
    int64_t best = INT64_MAX;
    for (const auto& [ii, sum] : cheapest) {
      if (sum >= best) continue;
      best = sum;
      const bool there = std::any_of(found.points.begin(), found.points.end(), [&](const DesignPoint& p) {
        if (p.lanes != lanes || p.ii_cycles != ii) return false;
        int64_t total = 0;
        for (size_t k = 0; k < names.size(); ++k) {
          const StageChoice& chosen = p.stages->at(names[k]);
          for (const Choice& c : choices[k]) {
            if (c.folding.pe == *chosen.pe && c.folding.simd == *chosen.simd && c.folding.packed == *chosen.packed)
              total += c.price;
          }
        }
        return total == sum;
      });
      INFO("lanes " << lanes << ", II " << ii << ", price " << sum);
      CHECK(there);
    }
  }
  CHECK(combinations > 1000);
}

TEST_CASE("ROM styles are swept, and each device has its own worth of a block RAM") {
  const ModelConfig config = psa_config(16, 16);
  const IntModel model = random_model(config, 256, 5);
  const CostModel costs(invented_costs(model.network), "invented");
  Scenario scenario;
  scenario.synthetic = SyntheticModel{config, 256, 5};
  scenario.explore.lanes = {1};
  scenario.explore.devices = {"xcu50", "xczu3eg"};
  scenario.explore.rom_styles = {RomStyle::kAuto, RomStyle::kDistributed, RomStyle::kBlock};
  const Exploration found = explore_streaming(scenario, {{"", 256, true, model, model, {}, 0}}, the_only(costs));
  std::map<std::pair<std::string, RomStyle>, size_t> designs;
  std::map<RomStyle, int64_t> block_rams;
  for (const DesignPoint& p : found.points) {
    ++designs[{p.device, p.rom_style}];
    int64_t& least = block_rams.emplace(p.rom_style, p.cost.bram18).first->second;
    least = std::min(least, p.cost.bram18);
    const Pipeline pipeline = build_streaming(model.network, options_of(p, scenario), p.clock_mhz);
    CHECK(pipeline.roms.style == p.rom_style);
    CHECK(pipeline.roms.luts_per_block_ram == find_device(p.device).luts_per_block_ram());
    const FpgaCost area = estimate_area(costs, pipeline);
    CHECK(area.lut == p.cost.lut);
    CHECK(area.bram18 == p.cost.bram18);
  }
  CHECK(designs.size() == 6);
  CHECK(block_rams[RomStyle::kDistributed] < block_rams[RomStyle::kAuto]);
  CHECK(block_rams[RomStyle::kAuto] < block_rams[RomStyle::kBlock]);
}

TEST_CASE("A point's cycles and area are those of the plan that its options make") {
  const ModelConfig config = psa_config(12, 24);
  const IntModel model = random_model(config, 17, 5);
  const CostModel costs(invented_costs(model.network), "invented");
  Scenario scenario;
  scenario.synthetic = SyntheticModel{config, 17, 5};
  scenario.explore.lanes = {1, 4};
  scenario.explore.devices = {"xcu50", "xczu3eg"};
  scenario.explore.clocks_mhz = {100, 250};
  const Exploration found = explore_streaming(scenario, {{"", 17, true, model, model, {}, 0}}, the_only(costs));
  std::set<std::string> devices;
  size_t front = 0;
  for (size_t i = 0; i < found.points.size(); i += 7) {
    const DesignPoint& p = found.points[i];
    const Pipeline pipeline = build_streaming(model.network, options_of(p, scenario), p.clock_mhz);
    const CyclePrediction plan = predict_cycles(pipeline);
    CHECK(plan.ii_cycles == p.ii_cycles);
    CHECK(plan.latency_cycles == p.latency_cycles);
    CHECK(p.fps == Approx(p.clock_mhz * 1e6 / static_cast<double>(p.ii_cycles)));
    CHECK(estimate_area(costs, pipeline).lut == p.cost.lut);
    devices.insert(p.device);
    front += p.pareto ? 1 : 0;
  }
  CHECK(devices.size() == 2);
  CHECK(front > 0);
}

TEST_CASE("Both kinds of accelerator make one space with one front; the fixed-size one has the finest tables alone") {
  const ModelConfig config = psa_config(16, 16);
  const IntModel model = random_model(config, 65, 5), coarse = random_model(config, 17, 5);
  Scenario scenario;
  scenario.synthetic = SyntheticModel{config, 65, 5};
  scenario.explore.kinds = {AcceleratorKind::kStreaming, AcceleratorKind::kSimd};
  scenario.explore.devices = {"xcu50", "xc7a35t"};
  scenario.explore.lanes = {1, 8};
  std::vector<size_t> shown;  // progress begins anew with each kind
  ExploreOptions options;
  options.progress = [&](size_t done, size_t) { shown.push_back(done); };
  const std::vector<ExploredModel> models = {{"", 17, false, coarse, coarse, 0.7, 10},
                                             {"", 65, true, model, model, 0.8, 10}};
  const Exploration found = explore(scenario, models, &CostModel::builtin, options);
  CHECK(std::count(shown.begin(), shown.end(), size_t{1}) == 2);
  std::map<std::pair<std::string, bool>, size_t> counted;
  for (const DesignPoint& p : found.points) {
    ++counted[{p.device, p.tile > 0}];
    if (p.tile > 0) CHECK(found.models[p.model].table_points == 65);
    CHECK((p.tile > 0) == (p.stages == nullptr));
    CHECK(p.ii_cycles > 0);
    CHECK(p.cost.lut > 0);
  }
  CHECK(counted.size() == 4);
  // The front is that of all points of a device, by comparing each with each.
  const auto no_worse = [&](const DesignPoint& a, const DesignPoint& b) {
    return a.fps >= b.fps && a.cost.lut + a.cost.dsp <= b.cost.lut + b.cost.dsp && a.cost.bram18 <= b.cost.bram18 &&
           *found.models[a.model].accuracy >= *found.models[b.model].accuracy;
  };
  for (const DesignPoint& p : found.points) {
    const bool beaten = std::any_of(found.points.begin(), found.points.end(), [&](const DesignPoint& other) {
      return other.fits && other.device == p.device && no_worse(other, p) && !no_worse(p, other);
    });
    CHECK(p.pareto == (p.fits && !beaten));
  }
  for (const double fps : {100.0, 20000.0, 1e12}) {
    const std::vector<size_t> cheapest = cheapest_by_device(found, fps, 0.05);
    CHECK(cheapest.empty() == (fps > 1e11));
    for (const size_t i : cheapest) {
      const DesignPoint& best = found.points[i];
      CHECK(best.fits);
      CHECK(best.fps >= fps);
      CHECK(found.models[best.model].table_points == 65);  // the other loses more
      for (const DesignPoint& p : found.points) {
        if (p.fits && p.device == best.device && p.fps >= fps && found.models[p.model].table_points == 65)
          CHECK(p.cost.lut + p.cost.dsp >= best.cost.lut + best.cost.dsp);
      }
    }
  }
}

TEST_CASE("What raw images and classes need has an estimate on either family") {
  const ModelConfig config = psa_config(16, 16);
  const IntModel model = random_model(config, 65, 5);
  for (const ImageForm form : {ImageForm::kPlanar, ImageForm::kInterleaved}) {
    const IntModel around = with_ports(model, {form, true});
    Scenario scenario;
    scenario.synthetic = SyntheticModel{config, 65, 5};
    scenario.explore.devices = {"xcu50", "xc7a100t"};
    const Exploration found = explore_streaming(scenario, {{"", 65, true, model, around, {}, 0}}, &CostModel::builtin);
    CHECK_FALSE(found.points.empty());
    for (const DesignPoint& p : found.points) CHECK(p.cost.lut > 0);
  }
}

}  // namespace
}  // namespace psaflow
