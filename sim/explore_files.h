// What an exploration leaves in its folder: points.json, points.csv, report.html, and a scenario for each design of the
// front.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/clock/levels.h"
#include "models/explore/explorer.h"

namespace psaflow {

// What was measured of a point, beside what is estimated of all.
struct Confirmation {
  std::optional<int64_t> systemc_ii_cycles, systemc_latency_cycles, rtl_ii_cycles, rtl_latency_cycles;
  size_t images = 0, systemc_mismatches = 0, rtl_mismatches = 0;
  std::optional<FpgaCost> synthesised;
  LogicLevels levels;  // as synthesised
};

struct ExploreRun {
  const Scenario& scenario;
  const Exploration& exploration;
  std::map<size_t, Confirmation> confirmed;  // by point
};

// An array of points: model, table_points, kind, lanes, dsp_packing, rom_style, device, clock_mhz, ii_cycles, latency_cycles, fps,
// lut, ff, dsp, bram36, uram, accuracy, fits, pareto; of confirmed ones simulated, rtl, synthesised; of the front the
// scenario's file name.
std::string points_json(const ExploreRun& run);
std::string points_csv(const ExploreRun& run);
// One file that opens without a network (explore_page): the points as a plot, what designs of the front are made of, the front as a
// table.
std::string report_html(const ExploreRun& run);

// `count` of the front's points, from the slowest to the fastest, evenly; 0: all.
std::vector<size_t> spread_front(const Exploration& exploration, size_t count);

// "front-0012.yaml": of a point of the front.
std::string scenario_name(size_t point);
// A scenario that is this design; model_path: of its model, at its table resolution.
std::string scenario_yaml(const ExploreRun& run, size_t point, const std::string& model_path);

}  // namespace psaflow
