// Dot products, single and paired: every sum exact, whatever the inputs and however long the pipeline is held. The
// stages round their sums, which would hide a sum that is one off; so the sums are looked at here.
#include <catch2/catch.hpp>
#include <deque>

#include "Vdot5.h"
#include "Vpair1.h"
#include "Vpair12.h"
#include "Vpair2.h"
#include "Vpair3.h"
#include "Vpair37.h"
#include "Vpair5.h"
#include "models/plan/stage_timing.h"
#include "tests/rtl/stream_bench.h"

namespace psaflow::test {
namespace {

constexpr int kCycles = 4000;

struct Sums {
  int low = 0, high = 0;
};

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
      return rng.below(2) ? -128 : 127;
    default:
      return static_cast<int8_t>(static_cast<int>(rng.below(3)) - 1);
  }
}

int sign_extended(uint32_t value, int bits) {
  return static_cast<int>(value << (32 - bits)) >> (32 - bits);
}

// Ports of a single dot product; `outputs`: how many of the weights of an input are used.
template <typename Model>
struct Single {
  static constexpr bool kPair = false;
  static void weight(Model& top, int j, int low, int) { set_bits(&top.weight_i, j * 8, 8, static_cast<uint8_t>(low)); }
  static Sums sums(const Model& top, int bits) { return {sign_extended(get_bits(&top.sum_o, 0, bits), bits), 0}; }
};
template <typename Model>
struct Pair {
  static constexpr bool kPair = true;
  static void weight(Model& top, int j, int low, int high) {
    const int operand = high * (1 << 18) + low;  // the word is this without the bits that repeat the low weight's sign
    set_bits(&top.weight_i, j * 17, 8, static_cast<uint32_t>(operand) & 0xff);
    set_bits(&top.weight_i, j * 17 + 8, 9, static_cast<uint32_t>(operand >> 18) & 0x1ff);
  }
  static Sums sums(const Model& top, int bits) {
    return {sign_extended(get_bits(&top.low_o, 0, bits), bits), sign_extended(get_bits(&top.high_o, 0, bits), bits)};
  }
};

template <typename Model, template <typename> class Ports>
void check(int simd) {
  const auto seed = static_cast<uint64_t>(simd);
  INFO("simd " << simd << ", seed " << seed);
  Leaf<Model> leaf;
  Model& top = leaf.top;
  Rng rng(seed);
  const int latency = 1 + tree_levels(simd), bits = 16 + tree_levels(simd);
  std::deque<Sums> expected;
  int wrong = 0;
  for (int cycle = 0; cycle < kCycles; ++cycle) {
    const int x_kind = static_cast<int>(rng.below(5)), low_kind = static_cast<int>(rng.below(5)),
              high_kind = static_cast<int>(rng.below(5));
    Sums sums;
    for (int j = 0; j < simd; ++j) {
      const int x = pick(rng, x_kind), low = pick(rng, low_kind), high = pick(rng, high_kind);
      set_bits(&top.x_i, j * 8, 8, static_cast<uint8_t>(x));
      Ports<Model>::weight(top, j, low, high);
      sums.low += x * low;
      sums.high += Ports<Model>::kPair ? x * high : 0;
    }
    top.en_i = rng.below(4) != 0;
    if (top.en_i) {
      expected.push_back(sums);
      if (expected.size() > static_cast<size_t>(latency)) expected.pop_front();
    }
    top.clk_i = 0;
    top.eval();
    top.clk_i = 1;
    top.eval();
    if (expected.size() < static_cast<size_t>(latency)) continue;
    const Sums found = Ports<Model>::sums(top, bits);
    wrong += found.low != expected.front().low || found.high != expected.front().high;
  }
  CHECK(wrong == 0);
}

TEST_CASE("dot product: sums are exact") {
  check<Vdot5, Single>(5);
}
TEST_CASE("paired dot product: both sums are exact") {
  check<Vpair1, Pair>(1);
  check<Vpair2, Pair>(2);
  check<Vpair3, Pair>(3);
  check<Vpair5, Pair>(5);
  check<Vpair12, Pair>(12);
  check<Vpair37, Pair>(37);
}

}  // namespace
}  // namespace psaflow::test
