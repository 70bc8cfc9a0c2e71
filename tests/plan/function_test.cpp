// The functional view of a whole pipeline against the golden model, stage by stage.
#include <catch2/catch.hpp>
#include <map>

#include "models/plan/stage_function.h"
#include "sw/golden/reference.h"
#include "tests/plan/small_models.h"

using namespace psaflow;
using namespace psaflow::test;

namespace {

Int8Matrix random_patches(const ModelConfig& c, uint64_t seed) {
  Rng rng(seed);
  Int8Matrix m(c.tokens(), c.features());
  for (int8_t& v : m.data) v = random_int8(rng);
  return m;
}

}  // namespace

TEST_CASE("every stage gives its golden tap, in the order of its stream") {
  for (const ModelConfig& config : {small_psa(), odd_psa(), network(24, 36, 2, 16, 4, Activation::kRelu)}) {
    for (int points : {256, 65, 3}) {
      const IntModel model = random_model(config, points, 7);
      const Pipeline p = build_streaming(model.network, options("rtl", 2));
      const Int8Matrix patches = random_patches(config, 8);
      std::map<std::string, Int8Matrix> taps;
      const auto golden =
          run_reference(model.network, patches, [&](const std::string& n, const Int8Matrix& v) { taps[n] = v; });
      PipelineFunction function(p);
      std::vector<int8_t> logits(golden.size());
      function.run(patches.data.data(), logits.data());
      CHECK(logits == golden);
      for (size_t i = 0; i < p.stages.size(); ++i) {
        const Stage& s = p.stages[i];
        REQUIRE(taps.count(p.network->tensor(s.tensor).name) == 1);
        const Int8Matrix& tap = taps[p.network->tensor(s.tensor).name];
        const Int8Matrix expected = s.transposed ? transpose(tap) : tap;
        INFO(s.name);
        REQUIRE(expected.rows == s.out.vectors);
        REQUIRE(expected.cols == s.out.elements);
        CHECK(std::equal(expected.data.begin(), expected.data.end(), function.output(static_cast<int>(i))));
        for (int probe = 0; probe < 5; ++probe) {  // the tap's own coordinates
          const int row = probe * 3 % tap.rows, col = probe * 7 % tap.cols;
          CHECK(function.output(static_cast<int>(i))[tap_element(s, row, col)] == tap.at(row, col));
        }
      }
    }
  }
}

TEST_CASE("single elements and vectors agree with whole images") {
  const IntModel model = random_model(small_psa(), 65, 3);
  const Pipeline p = build_streaming(model.network, options("rtl"));
  Rng rng(4);
  Workspace workspace;
  for (const Stage& s : p.stages) {
    const StageFunction f(s);
    StageFunction::State state;
    std::vector<int8_t> a(static_cast<size_t>(s.in.vectors * s.in.elements)), r(a.size());
    std::vector<int8_t> whole(static_cast<size_t>(s.out.vectors * s.out.elements)), parts(whole.size());
    for (int8_t& v : a) v = random_int8(rng);
    for (int8_t& v : r) v = random_int8(rng);
    f.image(a.data(), r.data(), whole.data(), workspace);
    if (s.kind == StageKind::kTranspose) continue;
    for (int v = 0; v < s.in.vectors; ++v) {
      const int8_t* x = a.data() + v * s.in.elements;
      int8_t* y = parts.data() + std::min(v, s.out.vectors - 1) * s.out.elements;  // a pool sums up into one
      if (s.kind == StageKind::kLinear) {
        f.vector(x, y, workspace);
      } else {
        for (int e = 0; e < s.in.elements; e += s.in.lanes)
          f.beat(x + e, r.data() + v * s.in.elements + e, v, e, state, y + e);
      }
    }
    INFO(s.name);
    CHECK(parts == whole);
  }
}

TEST_CASE("a fault flips one bit of one element and nothing before it") {
  const IntModel model = random_model(small_psa(), 65, 3);
  const Pipeline p = build_streaming(model.network, options("rtl"));
  const Int8Matrix patches = random_patches(model.config, 5);
  const int stage = stage_index(p, "blocks.0.token.fork");
  PipelineFunction good(p), bad(p, StageFault{stage, 17});
  std::vector<int8_t> logits(10);
  good.run(patches.data.data(), logits.data());
  bad.run(patches.data.data(), logits.data());
  for (int i = 0; i < 16 * 24; ++i) {
    CHECK(good.output(0)[i] == bad.output(0)[i]);
    CHECK((good.output(stage)[i] ^ bad.output(stage)[i]) == (i == 17 ? 1 : 0));
  }
}
