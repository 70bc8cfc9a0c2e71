// What a whole design takes of an FPGA: the sum over its units, kind of stage by kind of stage.
#pragma once
#include <string>
#include <vector>

#include "rtl_gen/synth/unit_costs.h"

namespace psaflow {

struct SynthRow {
  std::string kind;    // "linear"
  bool roms = false;   // of its ROMs; else of the rest
  int count = 0;       // leaves, or ROMs
  FpgaCost cost;       // of all of them
  LogicLevels levels;  // of the deepest
};

struct Synthesis {
  std::vector<CountedUnit> units;
  std::vector<FpgaCost> unit_costs;      // of one, by unit
  std::vector<LogicLevels> unit_levels;  // likewise
  std::vector<SynthRow> rows;            // in the order of the units
  FpgaCost total;
  LogicLevels levels;      // of the deepest unit; no path goes through two stages, FIFOs stand between them
  std::string yosys;       // its version
  size_t synthesised = 0;  // distinct units that were not known before
};

// Of what a design is built of. Throws what unit_costs throws.
Synthesis synthesise(std::vector<CountedUnit> units, const SynthOptions& options = {});

// Of a pipeline timed by the profile "rtl" (its FIFO depths belong to these latencies).
Synthesis synthesise(const Pipeline& pipeline, const SynthOptions& options = {});

}  // namespace psaflow
