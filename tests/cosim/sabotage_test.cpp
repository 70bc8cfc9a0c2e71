// Is a faulty leaf noticed? Each change of tests/rtl/sabotages.tsv must make a small network's RTL differ: in its values, its cycles, or by
// an assertion. Slow: a Verilator build each.
#include <fstream>
#include <sstream>

#include "models/plan/cascade.h"
#include "tests/cosim/rtl.h"

using namespace psaflow;
using namespace psaflow::test;

namespace {

struct Sabotage {
  std::string leaf, test, network, from, to;
};

std::vector<Sabotage> sabotages() {
  std::ifstream file(PSAFLOW_SOURCE_DIR "/tests/rtl/sabotages.tsv");
  std::vector<Sabotage> all;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream fields(line);
    Sabotage s;
    for (std::string* field : {&s.leaf, &s.test, &s.network, &s.from, &s.to}) std::getline(fields, *field, '\t');
    REQUIRE_FALSE(s.to.empty());
    all.push_back(s);
  }
  return all;
}

// Slices that add up, gathered beats, two columns a cascade and four, several lanes.
StreamingOptions folded(bool packed) {
  StreamingOptions o = options("rtl", 2);
  o.stages["blocks.0.token.mix"].simd = 8;
  o.stages["blocks.0.channel.fc1"].pe = 10;
  o.stages["blocks.0.channel.fc2"].pe = packed ? 2 : 1;
  o.dsp_packing = packed ? DspPacking::kAuto : DspPacking::kOff;
  return o;
}

// Fails, gives another value, or takes another number of cycles.
bool differs(const Rtl& whole, const RtlRun& right, const Design& design) {
  RtlBuildOptions b;
  b.taps = b.assertions = true;
  b.cache_dir = PSAFLOW_TEST_CACHE;
  RtlRunOptions o;
  o.compare_taps = true;
  const RtlRun run = run_rtl(whole.pipeline, design, build_rtl(design, b), whole.bench.workload, o);
  return run.failed() || run.mismatches > 0 || run.total_cycles != right.total_cycles;
}

}  // namespace

TEST_CASE("a leaf that is changed in one place is noticed") {
  const ModelConfig config = network(12, 20, 1, 16, 4);
  const Rtl apart(config, folded(false), 6, 65), packed(config, folded(true), 6, 65);
  const RtlRun apart_run = apart.run(), packed_run = packed.run();
  int columns = 0;  // without a third one of a packed cascade its skew would not be seen
  for (const Stage& stage : packed.pipeline.stages) {
    if (stage.packed) columns = std::max(columns, cascade_shape(stage).columns);
  }
  REQUIRE(columns >= 3);
  check_values(apart, apart_run);
  check_values(packed, packed_run);
  const std::vector<Sabotage> all = sabotages();
  REQUIRE(all.size() > 20);
  for (const Sabotage& s : all) {
    INFO(s.leaf << ": " << s.from << " -> " << s.to);
    const bool of_packed = s.network == "packed";
    const Rtl& whole = of_packed ? packed : apart;
    Design design = whole.design;
    int changed = 0;
    for (TextFile& file : design.rtl) {
      if (file.name.find(s.leaf + ".sv") == std::string::npos) continue;
      const size_t at = file.text.find(s.from);
      REQUIRE(at != std::string::npos);
      file.text.replace(at, s.from.size(), s.to);
      ++changed;
    }
    REQUIRE(changed == 1);
    CHECK(differs(whole, of_packed ? packed_run : apart_run, design));
  }
}
