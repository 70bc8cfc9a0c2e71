// The FIFO's contract, with nothing around it: a plain counter is the clock.
#include "models/streaming/beat_fifo.h"

#include <catch2/catch.hpp>
#include <deque>

#include "models/streaming/simulation_context.h"
#include "sw/base/rng.h"

using namespace psaflow;
using namespace psaflow::streaming;

TEST_CASE("what is pushed shows in the next cycle, and so does freed space, whichever end runs first") {
  for (const bool consumer_first : {false, true}) {
    SimulationContext context;
    int64_t cycle = 0;
    BeatFifo fifo("fifo", 1, 1, cycle);
    const int8_t beat[2] = {42, 0};
    CHECK(fifo.can_push());
    fifo.push(beat);
    CHECK_FALSE(fifo.can_pop());
    ++cycle;
    if (consumer_first) {
      REQUIRE(fifo.can_pop());
      CHECK(*fifo.pop() == 42);
      CHECK_FALSE(fifo.can_push());  // full at the cycle's start
    } else {
      CHECK_FALSE(fifo.can_push());
      REQUIRE(fifo.can_pop());
      CHECK(*fifo.pop() == 42);
    }
    ++cycle;
    CHECK(fifo.can_push());
    CHECK_FALSE(fifo.can_pop());
  }
}

TEST_CASE("random traffic is a queue with a cycle's delay") {
  const uint64_t seed = 20240607;
  INFO("seed " << seed);
  Rng rng(seed);
  for (const int depth : {1, 2, 3, 7, 64, BeatFifo::kUnbounded}) {
    SimulationContext context;
    int64_t cycle = 0;
    BeatFifo fifo("fifo", depth, 3, cycle);
    std::deque<int> content;  // at the cycle's start
    size_t most = 0;
    for (; cycle < 3000; ++cycle) {
      const bool push_first = rng.below(2) == 0;
      const bool wants_push = rng.below(cycle % 200 < 100 ? 2 : 5) == 0, wants_pop = rng.below(3) == 0;
      const size_t size = content.size();
      int pushed = -1;
      const auto push = [&] {
        CHECK(fifo.can_push() == (size < static_cast<size_t>(depth)));
        if (!wants_push || !fifo.can_push()) return;
        pushed = static_cast<int>(cycle % 100);
        const int8_t beat[3] = {static_cast<int8_t>(pushed), 1, static_cast<int8_t>(-pushed)};
        fifo.push(beat);
        most = std::max(most, size + 1);
      };
      const auto pop = [&] {
        CHECK(fifo.can_pop() == (size > 0));
        if (!wants_pop || !fifo.can_pop()) return;
        const int8_t* beat = fifo.pop();
        CHECK(beat[0] == content.front());
        CHECK(beat[2] == -content.front());
        content.pop_front();
      };
      push_first ? (push(), pop()) : (pop(), push());
      if (pushed >= 0) content.push_back(pushed);
      CHECK(fifo.occupancy() == static_cast<int64_t>(content.size()));
      CHECK(fifo.peak() == static_cast<int64_t>(most));
    }
  }
}
