#include "models/simd/memory.h"

#include <cmath>

#include "sw/base/error.h"

namespace psaflow {

const std::vector<SimdMemoryPreset>& simd_memory_presets() {
  // Latency: 64 cycles at 200 MHz, what Vitis HLS takes for a global-memory port and the paper's build with it; of HBM
  // a third of the difference between page hits more (73 ns of DDR4, 107 ns of HBM). These and the bandwidths of one
  // channel were measured on an Alveo U280 (Wang et al., "Shuhai", FCCM 2020, arXiv 2005.04324): 18.0 of DDR4-2400's
  // 19.2 GB/s, 13.3 of an HBM2 pseudo channel's 14.4 GB/s.
  static const std::vector<SimdMemoryPreset> kPresets = {
      {"ddr4", "DDR4-2400, 64 bits, one channel", 320, 160, 18.0, 32},
      {"hbm", "HBM2, one pseudo channel", 355, 180, 13.27, 32},
      {"ideal", "answers at once, a beat a cycle", 0, 0, 1e9, 64},
  };
  return kPresets;
}

std::vector<std::string> simd_memory_names() {
  std::vector<std::string> names;
  for (const SimdMemoryPreset& preset : simd_memory_presets()) names.push_back(preset.name);
  return names;
}

SimdMemory simd_memory(const std::string& name, double clock_mhz, int bus_bytes) {
  for (const SimdMemoryPreset& preset : simd_memory_presets()) {
    if (name != preset.name) continue;
    SimdMemory memory;
    const auto cycles = [&](double ns) {
      return std::max(1, static_cast<int>(std::ceil(ns * clock_mhz / 1000 - 1e-9)));
    };
    memory.read_latency_cycles = cycles(preset.read_latency_ns);
    memory.write_latency_cycles = cycles(preset.write_latency_ns);
    memory.outstanding_reads = preset.outstanding_reads;
    const double interval = 256.0 * bus_bytes * clock_mhz / 1000 / preset.bytes_per_ns;
    memory.beat_interval_256 = std::max(256, static_cast<int>(std::ceil(interval - 1e-9)));
    return memory;
  }
  throw UserError("", "memory", "'" + name + "'", "ddr4, hbm, ideal");
}

SimdBurst next_burst(uint64_t address, int64_t beats_left, int bus_bytes, int burst_beats) {
  const uint64_t bytes = static_cast<uint64_t>(bus_bytes) * static_cast<uint64_t>(burst_beats);
  const uint64_t to_boundary = (bytes - address % bytes) / static_cast<uint64_t>(bus_bytes);
  return {address, static_cast<int>(std::min<int64_t>(beats_left, static_cast<int64_t>(to_boundary)))};
}

}  // namespace psaflow
