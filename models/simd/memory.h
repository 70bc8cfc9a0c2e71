// What stands behind the memory port, as far as cycles go: presets, and when the beats of a burst come. Plan, SystemC
// model and the RTL's bench answer requests by the same rule.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/simd/pauses.h"

namespace psaflow {

struct SimdMemory {                                    // in cycles of the accelerator's clock
  int read_latency_cycles = 64;                        // from a read's request to its first beat
  int write_latency_cycles = 32;                       // from a write's last beat to its response
  int outstanding_reads = 32;                          // that it takes at a time
  int beat_interval_256 = 256;                         // from beat to beat, in 1/256 cycles, at least 256
  std::shared_ptr<const SimdPauses> pauses = nullptr;  // none: it never hesitates
};

// A memory by its physical figures.
struct SimdMemoryPreset {
  const char* name;
  const char* what;  // for people, with the source of the figures
  double read_latency_ns, write_latency_ns, bytes_per_ns;
  int outstanding_reads;
};
const std::vector<SimdMemoryPreset>& simd_memory_presets();
std::vector<std::string> simd_memory_names();
SimdMemory simd_memory(const std::string& preset, double clock_mhz, int bus_bytes);

// One of the lists of a memory that hesitates, transfer by transfer.
class SimdPauseReader {
 public:
  SimdPauseReader(const SimdMemory& memory, std::vector<uint32_t> SimdPauses::*list)
      : pauses_(memory.pauses), list_(pauses_ ? &((*pauses_).*list) : nullptr) {}
  bool any() const { return list_ != nullptr && !list_->empty(); }
  int64_t next() { return any() ? (*list_)[at_++ % list_->size()] : 0; }

 private:
  std::shared_ptr<const SimdPauses> pauses_;
  const std::vector<uint32_t>* list_;
  size_t at_ = 0;
};

// Bursts in the order of their requests, on one data bus.
class SimdReadTiming {
 public:
  explicit SimdReadTiming(const SimdMemory& memory)
      : memory_(memory),
        requests_(memory, &SimdPauses::read_requests),
        latencies_(memory, &SimdPauses::read_latencies),
        beats_(memory, &SimdPauses::read_beats) {}
  // Cycles from that in which the next request could be taken to that in which it is.
  int64_t request_pause() { return requests_.next(); }
  // The cycle in which the last beat of a burst comes that is taken in `cycle`.
  int64_t last_beat(int64_t cycle, int beats) {
    const int64_t latency = memory_.read_latency_cycles + latencies_.next();
    int64_t begin = std::max((cycle + latency) * 256, free_);
    if (beats_.any())
      for (int b = 0; b < beats; ++b) begin += beats_.next() * 256;
    free_ = begin + int64_t{beats} * memory_.beat_interval_256;
    return (free_ - memory_.beat_interval_256) / 256;
  }

 private:
  SimdMemory memory_;
  SimdPauseReader requests_, latencies_, beats_;
  int64_t free_ = 0;  // when the bus is, in 1/256 cycles
};

// Bursts of writes, one at a time.
class SimdWriteTiming {
 public:
  explicit SimdWriteTiming(const SimdMemory& memory)
      : latency_(memory.write_latency_cycles),
        requests_(memory, &SimdPauses::write_requests),
        beats_(memory, &SimdPauses::write_beats),
        responses_(memory, &SimdPauses::write_responses) {}
  // The cycle of the response to a burst that is offered in `cycle`, its beats from the cycle after it is taken on.
  int64_t response(int64_t cycle, int beats) {
    int64_t last = cycle + requests_.next() + beats;
    for (int b = 0; b < beats; ++b) last += beats_.next();
    return last + latency_ + responses_.next();
  }

 private:
  int latency_;
  SimdPauseReader requests_, beats_, responses_;
};

// The bursts of a transfer: none crosses a multiple of burst_bytes, a power of two of at most 4096.
struct SimdBurst {
  uint64_t address = 0;
  int beats = 0;
};
SimdBurst next_burst(uint64_t address, int64_t beats_left, int bus_bytes, int burst_beats);

}  // namespace psaflow
