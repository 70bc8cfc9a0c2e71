// FIFO, width converter and fork: nothing lost, repeated or reordered; ready and valid in exactly the cycles that the
// depth says.
#include <catch2/catch.hpp>

#include "Vfifo1.h"
#include "Vfifo2.h"
#include "Vfifo5.h"
#include "Vfifo6_block.h"
#include "Vfork.h"
#include "Vwidth1to3.h"
#include "Vwidth2to2.h"
#include "Vwidth4to1.h"
#include "tests/rtl/stream_bench.h"

namespace psaflow::test {
namespace {

constexpr Traffic kTraffic[] = {{1, 1, 1}, {0.5, 0.5, 2}, {0.9, 0.3, 3}, {0.3, 0.9, 4}, {1, 0.1, 5}, {0.1, 1, 6}};

// A FIFO is fully described by how many beats it holds.
class FifoClock final : public StageClock {
 public:
  explicit FifoClock(int depth) : depth_(depth) {}
  bool out_valid() const override { return level_ > 0; }
  bool in_ready(bool) const override { return level_ < depth_; }
  void tick(bool in_valid, bool out_ready) override {
    const bool push = in_valid && in_ready(out_ready), pop = out_valid() && out_ready;
    level_ += push - pop;
  }

 private:
  int depth_, level_ = 0;
};

template <typename Model>
void check_fifo(int depth) {
  Leaf<Model> leaf;
  StreamBench bench = leaf.bench(2, 2);
  Rng rng(static_cast<uint64_t>(depth));
  for (const Traffic& traffic : kTraffic) {
    bench.reset();
    FifoClock clock(depth);
    const Bytes data = random_bytes(rng, 2 * 500);
    const Handshakes h = bench.run({data}, 500, traffic, {&clock});
    CHECK(h.problem == "");
    CHECK(h.out[0] == data);
    if (traffic.valid == 1 && traffic.ready == 1) CHECK(h.cycles == (depth == 1 ? 2 * 500 : 500 + 1));
  }
}

TEST_CASE("a FIFO of any depth keeps order and is ready exactly while it has space") {
  SECTION("1, a register") {
    check_fifo<Vfifo1>(1);
  }
  SECTION("2, a skid buffer") {
    check_fifo<Vfifo2>(2);
  }
  SECTION("5, LUT RAM") {
    check_fifo<Vfifo5>(5);
  }
  SECTION("6, block RAM") {
    check_fifo<Vfifo6_block>(6);
  }
}

template <typename Model>
void check_reset_in_the_middle() {
  Leaf<Model> leaf;
  StreamBench bench = leaf.bench(2, 2);
  bench.reset();
  Rng rng(9);
  bench.run({random_bytes(rng, 2 * 50)}, 50, {1, 0.2, 9}, {}, 30);  // leaves beats inside
  bench.reset();
  const Bytes data = random_bytes(rng, 2 * 50);
  const Handshakes h = bench.run({data}, 50, {0.7, 0.7, 10});
  CHECK(h.problem == "");
  CHECK(h.out[0] == data);
}

TEST_CASE("a reset empties a FIFO") {
  check_reset_in_the_middle<Vfifo2>();
  check_reset_in_the_middle<Vfifo5>();
  check_reset_in_the_middle<Vfifo6_block>();
}

// A width converter, by how many lanes its one register holds: it takes a beat when it is empty, or still has a place.
class WidthClock final : public StageClock {
 public:
  WidthClock(int lanes_in, int lanes_out) : in_(lanes_in), out_(lanes_out) {}
  bool out_valid() const override { return held_ >= out_; }
  bool in_ready(bool out_ready) const override { return left(out_ready) == 0 || left(out_ready) + in_ <= out_; }
  void tick(bool in_valid, bool out_ready) override {
    const bool push = in_valid && in_ready(out_ready);
    held_ = left(out_ready) + (push ? in_ : 0);
  }

 private:
  int left(bool out_ready) const { return held_ - (out_valid() && out_ready ? out_ : 0); }

  int in_, out_, held_ = 0;
};

template <typename Model>
void check_width(int lanes_in, int lanes_out) {
  Leaf<Model> leaf;
  StreamBench bench = leaf.bench(lanes_in, lanes_out);
  Rng rng(7);
  for (const Traffic& traffic : kTraffic) {
    bench.reset();
    const size_t bytes = 360;
    const Bytes data = random_bytes(rng, bytes);
    WidthClock clock(lanes_in, lanes_out);
    const Handshakes h = bench.run({data}, bytes / static_cast<size_t>(lanes_out), traffic, {&clock});
    CHECK(h.problem == "");
    CHECK(h.out[0] == data);
    // One register, and then a narrow beat every cycle.
    if (traffic.valid == 1 && traffic.ready == 1)
      CHECK(h.cycles == static_cast<int64_t>(bytes) / std::min(lanes_in, lanes_out) + 1);
  }
}

TEST_CASE("the width converter keeps lanes and order") {
  SECTION("4 to 1") {
    check_width<Vwidth4to1>(4, 1);
  }
  SECTION("1 to 3") {
    check_width<Vwidth1to3>(1, 3);
  }
  SECTION("2 to 2") {
    check_width<Vwidth2to2>(2, 2);
  }
}

TEST_CASE("a fork gives both ways the same, and stops when one of them is full") {
  Leaf<Vfork> leaf;
  StreamBench bench = leaf.bare_bench();
  auto& top = leaf.top;
  bench.add_input(&top.in_valid_i, &top.in_ready_o, &top.in_data_i, 2);
  bench.add_output(&top.long_valid_o, &top.long_ready_i, &top.long_data_o, 2);
  bench.add_output(&top.short_valid_o, &top.short_ready_i, &top.short_data_o, 2);
  Rng rng(8);
  for (const Traffic& traffic : kTraffic) {
    bench.reset();
    const Bytes data = random_bytes(rng, 2 * 300);
    FifoClock long_way(2), short_way(4);
    const Handshakes h = bench.run({data}, 300, traffic, {&long_way, &short_way});
    CHECK(h.problem == "");
    CHECK(h.out[0] == data);
    CHECK(h.out[1] == data);
    if (traffic.valid == 1 && traffic.ready == 1) CHECK(h.cycles == 300 + 1);
    for (size_t i = 0; i < 300; ++i) {
      if (i >= 2) CHECK(h.in_cycle[0][i] > h.out_cycle[0][i - 2]);
      if (i >= 4) CHECK(h.in_cycle[0][i] > h.out_cycle[1][i - 4]);
    }
  }
}

}  // namespace
}  // namespace psaflow::test
