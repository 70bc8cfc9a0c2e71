// The ROM: contents from its file, one register, held while it is not enabled.
#include <catch2/catch.hpp>

#include <cstdio>
#include <fstream>

#include "Vrom1.h"
#include "Vrom5_0.h"
#include "Vrom5_1.h"
#include "tests/rtl/stream_bench.h"

namespace psaflow::test {
namespace {

constexpr uint32_t kWords[] = {0xabcde, 0x00001, 0xfffff, 0x12345, 0x80000};

template <typename Model>
void check(int depth) {
  {
    std::ofstream file("rom5.hex");  // the name that the models were verilated with, relative to the working folder
    for (int i = 0; i < depth; ++i) file << std::hex << kWords[i] << '\n';
  }
  Leaf<Model> leaf;
  Model& top = leaf.top;
  const auto clock = [&](int addr, bool en) {
    top.addr_i = static_cast<uint8_t>(addr);
    top.en_i = en;
    top.clk_i = 0;
    top.eval();
    top.clk_i = 1;
    top.eval();
    return static_cast<uint32_t>(top.data_o);
  };
  for (int i = 0; i < depth; ++i) {
    CHECK(clock(i, true) == kWords[i]);
    CHECK(clock((i + 1) % depth, false) == kWords[i]);
  }
  std::remove("rom5.hex");
}

TEST_CASE("ROM of each style, and of one word") {
  check<Vrom5_0>(5);
  check<Vrom5_1>(5);
  check<Vrom1>(1);
}

}  // namespace
}  // namespace psaflow::test
