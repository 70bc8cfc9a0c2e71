// The scenario that the tests of `psaflow cosim` share, so that they share its builds too.
#pragma once
#include "tests/cli/program.h"
#include "tests/scratch_folder.h"

namespace psaflow::test {

inline std::string save_scenario(const ScratchFolder& scratch, int images = 5) {
  const std::string path = scratch / "cosim-cli.yaml";
  write_text(path,
             "name: cosim-cli\nmodel: {synthetic: {embed: 16, hidden: 8, blocks: 1, patch: 8, seed: 3}}\ndata: "
             "{dir: " PSAFLOW_SOURCE_DIR "/sw/data/samples, images: " +
                 std::to_string(images) +
                 "}\naccelerator:\n  kind: streaming\n  profile: vitis-hls-2023.1\n  lanes: 2\n  stages:\n    embed: "
                 "{simd: 48}\n");
  return path;
}

// A build may take minutes on a busy machine.
inline Outcome cosim(std::vector<std::string> args, const std::string& folder = PSAFLOW_SOURCE_DIR) {
  args.insert(args.begin(), "cosim");
  return run_psaflow(args, 900, folder);
}

}  // namespace psaflow::test
