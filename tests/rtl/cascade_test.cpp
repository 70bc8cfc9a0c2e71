// Dot products in DSP cascades, single and packed: every sum exact, whatever the inputs and however long the pipeline is held. The
// stages round their sums, which would hide a sum that is one off; so the sums are looked at here.
#include <catch2/catch.hpp>
#include <deque>

#include "Vcascade24x3.h"
#include "Vcascade37.h"
#include "Vforms1.h"
#include "Vforms37.h"
#include "Vforms38x2.h"
#include "Vforms51x3_passing.h"
#include "Vforms96x4.h"
#include "Vpair12_slices.h"
#include "Vpair37.h"
#include "Vpair5.h"
#include "tests/rtl/skew.h"
#include "tests/rtl/stream_bench.h"

namespace psaflow::test {
namespace {

constexpr int kSteps = 4000;

// Random bytes, all alike, and any mixture of the extremes, between which the carries are most at risk.
int8_t pick(Rng& rng, int kind) {
  switch (kind) {
    case 0:
      return static_cast<int8_t>(rng.next());
    case 1:
      return -128;
    case 2:
      return 127;
    case 3:
      return rng.below(2) != 0 ? -128 : 127;
    default:
      return static_cast<int8_t>(static_cast<int>(rng.below(3)) - 1);
  }
}

int sign_extended(uint32_t value, int bits) {
  return static_cast<int>(value << (32 - bits)) >> (32 - bits);
}

struct Step {
  std::vector<int8_t> x, weight, odd_weight;
  int sum = 0, odd_sum = 0;  // the slices of a vector before it included
  bool goes_on = false;      // it is not its vector's first slice
  bool last = false;         // but the last, whose sum is whole: before it, it holds what all slices have too much
};

// Step `ago` enabled cycles before the newest one; before the first one there is none.
const Step* step(const std::deque<Step>& steps, int ago) {
  return static_cast<size_t>(ago) < steps.size() ? &steps[static_cast<size_t>(ago)] : nullptr;
}

template <typename Model>
void check(const Skews& skews, int bits, int slices = 1) {
  const int simd = skews.simd;
  const auto seed = static_cast<uint64_t>(simd);
  INFO("simd " << simd << ", lanes " << skews.lanes << ", seed " << seed);
  Leaf<Model> leaf;
  Model& top = leaf.top;
  Rng rng(seed);
  std::deque<Step> steps;  // the newest first
  const int latency = 3 + skews.drain();
  int wrong = 0, looked_at = 0;
  for (int made = 0; made < kSteps;) {
    Step next;
    next.goes_on = made % slices != 0;
    next.last = made % slices == slices - 1;
    if (next.goes_on) next.sum = steps[0].sum, next.odd_sum = steps[0].odd_sum;
    const int x_kind = static_cast<int>(rng.below(5)), low_kind = static_cast<int>(rng.below(5)),
              odd_kind = static_cast<int>(rng.below(5));
    for (int j = 0; j < simd; ++j) {
      const int8_t x = pick(rng, x_kind), weight = pick(rng, low_kind), odd = pick(rng, odd_kind);
      next.x.push_back(x), next.weight.push_back(weight), next.odd_weight.push_back(odd);
      next.sum += x * weight;
      next.odd_sum += x * odd;
    }
    steps.push_front(next);
    ++made;
    if (steps.size() > 100) steps.pop_back();
    for (int j = 0; j < simd; ++j) {
      const auto i = static_cast<size_t>(j);
      const Step* s = step(steps, skews.of(j));
      if (s == nullptr) continue;
      set_bits(&top.x_i, j * 8, 8, static_cast<uint8_t>(s->x[i]));
      set_bits(&top.weight_i, j * 8, 8, static_cast<uint8_t>(s->weight[i]));
      if (skews.packed) set_bits(&top.weight_i, (simd + j) * 8, 8, static_cast<uint8_t>(s->odd_weight[i]));
    }
    const Step* joined = step(steps, skews.drain() + 1);
    top.acc_i = joined != nullptr && joined->goes_on;
    for (top.en_i = rng.below(4) != 0;; top.en_i = 1) {  // held for a cycle now and then
      const bool moved = top.en_i != 0;
      top.clk_i = 0;
      top.eval();
      top.clk_i = 1;
      top.eval();
      if (moved) break;
    }
    const Step* done = step(steps, latency - 1);
    if (done == nullptr || !done->last) continue;
    ++looked_at;
    wrong += sign_extended(get_bits(&top.sum_o, 0, bits), bits) != done->sum;
    if (skews.packed) wrong += sign_extended(get_bits(&top.odd_sum_o, 0, bits), bits) != done->odd_sum;
  }
  CHECK(looked_at > kSteps / 2 / slices);
  CHECK(wrong == 0);
}

// Anything at every input, loads and switches that no stage would ask for included, after all registers have been filled once.
template <typename Model>
void check_forms(const Skews& skews, bool held) {
  INFO("simd " << skews.simd << ", lanes " << skews.lanes << (held ? ", held" : ", passing"));
  Leaf<Model> leaf;
  Model& top = leaf.top;
  Rng rng(static_cast<uint64_t>(skews.simd));
  const int fill = 4 + skews.drain(), switches = 1 + skews.drain();
  int bits = 16, differ = 0, sums = 0, newest = 0;
  while ((1 << (bits - 16)) < skews.simd) ++bits;
  for (int cycle = 0; cycle < kSteps; ++cycle) {
    const bool filling = cycle < fill;
    top.en_i = filling || rng.below(4) != 0;
    const int kind = static_cast<int>(rng.below(5));
    for (int j = 0; j < skews.simd; ++j) {
      set_bits(&top.weight_i, j * 8, 8, static_cast<uint8_t>(pick(rng, kind)));
      set_bits(&top.load_i, j, 1, filling || rng.below(16) == 0 ? 1 : 0);
    }
    for (int j = 0; j < (held ? skews.lanes : skews.simd); ++j) {
      set_bits(&top.x_i, j * 8, 8, static_cast<uint8_t>(pick(rng, 4 - kind)));
    }
    for (int s = 0; s < switches; ++s) set_bits(&top.switch_i, s, 1, filling || rng.below(8) == 0 ? 1 : 0);
    top.clk_i = 0;
    top.eval();
    top.clk_i = 1;
    top.eval();
    if (filling) continue;
    const int sum = sign_extended(get_bits(&top.slices_o, 0, bits), bits);
    differ += sign_extended(get_bits(&top.arrays_o, 0, bits), bits) != sum;
    sums += sum != newest;
    newest = sum;
  }
  CHECK(differ == 0);
  CHECK(sums > kSteps / 4);  // they were not all alike
}

TEST_CASE("DSP cascades: what Verilator gets is what is built") {
  check_forms<Vforms1>({1, 1, false}, true);
  check_forms<Vforms37>({1, 37, false}, true);
  check_forms<Vforms38x2>({2, 38, false}, true);
  check_forms<Vforms96x4>({4, 96, false}, true);
  check_forms<Vforms51x3_passing>({3, 51, false}, false);
}

TEST_CASE("DSP cascades: sums are exact") {
  check<Vcascade37>({1, 37, false}, 22);
  check<Vcascade24x3>({3, 24, false}, 21);
}
TEST_CASE("packed DSP cascades: both sums are exact") {
  check<Vpair5>({1, 5, true}, 24);
  check<Vpair37>({1, 37, true}, 24);
}
TEST_CASE("packed DSP cascades: both sums of several slices are exact") {
  check<Vpair12_slices>({1, 12, true}, 24, 3);
}

}  // namespace
}  // namespace psaflow::test
