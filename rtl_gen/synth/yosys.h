// Runs Yosys on units of a design, apart from each other: hierarchically, so that what several share (a dot product) is
// synthesised once.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "models/area/units.h"
#include "rtl_gen/synth/levels.h"

namespace psaflow {

// "Yosys 0.23 ..."; empty when there is none on the PATH.
std::string yosys_version();

// What a unit's cost depends on beside its parameters and Yosys: the text of its module and of all that this instantiates (nothing else
// is read: Yosys numbers what it makes across modules, and by these numbers a LUT more or less is found), and our way to ask.
std::string synthesis_recipe(const std::string& module, FpgaFamily family);

struct YosysResult {
  std::string stat;  // the totals that `stat -tech xilinx` gives (parse_stat reads them)
  LogicLevels levels;
};

// For each unit, as cells of the family. `folder`: an empty one to work in, a log goes beside it.
// All units at once, of one module, one process; tick is called about five times a second. UserError when Yosys is killed or the disk
// is full, std::runtime_error with its first error when it fails.
std::vector<YosysResult> run_yosys(const std::vector<SynthUnit>& units, FpgaFamily family, const std::string& folder,
                                   const std::function<void()>& tick = {});

}  // namespace psaflow
