// What bounds the clock of a design, without asking Yosys: the levels of logic of each of its leaves, as measured of this very leaf or of
// the one most like it, and which leaf has most. FIFOs stand between stages, so no path goes through two leaves.
//
// It is no clock in MHz: no open tool places and routes for these devices. That levels rank leaves as place and route does is checked where
// there is one, on an iCE40 (ice40.txt).
#pragma once
#include <map>
#include <string>
#include <vector>

#include "models/area/units.h"
#include "models/clock/levels.h"

namespace psaflow {

// models/clock/levels.txt: a line a leaf, "MODULE NAME=VALUE ... : LUTS CARRIES", by Yosys for UltraScale+;
// `psaflow calibrate --levels` makes it anew.
extern const char* const kMeasuredLevels;

std::string levels_line(const SynthUnit& unit, const LogicLevels& levels);

// Of a ROM in LUTs: a LUT6 holds 64 words of a bit, and multiplexers behind LUTs join up to eight of them.
LogicLevels lut_rom_levels(const SynthUnit& unit);

class ClockModel {
 public:
  // Of kMeasuredLevels, read once a process; of a 7 series device as well, whose LUTs and carry chains Yosys uses alike.
  static const ClockModel& builtin();
  // UserError (of `file`) on a line that is none.
  ClockModel(const std::string& measured, const std::string& file);

  // Of a ROM by its shape. UserError on a module of which nothing was measured.
  LogicLevels levels(const SynthUnit& unit) const;

 private:
  struct Measured {
    SynthUnit unit;
    LogicLevels levels;
  };
  std::map<std::string, std::vector<Measured>> by_module_;
};

// The kind of stage that has the most levels, the first of several.
struct DeepestUnit {
  std::string kind;
  LogicLevels levels;
};
DeepestUnit deepest_unit(const ClockModel& model, const std::vector<CountedUnit>& units);

// "4 levels of LUTs and 3 of carries, in linear"
std::string to_text(const DeepestUnit& deepest);

// models/clock/ice40.txt: a line a leaf, "MODULE NAME=VALUE ... : LUTS CARRIES MHZ": its levels, as above, and the clock that it
// reaches placed and routed on an iCE40 HX8K by nextpnr, between registers; `psaflow calibrate --ice40` makes it anew.
extern const char* const kPlacedLeaves;

struct PlacedLeaf {
  SynthUnit unit;
  LogicLevels levels;
  double mhz = 0;
};

std::string placed_line(const PlacedLeaf& leaf);
// UserError (of `file`) on a line that is none.
std::vector<PlacedLeaf> parse_placed(const std::string& text, const std::string& file);
// Those of kPlacedLeaves.
const std::vector<PlacedLeaf>& placed_leaves();

// Spearman's coefficient of levels and period, ties by their mean rank: 1, they rank the leaves alike; 0, one says nothing of the other
// (or there are fewer than two different values).
double rank_correlation(const std::vector<PlacedLeaf>& leaves);

// "rank correlation 0.81 of levels with the period of 30 leaves placed and routed on an iCE40"
std::string to_text(const std::vector<PlacedLeaf>& leaves);

}  // namespace psaflow
