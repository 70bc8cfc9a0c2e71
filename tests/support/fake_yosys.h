// A Yosys of the test's own, first on the PATH: it finds the same statistics for everything, and two LUTs in
// a row, at once, and counts how often it is asked.
#pragma once
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>

#include "tests/scratch_folder.h"

namespace psaflow::test {

// As `stat -tech xilinx` ends, for cells "LUT6 7\nFDRE 2".
inline std::string stat_text(const std::string& cells, int64_t count, int64_t estimate = 3) {
  return fmt::format(
      "\n=== unit_0 ===\n\n   Number of cells:                  1\n     leaf                            1\n"
      "\n   Estimated number of LCs:          0\n\n=== design hierarchy ===\n\n   unit_0                            1\n"
      "     leaf                            1\n\n   Number of wires:                 84\n   Number of memory bits:     "
      "       0\n"
      "   Number of cells:                 {}\n{}\n\n   Estimated number of LCs:         {}\n\n",
      count, cells, estimate);
}

class FakeYosys {
  static constexpr const char* kProgram = R"sh(#!/bin/sh
if [ "$1" = -V ]; then echo "Yosys 0.23 (of a test)"; exit; fi
echo run >>'{0}/runs'
if [ -e '{0}/refused' ] && grep -q -f '{0}/refused' units.sv; then
  echo "units.sv:1: ERROR: refused"
  echo "more"
  exit 1
fi
for script; do :; done
echo "$script" | tr ';' '\n' | sed -n 's/.*-o \([0-9]*\.stat\).*/\1/p' | while read -r out; do cp '{0}/stat' "$out"; done
lut='{{"type": "LUT1", "port_directions": {{"I0": "input", "O": "output"}}, "connections": {{"I0": [%s], "O": [%s]}}}}'
before='{{"modules": {{'
ls | sed -n 's/^\([0-9]*\)\.stat$/\1/p' | while read -r unit; do
  printf '%s"unit_%s": {{"cells": {{"a": '"$lut"', "b": '"$lut"'}}}}' "$before" "$unit" 2 3 3 4
  before=', '
done >levels.json
echo '}}}}' >>levels.json
)sh";

 public:
  explicit FakeYosys(const std::string& stat) : path_before_(::getenv("PATH")) {
    answer(stat);
    write_text(folder_ / "yosys", fmt::format(kProgram, folder_.path().string()));
    ::chmod((folder_ / "yosys").c_str(), 0700);
    ::setenv("PATH", (folder_.path().string() + ":" + path_before_).c_str(), 1);
  }
  ~FakeYosys() { ::setenv("PATH", path_before_.c_str(), 1); }
  FakeYosys(const FakeYosys&) = delete;
  FakeYosys& operator=(const FakeYosys&) = delete;

  void answer(const std::string& stat) { write_text(folder_ / "stat", stat); }
  // Fails from now on where the text is among the units'; "": nowhere.
  void refuse(const std::string& text) {
    std::filesystem::remove(folder_ / "refused");
    if (!text.empty()) write_text(folder_ / "refused", text + "\n");
  }
  int64_t runs() const {
    const std::string runs = read_text(folder_ / "runs");
    return std::count(runs.begin(), runs.end(), '\n');
  }

 private:
  ScratchFolder folder_;
  std::string path_before_;
};

}  // namespace psaflow::test
