// What a unit of a design takes of an FPGA, without asking Yosys: what was measured of this very unit, the formula of
// its memory, or a fit over what was measured of its like.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "models/area/cost.h"
#include "models/area/units.h"

namespace psaflow {

// models/area/measured.txt, and measured-xc7.txt of devices of the 7 series: a line a unit, "MODULE NAME=VALUE ... : LUT PAIRED FF DSP BRAM18
// URAM", by Yosys; `psaflow calibrate` makes them anew.
extern const char* const kMeasuredCosts;
extern const char* const kMeasuredCostsSeries7;

std::string measured_line(const SynthUnit& unit, const FpgaCost& cost);

class CostModel {
 public:
  // Of a family, fitted to what was measured, once a process.
  static const CostModel& builtin(FpgaFamily family = FpgaFamily::kUltraScalePlus);
  // UserError (of `file`) on a line that is none.
  CostModel(const std::string& measured, const std::string& file);

  FpgaCost estimate(const SynthUnit& unit) const;
  bool is_measured(const SynthUnit& unit) const { return measured_.count(unit.text()) != 0; }
  size_t measured_units() const { return measured_.size(); }

 private:
  static constexpr size_t kResources = 6;
  struct Fit {  // of one family of units: weights of its features, by resource
    std::vector<std::vector<double>> weights;
  };

  std::map<std::string, FpgaCost> measured_;  // by the unit's text
  std::map<std::string, Fit> fits_;           // by family
};

}  // namespace psaflow
