// What units cost: by formula, from the cache, else by Yosys, on all cores. A cost is kept as soon as it is known, so
// that a run that is killed goes on where it was.
//
//   CACHE/synth/KEY  the totals that Yosys gave for a unit, its levels of logic; KEY: the hash of all that they depend on
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "models/area/units.h"
#include "rtl_gen/synth/cost.h"
#include "rtl_gen/synth/levels.h"

namespace psaflow {

struct SynthOptions {
  FpgaFamily family = FpgaFamily::kUltraScalePlus;
  std::string cache_dir;  // empty: the user's (see rtl_cache_dir)
  int threads = 0;        // processes of Yosys at once; 0: one a core
  // Called about five times a second while Yosys runs, from several threads, one at a time: units done, of how many.
  std::function<void(size_t done, size_t all)> progress = {};
};

struct UnitCosts {
  std::vector<FpgaCost> costs;      // by unit
  std::vector<LogicLevels> levels;  // likewise
  std::string yosys;                // its version
  size_t synthesised = 0;           // distinct units that were not known before
};

// UserError when Yosys is missing (names the Debian package) or killed, when the cache cannot be written and when the
// disk is full; std::runtime_error with its first error when it fails.
UnitCosts unit_costs(const std::vector<SynthUnit>& units, const SynthOptions& options = {});

}  // namespace psaflow
