// Runs a built design's program in its folder, and hands over what it tells as it tells it.
#pragma once
#include <functional>
#include <string>

#include "rtl_gen/cosim/build.h"
#include "sw/base/locked_folder.h"

namespace psaflow {

struct ProgramRun {
  std::string messages;  // what it printed
  double wall_s = 0;
};

// The folder holds the settings, "run"; on_line: each line of the file "results", while it runs. UserError when the disk is full or the
// program is gone from the cache or cannot be started, std::runtime_error when it fails.
ProgramRun run_program(const RtlBuild& build, const OwnFolder& folder,
                       const std::function<void(const std::string& line)>& on_line);

}  // namespace psaflow
