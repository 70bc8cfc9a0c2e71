// Text files that the build puts inside the program: the leaf library, and the harness that drives it under Verilator.
#pragma once
#include <string>
#include <vector>

namespace psaflow {

struct EmbeddedFile {
  std::string name, text;
};

const std::vector<EmbeddedFile>& embedded_leaves();        // rtl_gen/lib/*.sv, by name
const std::vector<EmbeddedFile>& embedded_harness();       // rtl_gen/cosim/harness/*: of every kind of harness
const std::vector<EmbeddedFile>& embedded_package();       // rtl_gen/package/files/*, and the LICENSE
const std::vector<EmbeddedFile>& embedded_simd_modules();  // rtl_gen/simd/*.sv, by name

}  // namespace psaflow
