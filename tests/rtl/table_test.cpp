// The table units: all 256 inputs of all channels, for direct tables and every k of the interpolated ones.
#include <catch2/catch.hpp>

#include "Vlerp1.h"
#include "Vlerp1_one_beat.h"
#include "Vlerp2.h"
#include "Vlerp3.h"
#include "Vlerp4.h"
#include "Vlerp5.h"
#include "Vlerp5_one_beat.h"
#include "Vlerp6.h"
#include "Vlerp7.h"
#include "Vtable3x1.h"
#include "Vtable4x4.h"
#include "Vtable6x2.h"
#include "sw/golden/arithmetic.h"
#include "sw/golden/model.h"
#include "tests/rtl/stream_bench.h"

namespace psaflow::test {
namespace {

constexpr Traffic kTraffic[] = {{1, 1, 1}, {0.6, 0.5, 2}, {1, 0.3, 3}};

TableParams random_table(Rng& rng, int channels, int points) {
  TableParams p;
  p.channels = channels;
  p.points = points;
  for (int i = 0; i < channels * points; ++i) p.values.push_back(static_cast<int8_t>(rng.next()));
  // Steepest slopes both ways, the ends of the range.
  for (int i = 0; i < points; ++i) p.values[static_cast<size_t>(i)] = static_cast<int8_t>(i % 2 == 0 ? -128 : 127);
  return p;
}

// Every channel meets every input; `shift` varies which inputs follow each other.
void check_all_inputs(StreamBench& bench, const TableParams& p, int lanes, const Traffic& traffic, int shift) {
  Bytes x, y;
  for (int i = 0; i < 256; ++i) {
    for (int c = 0; c < p.channels; ++c) {
      x.push_back(static_cast<uint8_t>(i + c * shift));
      y.push_back(static_cast<uint8_t>(table_lookup(p.channel(c), p.lerp_log2(), static_cast<int8_t>(x.back()))));
    }
  }
  const Node node{"table", op::Lookup{p}, {}, -1};
  Stage stage;
  stage.kind = StageKind::kTable;
  stage.in = stage.out = {256, p.channels, lanes};
  stage.node = &node;
  const auto clock = make_stage_clock(stage);
  bench.reset();
  const Handshakes h = bench.run({x}, x.size() / static_cast<size_t>(lanes), traffic, {clock.get()});
  CHECK(h.problem == "");
  CHECK((h.out[0] == y));
}

template <typename Model>
void check_direct(int elements, int lanes) {
  Leaf<Model> leaf;
  auto& top = leaf.top;
  StreamBench bench = leaf.bench(lanes, lanes);
  Rng rng(static_cast<uint64_t>(elements));
  TableParams p;
  int addr_bits = 8;
  while ((1 << addr_bits) < elements / lanes * 256) ++addr_bits;
  bench.add_rom(&top.table_rom_en_o, &top.table_rom_data_i, [&] {
    Bytes word;
    for (int l = 0; l < lanes; ++l) {
      const int addr = static_cast<int>(get_bits(&top.table_rom_addr_o, l * addr_bits, addr_bits));
      word.push_back(static_cast<uint8_t>(p.channel(addr / 256 * lanes + l)[addr % 256]));
    }
    return word;
  });
  for (const Traffic& traffic : kTraffic) {
    p = random_table(rng, elements, 256);
    check_all_inputs(bench, p, lanes, traffic, 37);
  }
}

TEST_CASE("direct tables: all inputs, all channels") {
  check_direct<Vtable3x1>(3, 1);
  check_direct<Vtable6x2>(6, 2);
  check_direct<Vtable4x4>(4, 4);
}

template <typename Model>
void check_lerp(int elements, int lanes, int k) {
  INFO("k = " << k);
  Leaf<Model> leaf;
  auto& top = leaf.top;
  StreamBench bench = leaf.bench(lanes, lanes);
  Rng rng(static_cast<uint64_t>(k));
  TableParams p;
  const int even_points = (1 << (k - 1)) + 1, odd_points = 1 << (k - 1);
  const auto rom = [&](const void* addr_port, int points, int odd) {
    int addr_bits = 1;
    while ((1 << addr_bits) < elements / lanes * points) ++addr_bits;
    Bytes word;
    for (int l = 0; l < lanes; ++l) {
      const int addr = static_cast<int>(get_bits(addr_port, l * addr_bits, addr_bits));
      // Between beats the address is whatever the input's rubbish gives.
      const int channel = addr / points * lanes + l;
      word.push_back(channel < elements ? static_cast<uint8_t>(p.channel(channel)[addr % points * 2 + odd]) : 0xaa);
    }
    return word;
  };
  bench.add_rom(&top.table_rom_en_o, &top.even_rom_data_i, [&] { return rom(&top.even_rom_addr_o, even_points, 0); });
  bench.add_rom(&top.table_rom_en_o, &top.odd_rom_data_i, [&] { return rom(&top.odd_rom_addr_o, odd_points, 1); });
  for (const Traffic& traffic : kTraffic) {
    p = random_table(rng, elements, (1 << k) + 1);
    check_all_inputs(bench, p, lanes, traffic, 37);
  }
}

TEST_CASE("interpolated tables: all inputs, all channels, every k") {
  check_lerp<Vlerp1>(12, 2, 1);
  check_lerp<Vlerp2>(12, 4, 2);
  check_lerp<Vlerp3>(12, 1, 3);
  check_lerp<Vlerp4>(12, 2, 4);
  check_lerp<Vlerp5>(12, 4, 5);
  check_lerp<Vlerp6>(12, 1, 6);
  check_lerp<Vlerp7>(12, 2, 7);
  check_lerp<Vlerp1_one_beat>(2, 2, 1);
  check_lerp<Vlerp5_one_beat>(2, 2, 5);
}

}  // namespace
}  // namespace psaflow::test
