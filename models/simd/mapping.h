// A network on the fixed-size accelerator: its layer program, where every value lives, the memory image with all
// parameters, and what of it does not fit.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/simd/fusion.h"
#include "models/simd/program.h"

namespace psaflow {

struct SimdOptions {
  int tile = 16;                 // one of kSimdTiles
  std::optional<int> bus_bytes;  // unset: simd_default_bus_bytes()
  int burst_beats = 64, outstanding_reads = 8;
  std::map<std::string, int64_t> capacities;     // by SimdBuffer::key; unset: the least that hold the network
  std::string profile = "rtl", memory = "ddr4";  // whose cycles, and what stands behind the memory port
};

// The layout of a matrix that goes in or out: in words of `tile` bytes.
struct SimdMapping {
  SimdHardware hardware;
  SimdFusion fusion;  // one step a pass
  SimdProgram program;
  std::vector<uint8_t> image;  // what lies in DRAM from the program's address on: program, then parameters
  bool tables = false;         // some pass needs the table units
  int classes = 0;             // values of an image's answer

  // Cycles that a tile without edges, fills and other layers' work would take: MACs of the linear layers / T^2.
  int64_t useful_cycles(const Network& network) const;
};

// A mapping, or what stands against it. Paths are the keys of a scenario's accelerator section, or "model".
struct SimdPlan {
  std::optional<SimdMapping> mapping;
  std::vector<Finding> findings;
};

// The network must verify(); the mapping keeps nothing of it.
SimdPlan plan_simd(const Network& network, const SimdOptions& options);

// What AXI bursts do not cross, and where the parts of memory begin.
constexpr int kSimdPageBytes = 4096;

// Byte addresses of a run, the program at 0: of the first image, the first results, and what lies behind them.
struct SimdAddresses {
  uint64_t input, result, end;
};
SimdAddresses simd_addresses(const SimdProgram& program, uint64_t program_bytes, uint64_t images);

// An image's [T, F] as it lies in DRAM (program.image_bytes), and the answer from what the accelerator wrote
// (program.result_bytes): [rows, cols] of the network's output, row-major.
void pack_simd_image(const Network& network, const SimdMapping& mapping, const int8_t* values, uint8_t* bytes);
void unpack_simd_result(const SimdMapping& mapping, const uint8_t* bytes, int8_t* values);

}  // namespace psaflow
