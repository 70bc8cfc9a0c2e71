// Requantize, affine, residual add and pool against the golden arithmetic; their cycles against the plan's timing.
#include <catch2/catch.hpp>

#include "Vadd3.h"
#include "Vaffine4x4.h"
#include "Vaffine5x1.h"
#include "Vaffine64x2.h"
#include "Vargmax10x1.h"
#include "Vargmax12x3.h"
#include "Vargmax256x8.h"
#include "Vargmax5x5.h"
#include "Vpool1.h"
#include "Vpool64.h"
#include "Vpool8.h"
#include "Vrequantize16_relu.h"
#include "Vrequantize23.h"
#include "sw/golden/arithmetic.h"
#include "sw/golden/reference.h"
#include "tests/rtl/stream_bench.h"

namespace psaflow::test {
namespace {

constexpr Traffic kTraffic[] = {{1, 1, 1}, {0.6, 0.6, 2}, {1, 0.3, 3}, {0.3, 1, 4}};

// Accumulators around every boundary that matters for a shift: halves, the clamps, and the ends of the range.
std::vector<int32_t> corner_accumulators(int bits, int shift, Rng& rng) {
  const int64_t low = -(int64_t{1} << (bits - 1)), high = (int64_t{1} << (bits - 1)) - 1;
  std::vector<int32_t> list;
  const auto add = [&](int64_t v) {
    if (v >= low && v <= high) list.push_back(static_cast<int32_t>(v));
  };
  const int64_t step = int64_t{1} << shift;
  for (int64_t y : {-257, -256, -255, -129, -128, -127, -1, 0, 1, 126, 127, 128, 254, 255, 256, 257}) {
    for (int64_t d : {int64_t{-1}, int64_t{0}, int64_t{1}, step / 2 - 1, step / 2, step / 2 + 1}) add(y * step + d);
  }
  for (int64_t d : {0, 1, 2}) {
    add(low + d);
    add(high - d);
  }
  for (int i = 0; i < 40; ++i) add(low + static_cast<int64_t>(rng.below(static_cast<uint64_t>(high - low + 1))));
  return list;
}

template <typename Model>
void check_requantize(int bits, bool relu) {
  Leaf<Model> leaf;
  Model& top = leaf.top;
  Rng rng(static_cast<uint64_t>(bits));
  int wrong = 0;
  size_t tried = 0;
  std::vector<int> expected;  // in flight
  for (int shift = 0; shift <= kMaxShift; ++shift) {
    for (int32_t acc : corner_accumulators(bits, shift, rng)) {
      for (int bias : {-128, -127, -1, 0, 1, 126, 127, static_cast<int>(rng.below(256)) - 128}) {
        top.acc_i = static_cast<uint32_t>(acc) & ((1u << bits) - 1);
        top.shift_i = static_cast<uint8_t>(shift);
        top.bias_i = static_cast<uint8_t>(bias);
        top.en_i = 1;
        const auto b = static_cast<int8_t>(bias);
        expected.push_back(relu ? requantize_relu(acc, shift, b) : requantize(acc, shift, b));
        top.clk_i = 0;
        top.eval();
        top.clk_i = 1;
        top.eval();
        if (rng.below(8) == 0) {  // holds while it is not enabled
          top.en_i = 0;
          top.acc_i = static_cast<uint32_t>(rng.next()) & ((1u << bits) - 1);
          top.clk_i = 0;
          top.eval();
          top.clk_i = 1;
          top.eval();
        }
        if (expected.size() >= 2 && static_cast<int8_t>(top.data_o) != expected[expected.size() - 2]) ++wrong;
        ++tried;
      }
    }
  }
  INFO(tried << " cases");
  CHECK(wrong == 0);
  CHECK(tried > 15000);
}

TEST_CASE("requantize: every shift, corner accumulators, corner biases") {
  check_requantize<Vrequantize23>(23, false);
  check_requantize<Vrequantize16_relu>(16, true);
}

Stage stage_of(StageKind kind, StreamShape in, StreamShape out) {
  Stage stage;
  stage.name = "leaf";
  stage.kind = kind;
  stage.in = in;
  stage.out = out;
  return stage;
}

AffineParams random_affine(Rng& rng, int channels) {
  AffineParams p;
  for (int c = 0; c < channels; ++c) {
    p.weight.push_back(static_cast<int8_t>(rng.next()));
    p.bias.push_back(static_cast<int8_t>(rng.next()));
    p.shift.push_back(static_cast<uint8_t>(rng.below(4) == 0 ? rng.below(32) : rng.below(12)));
  }
  return p;
}

Int8Matrix as_matrix(const Bytes& bytes, int rows, int cols) {
  Int8Matrix m(rows, cols);
  for (size_t i = 0; i < bytes.size(); ++i) m.data[i] = static_cast<int8_t>(bytes[i]);
  return m;
}

Bytes as_bytes(const Int8Matrix& m) {
  return Bytes(m.data.begin(), m.data.end());
}

template <typename Model>
void check_affine(int elements, int lanes, int vectors) {
  Leaf<Model> leaf;
  StreamBench bench = leaf.bench(lanes, lanes);
  Rng rng(static_cast<uint64_t>(elements));
  AffineParams p;
  bench.add_rom(&leaf.top.param_rom_en_o, &leaf.top.param_rom_data_i, [&] {
    Bytes word(sizeof(leaf.top.param_rom_data_i));
    const int beat = leaf.top.param_rom_addr_o;
    for (int l = 0; l < lanes; ++l) {
      const auto c = static_cast<size_t>(beat * lanes + l);
      set_bits(word.data(), l * 21, 8, static_cast<uint8_t>(p.weight[c]));
      set_bits(word.data(), l * 21 + 8, 8, static_cast<uint8_t>(p.bias[c]));
      set_bits(word.data(), l * 21 + 16, 5, p.shift[c]);
    }
    return word;
  });
  const Stage stage = stage_of(StageKind::kAffine, {vectors, elements, lanes}, {vectors, elements, lanes});
  for (const Traffic& traffic : kTraffic) {
    p = random_affine(rng, elements);
    bench.reset();
    const auto clock = make_stage_clock(stage);
    const Bytes x = random_bytes(rng, static_cast<size_t>(vectors * elements));
    const Handshakes h = bench.run({x}, static_cast<size_t>(vectors * elements / lanes), traffic, {clock.get()});
    CHECK(h.problem == "");
    CHECK(h.out[0] == as_bytes(affine(p, as_matrix(x, vectors, elements))));
  }
}

TEST_CASE("affine: random channels, all lanes; ready and valid in every cycle as the plan says") {
  check_affine<Vaffine64x2>(64, 2, 100);
  check_affine<Vaffine5x1>(5, 1, 40);
  check_affine<Vaffine4x4>(4, 4, 40);
}

TEST_CASE("affine: every input against corner weights and every shift") {
  Leaf<Vaffine64x2> leaf;
  StreamBench bench = leaf.bench(2, 2);
  AffineParams p;
  for (int c = 0; c < 64; ++c) {
    const int weights[] = {-128, 127, -1, 64};
    p.weight.push_back(static_cast<int8_t>(weights[c % 4]));
    p.bias.push_back(static_cast<int8_t>(c * 4 - 128));
    p.shift.push_back(static_cast<uint8_t>(c / 2));
  }
  bench.add_rom(&leaf.top.param_rom_en_o, &leaf.top.param_rom_data_i, [&] {
    Bytes word(sizeof(leaf.top.param_rom_data_i));
    for (int l = 0; l < 2; ++l) {
      const auto c = static_cast<size_t>(leaf.top.param_rom_addr_o * 2 + l);
      set_bits(word.data(), l * 21, 21,
               static_cast<uint32_t>(static_cast<uint8_t>(p.weight[c])) |
                   static_cast<uint32_t>(static_cast<uint8_t>(p.bias[c])) << 8 |
                   static_cast<uint32_t>(p.shift[c]) << 16);
    }
    return word;
  });
  Bytes x;
  for (int u = 0; u < 256; ++u) x.insert(x.end(), 64, static_cast<uint8_t>(u));
  bench.reset();
  const Handshakes h = bench.run({x}, 256 * 32, {});
  CHECK(h.problem == "");
  CHECK(h.out[0] == as_bytes(affine(p, as_matrix(x, 256, 64))));
}

TEST_CASE("residual add: all pairs; each ready and valid in every cycle as the plan says") {
  Leaf<Vadd3> leaf;
  auto& top = leaf.top;
  StreamBench bench = leaf.bare_bench();
  bench.add_input(&top.long_valid_i, &top.long_ready_o, &top.long_data_i, 3);
  bench.add_input(&top.short_valid_i, &top.short_ready_o, &top.short_data_i, 3);
  bench.add_output(&top.out_valid_o, &top.out_ready_i, &top.out_data_o, 3);
  Bytes a, r, y;
  for (int i = 0; i < 65536 + 2; ++i) {  // a multiple of 3
    a.push_back(static_cast<uint8_t>(i));
    r.push_back(static_cast<uint8_t>(i >> 8));
    y.push_back(static_cast<uint8_t>(residual_add(static_cast<int8_t>(a.back()), static_cast<int8_t>(r.back()))));
  }
  const StreamShape shape = {static_cast<int>(y.size() / 3), 3, 3};
  const Stage stage = stage_of(StageKind::kAdd, shape, shape);
  for (const Traffic& traffic : kTraffic) {
    bench.reset();
    const auto clock = make_stage_clock(stage);
    const Handshakes h = bench.run({a, r}, y.size() / 3, traffic, {clock.get()});
    CHECK(h.problem == "");
    CHECK((h.out[0] == y));
    CHECK((h.in_cycle[0] == h.in_cycle[1]));
    // latency 1, a beat a cycle
    if (traffic.valid == 1 && traffic.ready == 1)
      CHECK(h.cycles == static_cast<int64_t>(y.size() / 3) + timing_profile("rtl").latency(StageKind::kAdd));
  }
}

template <typename Model>
void check_pool(int vectors, int elements, int lanes) {
  Leaf<Model> leaf;
  StreamBench bench = leaf.bench(lanes, lanes);
  Rng rng(static_cast<uint64_t>(vectors));
  const Stage stage = stage_of(StageKind::kPool, {vectors, elements, lanes}, {1, elements, lanes});
  constexpr int kImages = 12;
  for (const Traffic& traffic : kTraffic) {
    bench.reset();
    const auto clock = make_stage_clock(stage);
    Bytes x, y;
    for (int i = 0; i < kImages; ++i) {
      Bytes image = random_bytes(rng, static_cast<size_t>(vectors * elements));
      if (i == 0) image.assign(image.size(), 0x80);
      if (i == 1) image.assign(image.size(), 0x7f);
      if (i == 2) std::fill(image.begin() + static_cast<long>(image.size()) / 2, image.end(), 0xff);
      const Bytes pooled = as_bytes(average_pool(as_matrix(image, vectors, elements)));
      x.insert(x.end(), image.begin(), image.end());
      y.insert(y.end(), pooled.begin(), pooled.end());
    }
    const Handshakes h = bench.run({x}, y.size() / static_cast<size_t>(lanes), traffic, {clock.get()});
    CHECK(h.problem == "");
    CHECK(h.out[0] == y);
  }
  // A reset in the middle of an image leaves nothing of it.
  bench.reset();
  bench.run({random_bytes(rng, static_cast<size_t>(vectors * elements))}, 1000, {0.5, 0.5, 5}, {},
            elements / lanes + 2);
  bench.reset();
  const Bytes x = random_bytes(rng, static_cast<size_t>(vectors * elements));
  const Handshakes h = bench.run({x}, static_cast<size_t>(elements / lanes), {});
  CHECK(h.out[0] == as_bytes(average_pool(as_matrix(x, vectors, elements))));
}

TEST_CASE("pool: several images back to back, extremes, a reset in the middle") {
  check_pool<Vpool1>(1, 3, 1);
  check_pool<Vpool8>(8, 6, 2);
  check_pool<Vpool64>(64, 4, 4);
}

template <typename Model>
void check_argmax(int elements, int lanes) {
  Leaf<Model> leaf;
  StreamBench bench = leaf.bench(lanes, 1);
  Rng rng(static_cast<uint64_t>(elements));
  const Stage stage = stage_of(StageKind::kArgMax, {1, elements, lanes}, {1, 1, 1});
  constexpr int kVectors = 200;
  for (const Traffic& traffic : kTraffic) {
    bench.reset();
    const auto clock = make_stage_clock(stage);
    Bytes x, y;
    for (int v = 0; v < kVectors; ++v) {
      Bytes vector = random_bytes(rng, static_cast<size_t>(elements));
      if (v < 3) vector.assign(vector.size(), v == 0 ? 0x80 : v == 1 ? 0x7f : 0);  // all alike: the first wins
      if (v % 4 == 3) {  // few values, so that the highest stands there more than once
        for (uint8_t& byte : vector) byte = static_cast<uint8_t>(byte % 3 + 254);
      }
      const Int8Matrix m = as_matrix(vector, 1, elements);
      y.push_back(static_cast<uint8_t>(argmax(m.row(0), elements)));
      x.insert(x.end(), vector.begin(), vector.end());
    }
    const Handshakes h = bench.run({x}, kVectors, traffic, {clock.get()});
    CHECK(h.problem == "");
    CHECK(h.out[0] == y);
  }
  bench.reset();  // in the middle of a vector: nothing of it is left
  bench.run({Bytes(static_cast<size_t>(elements), 0x7f)}, 1000, {0.5, 0.5, 5}, {}, 3);
  bench.reset();
  Bytes x(static_cast<size_t>(elements), 0x80);
  x.back() = 0x81;
  CHECK(bench.run({x}, 1, {}).out[0] == Bytes{static_cast<uint8_t>(elements - 1)});
}

TEST_CASE(
    "argmax: the highest, the first on a tie, whatever the lanes; ready and valid in every cycle as the plan says") {
  check_argmax<Vargmax10x1>(10, 1);
  check_argmax<Vargmax12x3>(12, 3);
  check_argmax<Vargmax5x5>(5, 5);
  check_argmax<Vargmax256x8>(256, 8);
}

}  // namespace
}  // namespace psaflow::test
