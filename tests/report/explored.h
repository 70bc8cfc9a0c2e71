// Small explorations whose reports are looked at: made once a program, each in some seconds.
#pragma once
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/cli/program.h"
#include "tests/scratch_folder.h"

namespace psaflow::test {

struct Explored {
  ScratchFolder scratch;
  std::string folder = scratch / "out";
  nlohmann::json points;
  std::string page;

  // `accelerator`: the scenario's; `explore`: its space.
  Explored(const std::string& accelerator, const std::string& explore) {
    write_text(scratch / "small.yaml",
               "name: small\nmodel: {synthetic: {embed: 32, hidden: 32, blocks: 1, patch: 8, table_points: 17}}\ndata: "
               "{dir: " +
                   std::string(PSAFLOW_SOURCE_DIR) + "/sw/data/samples}\naccelerator: " + accelerator +
                   "\nexplore: " + explore + "\n");
    const Outcome outcome = run_psaflow({"explore", scratch / "small.yaml", "--out", folder, "--simulate", "3"});
    INFO(outcome.out << outcome.err);
    REQUIRE(outcome.status == 0);
    points = nlohmann::json::parse(read_text(folder + "/points.json"));
    page = read_text(folder + "/report.html");
  }

  template <typename Has>
  size_t count(Has has) const {
    size_t n = 0;
    for (const auto& point : points) n += has(point) ? 1 : 0;
    return n;
  }
};

// Two devices, one of them too small for the faster designs, and two resolutions of the tables.
inline const Explored& explored_streaming() {
  static const Explored explored("{kind: streaming}",
                                 "{devices: [xcu50, xczu3eg], table_points: [9, 17], lanes: [1, 4, 8]}");
  return explored;
}

inline const Explored& explored_simd() {
  static const Explored explored("{kind: simd, tile: 8}", "{tile: [4, 8]}");
  return explored;
}

}  // namespace psaflow::test
