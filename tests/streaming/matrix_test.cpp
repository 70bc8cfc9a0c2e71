// Networks x foldings x lanes x profiles: SystemC gives golden's logits and every stage's golden tensor, and the plan
// gives SystemC's cycles. Tolerance: none, II, latency and the first and last output cycle of every stage are equal.
#include <catch2/catch.hpp>
#include <numeric>

#include "tests/streaming/bench.h"

using namespace psaflow;
using namespace psaflow::test;

namespace {

void check_same_cycles(const Pipeline& pipeline, const SimulationResult& r) {
  const CyclePrediction plan = predict_cycles(pipeline);
  CHECK(r.ii_cycles == plan.ii_cycles);
  CHECK(r.latency_cycles == plan.latency_cycles);
  CHECK(r.bottleneck == plan.bottleneck);
  REQUIRE(r.stages.size() == plan.stages.size());
  for (size_t i = 0; i < plan.stages.size(); ++i) {
    INFO(plan.stages[i].name);
    CHECK(r.stages[i].busy_cycles == plan.stages[i].period_cycles);
    CHECK(r.stages[i].first_out_cycles == plan.stages[i].first_out_cycles);
    CHECK(r.stages[i].last_out_cycles == plan.stages[i].last_out_cycles);
  }
}

void check(const Bench& bench, const StreamingOptions& o) {
  const Pipeline pipeline = build_streaming(bench.model.network, o);
  const SimulationResult r = bench.run(pipeline);
  CHECK(r.images == bench.count);
  CHECK(r.mismatches == 0);
  CHECK((r.logits == bench.workload.golden));
  CHECK_FALSE(r.divergence.has_value());
  CHECK_FALSE(r.deadlock.has_value());
  check_same_cycles(pipeline, r);
  for (const FifoStats& f : r.fifos) CHECK(f.peak <= f.depth);
}

struct LinearLayer {
  const char* name;
  int in, out;
};

StageChoice fold(int pe, int simd) {
  StageChoice c;
  c.pe = pe;
  c.simd = simd;
  return c;
}

}  // namespace

TEST_CASE("the paper's II come out of the simulation") {
  const struct {
    ModelConfig config;
    int64_t ii;
  } points[] = {{paper_psa(), 6240}, {paper_relu(96), 6240}, {paper_relu(192), 12352}};
  for (const auto& point : points) {
    const Bench bench(point.config, 2);
    const Pipeline p = build_streaming(bench.model.network, options("vitis-hls-2023.1"));
    const SimulationResult r = bench.run(p);
    CHECK(r.ii_cycles == point.ii);
    CHECK(r.mismatches == 0);
    check_same_cycles(p, r);
  }
}

TEST_CASE("without the bubble and with wider streams") {
  const Bench bench(paper_psa(), 2);
  for (const int lanes : {1, 2, 4, 8}) {
    const Pipeline p = build_streaming(bench.model.network, options("rtl", lanes));
    const SimulationResult r = bench.run(p);
    CHECK(r.ii_cycles == 6144 / lanes);
    CHECK(r.mismatches == 0);
    check_same_cycles(p, r);
  }
}

TEST_CASE("stage kinds x folding x lanes") {
  const ModelConfig configs[] = {small_psa(), network(24, 36, 1, 16, 4, Activation::kRelu), odd_psa(),
                                 network(16, 8, 1, 8, 4, Activation::kFixed, 7)};
  const std::pair<int, int> foldings[] = {{1, 1}, {1, 4}, {2, 8}, {4, 2}, {8, 4}, {8, 8}};
  for (const char* profile : {"rtl", "vitis-hls-2023.1"}) {
    for (const ModelConfig& config : configs) {
      for (const int points : {256, 17}) {
        const Bench bench(config, 3, 5, points);
        for (const int lanes : {1, 2, 4}) {
          for (const auto& [pe, simd] : foldings) {
            INFO(profile << " D " << config.embed << " T " << config.tokens() << " points " << points << " lanes "
                         << lanes << " pe " << pe << " simd " << simd);
            StreamingOptions o = options(profile, lanes);
            // A kind of linear stage after the other, so that each is the bottleneck at some time; the wide foldings
            // for two.
            const LinearLayer layers[] = {{"*.mix", config.tokens(), config.tokens()},
                                          {"*.fc1", config.embed, config.hidden},
                                          {"*.fc2", config.hidden, config.embed},
                                          {"embed", config.features(), config.embed}};
            const int first = (pe + simd + lanes) % 4;
            for (int i = first; i < first + (pe > 4 ? 2 : 1); ++i) {
              const LinearLayer& layer = layers[i % 4];
              o.stages[layer.name] = fold(std::gcd(pe, layer.out), std::gcd(simd, layer.in));
            }
            check(bench, o);
          }
        }
      }
    }
  }
}

TEST_CASE("FIFOs of one beat halve the rate, but nothing is lost") {
  const Bench bench(small_psa(), 4);
  StreamingOptions o = options("rtl");
  o.fifo_depth = 1;
  const Pipeline p = build_streaming(bench.model.network, o);
  const SimulationResult r = bench.run(p);
  CHECK((r.logits == bench.workload.golden));
  CHECK(r.ii_cycles > predict_ii(p));
  CHECK(r.latency_cycles == predict_cycles(p).latency_cycles);
}
