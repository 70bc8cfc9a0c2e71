// The linear stage against the golden layer: odd shapes and foldings, corner weights, random stalls, a reset in the
// middle; ready and valid in every cycle, latency and II as the plan promises.
#include <catch2/catch.hpp>
#include <deque>

#include "Vlinear_columns.h"
#include "Vlinear_default.h"
#include "Vlinear_gather.h"
#include "Vlinear_half_beat.h"
#include "Vlinear_lanes.h"
#include "Vlinear_long_slices.h"
#include "Vlinear_one.h"
#include "Vlinear_packed.h"
#include "Vlinear_packed_columns.h"
#include "Vlinear_packed_gather.h"
#include "Vlinear_packed_lanes.h"
#include "Vlinear_packed_one_beat.h"
#include "Vlinear_packed_parts.h"
#include "Vlinear_packed_simd1.h"
#include "Vlinear_packed_slices.h"
#include "Vlinear_packed_wide.h"
#include "Vlinear_parts.h"
#include "Vlinear_short.h"
#include "Vlinear_simd1.h"
#include "Vlinear_slow_out.h"
#include "Vlinear_thirds.h"
#include "Vlinear_wide.h"
#include "models/plan/stage_timing.h"
#include "sw/golden/reference.h"
#include "tests/rtl/skew.h"
#include "tests/rtl/stream_bench.h"

namespace psaflow::test {
namespace {

constexpr Traffic kTraffic[] = {{1, 1, 1}, {0.5, 0.5, 2}, {1, 0.3, 3}, {0.3, 1, 4}, {1, 0.8, 5}, {0.9, 1, 6}};
constexpr int kVectors = 60;

LinearParams random_linear(Rng& rng, int in, int out, bool corners) {
  LinearParams p;
  p.in = in;
  p.out = out;
  for (int i = 0; i < in * out; ++i)
    p.weight.push_back(static_cast<int8_t>(corners ? (rng.below(2) ? -128 : 127) : static_cast<int>(rng.next())));
  for (int i = 0; i < out; ++i) {
    p.bias.push_back(static_cast<int8_t>(rng.next()));
    p.shift.push_back(static_cast<uint8_t>(rng.below(5) == 0 ? rng.below(32) : rng.below(14)));
  }
  return p;
}

// What weight_rom answers: the byte of input j is that of the address asked for its skew's enabled cycles before.
Bytes weight_word(const LinearParams& p, int pe, int simd, const std::deque<int>& steps, const std::vector<int>& skews,
                  size_t bytes) {
  Bytes word(bytes);
  const int slices = p.in / simd;
  for (int j = 0; j < simd; ++j) {
    const auto ago = static_cast<size_t>(skews[static_cast<size_t>(j)]);
    if (ago >= steps.size()) continue;
    const int step = steps[ago];
    if (step >= slices * (p.out / pe)) continue;  // before the reset it is whatever the registers held
    for (int o = 0; o < pe; ++o) {
      const int weight = p.weight[static_cast<size_t>((step / slices * pe + o) * p.in + step % slices * simd + j)];
      word[static_cast<size_t>(o * simd + j)] = static_cast<uint8_t>(weight);
    }
  }
  return word;
}

template <typename Model>
void check(int in, int out, int lanes_in, int lanes_out, int pe, int simd, bool relu, bool packed = false) {
  INFO(in << " -> " << out << ", lanes " << lanes_in << " and " << lanes_out << ", PE " << pe << ", SIMD " << simd
          << (packed ? ", packed" : ""));
  Leaf<Model> leaf;
  auto& top = leaf.top;
  StreamBench bench = leaf.bench(lanes_in, lanes_out);
  Rng rng(static_cast<uint64_t>(in * 1000 + out));
  LinearParams p;
  std::deque<int> steps;  // that were asked for, the newest first
  std::vector<int> skews;
  for (int j = 0; j < simd; ++j) skews.push_back(Skews{simd == in ? lanes_in : 1, simd, packed}.of(j));
  bench.add_rom(&top.weight_rom_en_o, &top.weight_rom_data_i, [&] {
    steps.push_front(top.weight_rom_addr_o);
    if (steps.size() > 200) steps.pop_back();
    return weight_word(p, pe, simd, steps, skews, sizeof(top.weight_rom_data_i));
  });
  bench.add_rom(&top.param_rom_en_o, &top.param_rom_data_i, [&] {
    Bytes word(sizeof(top.param_rom_data_i));
    if (top.param_rom_addr_o >= out / pe) return word;
    for (int o = 0; o < pe; ++o) {
      const auto m = static_cast<size_t>(top.param_rom_addr_o * pe + o);
      set_bits(word.data(), o * 13, 8, static_cast<uint8_t>(p.bias[m]));
      set_bits(word.data(), o * 13 + 8, 5, p.shift[m]);
    }
    return word;
  });

  for (const Traffic& traffic : kTraffic) {
    p = random_linear(rng, in, out, traffic.seed == 3);
    const Node node{"linear", op::Linear{p, op::Over::kChannels, relu}, {}, -1};
    Stage stage;
    stage.kind = StageKind::kLinear;
    stage.in = {kVectors, in, lanes_in};
    stage.out = {kVectors, out, lanes_out};
    stage.node = &node;
    stage.pe = pe;
    stage.simd = simd;
    stage.packed = packed;
    const StageTiming timing = stage_timing(stage, timing_profile("rtl"));
    Bytes x = random_bytes(rng, static_cast<size_t>(kVectors * in));
    if (traffic.seed == 3) {
      for (uint8_t& byte : x) byte = byte < 128 ? 127 : 128;  // the extremes of INT8
    }
    Int8Matrix m(kVectors, in);
    for (size_t i = 0; i < x.size(); ++i) m.data[i] = static_cast<int8_t>(x[i]);
    const Int8Matrix y = linear(p, m, relu);

    bench.reset();
    bench.run({x}, 10000, traffic, {}, 37);  // reset in the middle of something
    bench.reset();
    const auto clock = make_stage_clock(stage);
    const Handshakes h = bench.run({x}, static_cast<size_t>(kVectors * out / lanes_out), traffic, {clock.get()});
    CHECK(h.problem == "");
    CHECK(h.out[0] == Bytes(y.data.begin(), y.data.end()));
    if (traffic.valid == 1 && traffic.ready == 1) {
      // In cycles that nothing but the plan's figures decide: latency, and a vector each period without a bubble.
      CHECK(h.out_cycle[0][0] - h.in_cycle[0][static_cast<size_t>(in / lanes_in - 1)] == timing.latency_cycles);
      const auto beats = static_cast<size_t>(out / lanes_out);
      const int64_t ten_vectors = h.out_cycle[0][(kVectors - 1) * beats] - h.out_cycle[0][(kVectors - 11) * beats];
      CHECK(ten_vectors * kVectors == 10 * timing.period_cycles);
    }
  }
}

TEST_CASE("linear: default folding") {
  check<Vlinear_default>(7, 5, 1, 1, 1, 7, false);
}
TEST_CASE("linear: beats gathered from several groups, slices that are no whole beats") {
  check<Vlinear_gather>(6, 8, 2, 4, 1, 3, false);
}
TEST_CASE("linear: more PEs than lanes, ReLU") {
  check<Vlinear_wide>(8, 12, 2, 1, 4, 4, true);
}
TEST_CASE("linear: one input at a time") {
  check<Vlinear_simd1>(5, 10, 1, 2, 2, 1, false);
}
TEST_CASE("linear: many inputs, few outputs") {
  check<Vlinear_short>(12, 3, 4, 1, 3, 12, false);
}
TEST_CASE("linear: one input, one output") {
  check<Vlinear_one>(1, 1, 1, 1, 1, 1, false);
}
TEST_CASE("linear: half a beat at a time, ReLU") {
  check<Vlinear_half_beat>(12, 8, 4, 4, 2, 2, true);
}
TEST_CASE("linear: a quarter of a beat at a time") {
  check<Vlinear_parts>(24, 6, 4, 2, 1, 1, false);
}
TEST_CASE("linear: a third of a beat at a time") {
  check<Vlinear_thirds>(12, 4, 3, 1, 1, 1, false);
}
TEST_CASE("linear: two outputs a multiplier") {
  check<Vlinear_packed>(7, 6, 1, 2, 2, 7, false, true);
}
TEST_CASE("linear: two outputs a multiplier, gathered beats") {
  check<Vlinear_packed_gather>(6, 8, 2, 4, 2, 3, false, true);
}
TEST_CASE("linear: two outputs a multiplier, more PEs than lanes, ReLU") {
  check<Vlinear_packed_wide>(8, 12, 2, 1, 4, 4, true, true);
}
TEST_CASE("linear: two outputs a multiplier, one input at a time") {
  check<Vlinear_packed_simd1>(5, 10, 1, 2, 2, 1, false, true);
}
TEST_CASE("linear: two outputs a multiplier, a quarter of a beat at a time, ReLU") {
  check<Vlinear_packed_parts>(24, 6, 8, 2, 2, 2, true, true);
}

TEST_CASE("linear: several columns") {
  check<Vlinear_columns>(50, 4, 1, 1, 1, 50, false);
}
TEST_CASE("linear: several lanes, two columns each") {
  check<Vlinear_lanes>(72, 8, 4, 4, 4, 72, false);
}
TEST_CASE("linear: results of more beats than steps") {
  check<Vlinear_slow_out>(12, 24, 2, 1, 4, 12, false);
}
TEST_CASE("linear: slices of several columns") {
  check<Vlinear_long_slices>(80, 4, 2, 1, 1, 40, false);
}
TEST_CASE("linear: two outputs a multiplier, several columns") {
  check<Vlinear_packed_columns>(50, 6, 1, 1, 2, 50, false, true);
}
TEST_CASE("linear: two outputs a multiplier, several lanes, ReLU") {
  check<Vlinear_packed_lanes>(72, 8, 4, 4, 4, 72, true, true);
}
TEST_CASE("linear: two outputs a multiplier, slices of several columns") {
  check<Vlinear_packed_slices>(80, 4, 2, 2, 4, 40, false, true);
}
TEST_CASE("linear: two outputs a multiplier, a vector a beat") {
  check<Vlinear_packed_one_beat>(4, 4, 4, 4, 2, 4, false, true);
}

}  // namespace
}  // namespace psaflow::test
