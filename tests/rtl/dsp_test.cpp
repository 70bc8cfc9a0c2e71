// The DSP slice: the generic form against the primitives' (models/DSP48E2.sv, DSP48E1.sv), and all against a slice written here in integers, at the
// corners of every operand and at random, whatever the registers' enables do.
#include <catch2/catch.hpp>

#include "Vdsp_accumulate.h"
#include "Vdsp_accumulate_c.h"
#include "Vdsp_c.h"
#include "Vdsp_cascade.h"
#include "Vdsp_halves.h"
#include "Vdsp_pre_add.h"
#include "Vdsp_product.h"
#include "Ve1_accumulate.h"
#include "Ve1_c.h"
#include "Ve1_cascade.h"
#include "Ve1_halves.h"
#include "Ve1_pre_add.h"
#include "tests/rtl/stream_bench.h"

namespace psaflow::test {
namespace {

constexpr int kCycles = 20000, kEnables = 9;

struct Shape {
  int a = 8, b = 8, c = 8, d = 8, p = 24;  // widths
  int a_regs = 1, b_regs = 1;
  bool multiply = true, pre_add = false, cascade = false, add_c = false, accumulate = false;
  uint64_t rnd = 0;
};

int64_t sign_extended(uint64_t value, int bits) {
  return static_cast<int64_t>(value << (64 - bits)) >> (64 - bits);
}

// Adds numbers of 48 bits, or halves of 24 that do not carry.
uint64_t sum(uint64_t x, uint64_t y, bool halves) {
  constexpr uint64_t kLow = 0xffffff;
  if (!halves) return x + y;
  return ((x >> 24) + (y >> 24)) << 24 | ((x + y) & kLow);
}

// One slice: registers as integers, every one loaded by its enable from what the others held before.
struct Slice {
  Shape shape;
  int64_t a1 = 0, a2 = 0, b1 = 0, b2 = 0, c = 0, d = 0, ad = 0, m = 0;
  bool acc = false;
  uint64_t p = 0;

  // enables: bit by bit a1, a2, b1, b2, d, ad, c, m, p.
  void edge(unsigned enables, int64_t a_in, int64_t b_in, int64_t c_in, int64_t d_in, bool acc_in, uint64_t cascade) {
    const auto loads = [&](int bit) { return ((enables >> bit) & 1U) != 0; };
    const Slice was = *this;
    if (loads(0)) a1 = a_in;
    if (loads(1)) a2 = shape.a_regs == 2 ? was.a1 : a_in;
    if (loads(2)) b1 = b_in;
    if (loads(3)) b2 = shape.b_regs == 2 ? was.b1 : b_in;
    if (loads(4)) d = d_in;
    if (loads(5)) ad = was.a2 + was.d;
    if (loads(6)) c = c_in;
    if (loads(7)) m = (shape.pre_add ? was.ad : was.a2) * was.b2;
    if (loads(shape.multiply ? 7 : 1)) acc = acc_in;
    if (!loads(8)) return;
    const bool halves = !shape.multiply;
    uint64_t all = halves ? static_cast<uint64_t>(was.a2) << 18 | (static_cast<uint64_t>(was.b2) & 0x3ffff)
                          : static_cast<uint64_t>(was.m);
    if (shape.cascade) all = sum(all, cascade, halves);
    if (shape.add_c) all = sum(all, static_cast<uint64_t>(was.c), halves);
    p = sum(all, shape.accumulate && was.acc ? was.p : shape.rnd, halves);
  }
};

// The extremes, numbers around zero, or anything.
int64_t pick(Rng& rng, int bits) {
  const int64_t lowest = -(int64_t{1} << (bits - 1));
  switch (rng.below(4)) {
    case 0:
      return rng.below(2) != 0 ? lowest : -lowest - 1;
    case 1:
      return static_cast<int64_t>(rng.below(3)) - 1;
    default:
      return sign_extended(rng.next(), bits);
  }
}

uint64_t bits_of(int64_t value, int bits) {
  return static_cast<uint64_t>(value) & (~uint64_t{0} >> (64 - bits));
}

template <typename Model>
void check(const Shape& shape) {
  Leaf<Model> leaf;
  Model& top = leaf.top;
  Rng rng(static_cast<uint64_t>(shape.a * 100 + shape.c));
  Slice low{shape}, high{shape};
  low.shape.a_regs = low.shape.b_regs = 1;
  low.shape.pre_add = low.shape.cascade = low.shape.add_c = low.shape.accumulate = false;
  low.shape.rnd = 0;
  int64_t wrong = 0, forms_differ = 0;
  for (int cycle = 0; cycle < kCycles; ++cycle) {
    // All registers take something first: what they hold before is anything.
    unsigned enables = 0x1ff;
    if (cycle >= 8) enables = rng.below(2) != 0 ? 0x1ff : static_cast<unsigned>(rng.below(1U << kEnables));
    const bool acc = cycle >= 8 && rng.below(3) != 0;
    const int64_t a = pick(rng, shape.a), b = pick(rng, shape.b), c = pick(rng, shape.c), d = pick(rng, shape.d);
    top.ce_i = enables;
    top.a_i = bits_of(a, shape.a);
    top.b_i = bits_of(b, shape.b);
    top.c_i = bits_of(c, shape.c);
    top.d_i = bits_of(d, shape.d);
    top.acc_i = acc;
    const uint64_t cascade = low.p;
    low.edge(enables, a, b, c, d, acc, 0);
    high.edge(enables, a, b, c, d, acc, cascade);
    top.clk_i = 0;
    top.eval();
    top.clk_i = 1;
    top.eval();
    if (cycle < 8) continue;
    wrong += bits_of(static_cast<int64_t>(top.generic_o), shape.p) != bits_of(static_cast<int64_t>(high.p), shape.p);
    forms_differ += top.generic_o != top.primitive_o;
  }
  CHECK(wrong == 0);
  CHECK(forms_differ == 0);
}

TEST_CASE("DSP slice: a plain product") {
  check<Vdsp_product>({});
}
TEST_CASE("DSP slice: cascade and C beside a product") {
  Shape shape;
  shape.c = 23, shape.b_regs = 2, shape.cascade = shape.add_c = true;
  check<Vdsp_cascade>(shape);
}
TEST_CASE("DSP slice: both operands twice registered, C") {
  Shape shape;
  shape.c = 23, shape.a_regs = shape.b_regs = 2, shape.add_c = true;
  check<Vdsp_c>(shape);
}
TEST_CASE("DSP slice: pre-adder and constant, two products in one") {
  Shape shape;
  shape.a = 26, shape.p = 36, shape.pre_add = shape.cascade = true, shape.rnd = 131072;
  check<Vdsp_pre_add>(shape);
}
TEST_CASE("DSP slice: accumulation from a constant, beside the cascade") {
  Shape shape;
  shape.accumulate = shape.cascade = true, shape.rnd = 77;
  check<Vdsp_accumulate>(shape);
}
TEST_CASE("DSP slice: full widths, accumulation beside C") {
  Shape shape;
  shape.a = 27, shape.b = 18, shape.c = shape.p = 48, shape.accumulate = shape.add_c = true;
  check<Vdsp_accumulate_c>(shape);
}
TEST_CASE("DSP slice: halves that are added") {
  Shape shape;
  shape.a = 30, shape.b = 18, shape.c = shape.p = 48, shape.multiply = false, shape.rnd = 0xfffffe000003;
  shape.cascade = shape.add_c = shape.accumulate = true;
  check<Vdsp_halves>(shape);
}
TEST_CASE("DSP48E1: the cascade") {
  Shape shape;
  shape.b_regs = 2, shape.cascade = true;
  check<Ve1_cascade>(shape);
}
TEST_CASE("DSP48E1: both operands twice registered, C") {
  Shape shape;
  shape.c = 23, shape.a_regs = shape.b_regs = 2, shape.add_c = true;
  check<Ve1_c>(shape);
}
TEST_CASE("DSP48E1: pre-adder beside the cascade") {
  Shape shape;
  shape.a = shape.d = 24, shape.p = 36, shape.pre_add = shape.cascade = true;
  check<Ve1_pre_add>(shape);
}
TEST_CASE("DSP48E1: full widths, accumulation") {
  Shape shape;
  shape.a = 25, shape.b = 18, shape.p = 48, shape.accumulate = true;
  check<Ve1_accumulate>(shape);
}
TEST_CASE("DSP48E1: halves that are added to C and to what was there") {
  Shape shape;
  shape.a = 30, shape.b = 18, shape.c = shape.p = 48, shape.multiply = false;
  shape.add_c = shape.accumulate = true;
  check<Ve1_halves>(shape);
}

}  // namespace
}  // namespace psaflow::test
