// Design-space exploration: every design that a space holds, with its cycles, area, accuracy and fit, and the exact
// front of those that fit.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/area/cost_model.h"
#include "models/explore/folding_menu.h"
#include "models/plan/build.h"
#include "models/scenario/devices.h"
#include "models/scenario/scenario.h"
#include "sw/base/shard.h"
#include "sw/io/result_store.h"

namespace psaflow {

// A network that the space holds: a model at one resolution of its tables.
struct ExploredModel {
  std::string path;                // empty: random weights
  int table_points = 0;            // 0: no tables
  bool as_given = true;            // the resolution of the file
  IntModel bare;                   // as in the file, at this resolution ...
  IntModel model;                  // ... and with the scenario's ports around it
  std::optional<double> accuracy;  // measured by golden; none where labels mean nothing
  size_t images = 0;               // on how many
};

struct DesignPoint {
  size_t model = 0;  // of the explored ones
  int lanes = 1;
  bool packing = true;  // two outputs a DSP where that is cheaper
  RomStyle rom_style = RomStyle::kAuto;
  std::string device;
  double clock_mhz = 200;
  std::shared_ptr<const StageChoices> stages;  // of a streaming accelerator
  int64_t ii_cycles = 0, latency_cycles = 0;
  double fps = 0;
  FpgaCost cost;  // estimated
  bool fits = false, pareto = false;
  int tile = 0;                // of a fixed-size accelerator, which has no lanes, packing and stages ...
  SimdHardware hardware = {};  // ... but this
};

struct Exploration {
  std::vector<ExploredModel> models;
  std::vector<DesignPoint> points;  // none while foldings of other shards are unknown
  // Foldings are timed beat by beat, which gives FIFO depths and latency of all designs that have them. Everything else of a design are sums
  // over its leaves.
  size_t foldings = 0, known_before = 0, unknown = 0;
  double timing_seconds = 0, point_seconds = 0;
};

// What things cost on devices of a family: CostModel::builtin, or a test's.
using CostModels = std::function<const CostModel&(FpgaFamily)>;

struct ExploreOptions {
  int threads = 0;  // 0: one a core
  std::function<void(size_t done, size_t all)> progress = {};
  ResultStore* store = nullptr;  // what is known is taken from there, what is found put there
  Shard shard = {};              // of the foldings that nobody knows: those to time
};

// All kinds of accelerator that the space names, and one front of them. Progress begins anew with each kind. Of a kind that is not the
// scenario's there may be no design.
Exploration explore(const Scenario& scenario, std::vector<ExploredModel> models, const CostModels& costs,
                    const ExploreOptions& options = {});

// The space of streaming accelerators: what the scenario's `explore` section lists, and where it is silent its defaults: the
// scenario's model at its own and every lesser table resolution, all legal lanes, every II at which some stage's folding changes,
// with two outputs a DSP and with one, ROMs in LUTs, in block RAM and mixed, its device and clock. Of designs with equal lanes,
// ROMs and foldings one is kept. Front: images a second, LUT + DSP, BRAM36 and accuracy, of the points that fit, device by device.
// UserError on a section that the model does not allow (lanes, points).
Exploration explore_streaming(const Scenario& scenario, std::vector<ExploredModel> models, const CostModels& costs,
                              const ExploreOptions& options = {});

// The same of a fixed-size accelerator: every tile whose buffers hold the network, each with the least of them; the tile of the scenario with
// the scenario's. A UserError where there is none and the scenario has a tile.
Exploration explore_simd(const Scenario& scenario, std::vector<ExploredModel> models, const CostModels& costs,
                         const ExploreOptions& options = {});

// The scenario's accelerator with another tile, timed as the RTL is.
SimdOptions simd_options_of(int tile, const Scenario& scenario);

// Of each device that has one: the point of least LUT + DSP that fits, makes at least `fps` images a second and is at most `loss`
// less accurate (where that is known) than the best point that fits any device; of equals the one of fewer block RAMs. In the
// order in which points name devices.
std::vector<size_t> cheapest_by_device(const Exploration& exploration, double fps, double loss);

// Sets pareto of every point.
void mark_front(Exploration& exploration);

// A whole design's area, estimated.
FpgaCost estimate_area(const CostModel& costs, const Pipeline& pipeline);
FpgaCost estimate_area(const CostModel& costs, const std::vector<CountedUnit>& units);

// The options that make exactly this design of the scenario's accelerator.
StreamingOptions options_of(const DesignPoint& point, const Scenario& scenario);

bool fits_device(const FpgaCost& cost, const Device& device);

}  // namespace psaflow
