// Drives the streams of one verilated leaf: feeds beats with random bubbles, takes beats with random backpressure,
// answers ROM ports, and holds every cycle's handshake against a StageClock.
#pragma once
#include <verilated.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sw/base/rng.h"
#include "tests/rtl/stage_clock.h"

namespace psaflow::test {

using Bytes = std::vector<uint8_t>;

// Bit fields of a verilated port or a packed word; bit 0 is the lowest one of byte 0 (the machine is little-endian).
uint32_t get_bits(const void* port, int first, int count);
void set_bits(void* port, int first, int count, uint32_t value);

struct Traffic {
  double valid = 1, ready = 1;  // the probability that a beat is offered, and taken, in a cycle
  uint64_t seed = 1;
};

struct Handshakes {        // of one run
  std::vector<Bytes> out;  // by output: its beats, end to end
  std::vector<std::vector<int64_t>> in_cycle,
      out_cycle;  // by port: the cycle of each beat, counted from the run's start
  int64_t cycles = 0;
  std::string problem;  // the first thing that was wrong; empty: none
};

class StreamBench {
 public:
  StreamBench(std::function<void()> eval, uint8_t* clk, uint8_t* rst_n)
      : eval_(std::move(eval)), clk_(clk), rst_n_(rst_n) {}

  void add_input(uint8_t* valid, const uint8_t* ready, void* data, int bytes) {
    inputs_.push_back({valid, ready, data, bytes});
  }
  void add_output(const uint8_t* valid, uint8_t* ready, const void* data, int bytes) {
    outputs_.push_back({valid, ready, data, bytes});
  }
  // read() gives the word that the ROM's address port asks for; it appears on the data port after the next edge.
  void add_rom(const uint8_t* en, void* data, std::function<Bytes()> read) {
    roms_.push_back({en, data, std::move(read)});
  }

  void reset();
  // Feeds all of `in` (by input) and runs until `beats_out` beats have left every output, or nothing has moved for
  // long. stop_after > 0: breaks off after so many cycles. clocks: one for each output, or none; every ready and valid
  // is held against them in every cycle.
  Handshakes run(const std::vector<Bytes>& in, size_t beats_out, const Traffic& traffic,
                 const std::vector<StageClock*>& clocks = {}, int64_t stop_after = 0);

 private:
  struct Input {
    uint8_t* valid;
    const uint8_t* ready;
    void* data;
    int bytes;
  };
  struct Output {
    const uint8_t* valid;
    uint8_t* ready;
    const void* data;
    int bytes;
  };
  struct Rom {
    const uint8_t* en;
    void* data;
    std::function<Bytes()> read;
  };
  void edge();  // a rising edge and what follows from it, ROMs included
  // Compares this cycle with the clocks and moves them on; what is wrong, or nothing. A beat is taken from all inputs
  // at once, when all offer one, and goes to all outputs at once, when all have room for it.
  std::string tick(const std::vector<StageClock*>& clocks);

  std::function<void()> eval_;
  uint8_t *clk_, *rst_n_;
  std::vector<Input> inputs_;
  std::vector<Output> outputs_;
  std::vector<Rom> roms_;
};

// Owns a verilated leaf whose uninitialised registers start random, so that a missing reset shows.
template <typename Model>
struct Leaf {
  explicit Leaf(int seed = 1) : top((context.randReset(2), context.randSeed(seed), &context)) {}
  ~Leaf() {
    top.final();
#ifdef PSAFLOW_RTL_COVERAGE
    static int number = 0;  // one file a leaf object; verilator_coverage adds them up
    context.coveragep()->write(
        (std::string(PSAFLOW_RTL_COVERAGE "/") + top.modelName() + "-" + std::to_string(number++) + ".dat").c_str());
#endif
  }
  // A leaf with one input "in" and one output "out" (data in whole bytes).
  StreamBench bench(int bytes_in, int bytes_out) {
    StreamBench b = bare_bench();
    b.add_input(&top.in_valid_i, &top.in_ready_o, &top.in_data_i, bytes_in);
    b.add_output(&top.out_valid_o, &top.out_ready_i, &top.out_data_o, bytes_out);
    return b;
  }
  StreamBench bare_bench() {
    return StreamBench([this] { top.eval(); }, &top.clk_i, &top.rst_ni);
  }

  VerilatedContext context;
  Model top;
};

Bytes random_bytes(Rng& rng, size_t count);

}  // namespace psaflow::test
