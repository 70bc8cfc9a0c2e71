// What stands behind the memory port, as far as cycles go: presets, and when the beats of a burst come. Plan, SystemC
// model and the RTL's bench answer requests by the same rule.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace psaflow {

struct SimdMemory {               // in cycles of the accelerator's clock
  int read_latency_cycles = 64;   // from a read's request to its first beat
  int write_latency_cycles = 32;  // from a write's last beat to its response
  int outstanding_reads = 32;     // that it takes at a time
  int beat_interval_256 = 256;    // from beat to beat, in 1/256 cycles, at least 256
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

// Bursts in the order of their requests, on one data bus.
class SimdReadTiming {
 public:
  explicit SimdReadTiming(const SimdMemory& memory) : memory_(memory) {}
  // The cycle in which the last beat of a burst comes that is requested in `cycle`.
  int64_t last_beat(int64_t cycle, int beats) {
    const int64_t start = std::max((cycle + memory_.read_latency_cycles) * 256, free_);
    free_ = start + int64_t{beats} * memory_.beat_interval_256;
    return (free_ - memory_.beat_interval_256) / 256;
  }

 private:
  SimdMemory memory_;
  int64_t free_ = 0;  // when the bus is, in 1/256 cycles
};

// The bursts of a transfer: none crosses a multiple of burst_bytes, a power of two of at most 4096.
struct SimdBurst {
  uint64_t address = 0;
  int beats = 0;
};
SimdBurst next_burst(uint64_t address, int64_t beats_left, int bus_bytes, int burst_beats);

}  // namespace psaflow
