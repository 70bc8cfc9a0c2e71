// The short cut (step until periodic, then function alone) against stepping every image of the run.
#include <catch2/catch.hpp>

#include "tests/streaming/bench.h"

using namespace psaflow;
using namespace psaflow::test;

namespace {

void check(const Bench& bench, const Pipeline& p, bool must_skip) {
  SimulationOptions all;
  all.step_all = true;
  const SimulationResult stepped = bench.run(p, all), shortened = bench.run(p);
  CHECK(stepped.stepped_images == bench.count);
  if (must_skip) CHECK(shortened.stepped_images < bench.count);
  CHECK(shortened.images == bench.count);
  CHECK(shortened.mismatches == 0);
  CHECK((shortened.logits == stepped.logits));
  CHECK((shortened.logits == bench.workload.golden));
  CHECK(shortened.latency_cycles == stepped.latency_cycles);
  CHECK(shortened.total_cycles == stepped.total_cycles);
  CHECK(shortened.ii_cycles == stepped.ii_cycles);
  for (size_t i = 0; i < p.stages.size(); ++i) {
    INFO(p.stages[i].name);
    CHECK(shortened.stages[i].first_out_cycles == stepped.stages[i].first_out_cycles);
    CHECK(shortened.stages[i].last_out_cycles == stepped.stages[i].last_out_cycles);
  }
}

}  // namespace

TEST_CASE("periodic against stepped") {
  for (const char* profile : {"rtl", "vitis-hls-2023.1"}) {
    for (const int lanes : {1, 2}) {
      INFO(profile << " lanes " << lanes);
      const Bench psa(small_psa(), 40), odd(odd_psa(), 40);
      check(psa, build_streaming(psa.model.network, options(profile, lanes)), true);
      check(odd, build_streaming(odd.model.network, options(profile, lanes)), true);
      StreamingOptions o = options(profile, lanes);
      o.stages["blocks.1.token.mix"].simd = 4;  // the bottleneck far behind the source: all before it fills up first
      check(psa, build_streaming(psa.model.network, o), true);
      o = options(profile, lanes);
      o.stages["head"].simd = 1;
      o.stages["embed"].simd = 24;
      check(psa, build_streaming(psa.model.network, o), true);
    }
  }
}

TEST_CASE("a pipeline that a shallow FIFO slows down") {
  const Bench bench(small_psa(), 40);
  Pipeline p = build_streaming(bench.model.network, options("rtl"));
  for (const double share : {0.9, 0.8, 0.75}) {
    Pipeline slow = p;
    for (Stream& s : slow.streams) {
      const bool token = s.name.find(".token.") != std::string::npos;
      if (s.residual && token) s.fifo_depth = static_cast<int>(s.fifo_depth * share);
    }
    INFO(share);
    check(bench, slow, false);
    CHECK(bench.run(slow).ii_cycles > predict_ii(slow));
  }
}

TEST_CASE("fewer images than the pipeline holds") {
  for (const size_t count : {1, 2, 3, 7}) {
    const Bench bench(small_psa(), count);
    const Pipeline p = build_streaming(bench.model.network, options("rtl"));
    SimulationOptions all;
    all.step_all = true;
    const SimulationResult stepped = bench.run(p, all), shortened = bench.run(p);
    CHECK(shortened.total_cycles == stepped.total_cycles);
    CHECK(shortened.logits == bench.workload.golden);
    CHECK(stepped.logits == bench.workload.golden);
    CHECK(shortened.ii_cycles == predict_ii(p));  // found with images that nobody asked for
  }
}

TEST_CASE("the flagship, short cut against all stepped") {
  const Bench bench(paper_psa(), 14);
  check(bench, build_streaming(bench.model.network, options("rtl", 4)), false);
}

TEST_CASE("one image after the other reports progress") {
  const Bench bench(small_psa(), 25);
  SimulationOptions o;
  size_t done = 0;
  o.on_progress = [&](size_t n) { done += n; };
  bench.run(build_streaming(bench.model.network, options("rtl")), o);
  CHECK(done == 25);
}
