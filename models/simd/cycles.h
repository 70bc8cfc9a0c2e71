// When what happens: a program on the hardware, cycle by cycle where something is decided. Profile "rtl" is our own
// hardware, an exact formula of its sequencer; "vitis-hls-2023.1" the paper's build, calibrated on one of its figures.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "models/simd/mapping.h"
#include "models/simd/memory.h"

namespace psaflow {

// Cycles that the control takes, counted from the cycle in which the start register is written (cycle 0).
struct SimdControl {
  static constexpr int kFirstRequest = 1;    // of the program
  static constexpr int kProgramChecked = 2;  // from the program's last beat to the loader's first descriptor
  // From a descriptor's address to the first look at a ring: its beats, read from a memory of two registers.
  static int descriptor(int bus_bytes) { return 64 / bus_bytes + 2; }
  static constexpr int kLoadedToStart = 2;  // from the last beat for a pass to its first block
  static constexpr int kFreedToStart = 2;   // from a write's response to the block that may use the results' places
};

std::vector<std::string> simd_profile_names();

// One pass of one image.
struct SimdPassTimes {
  int64_t loaded = 0;     // the last beat of its parameters (the first pass's: and of its image) comes
  int64_t start = 0;      // its first block begins
  int64_t last_step = 0;  // of its last block
  int64_t retired = 0;    // its values are written, its places in the rings free
  int64_t wait = 0;  // of `start`: cycles later than the pass before and the gap allow (parameters, results' places)
  bool operator==(const SimdPassTimes& o) const {
    return loaded == o.loaded && start == o.start && last_step == o.last_step && retired == o.retired && wait == o.wait;
  }
};

struct SimdTimes {
  std::vector<SimdPassTimes> passes;  // image by image
  std::vector<int64_t> done;          // of each image: the response to the last write of its results
};

// Where the cycles of one image in the steady state go: every cycle is in one of a layer's five.
struct SimdLayerCycles {
  std::string name;
  SimdCore core = SimdCore::kCopy;
  int64_t load_beats = 0;
  int64_t compute = 0;  // steps: the tile takes operands
  int64_t idle = 0;     // blocks that are shorter than the tile is high, or than their constants are long
  int64_t drain = 0;    // waiting for the pass before to leave the pipeline (profile vitis: the drain after it)
  int64_t stall = 0;    // waiting for parameters, or for results to go out
};

struct SimdPrediction {
  int64_t latency_cycles = 0;  // from start to the first image's results in memory
  int64_t ii_cycles = 0;       // between images in the steady state
  int64_t total_cycles = 0;
  int64_t fixed_cycles = 0;             // profile vitis: an image's cycles beyond those of its layers
  std::vector<SimdLayerCycles> layers;  // a pass each
  SimdTimes times;                      // of the images (profile rtl)
  int64_t busy_cycles() const;          // of an image: sum of compute
};

// The least number of images that shows a steady state; of fewer no II is known.
constexpr size_t kSimdSteadyImages = 8;

// images >= 1. ii_cycles is 0 where there are fewer than kSimdSteadyImages.
SimdPrediction predict_simd(const SimdMapping& mapping, const SimdMemory& memory, const std::string& profile,
                            size_t images);

// II from the ends of images: the mean over the second half, rounded. 0: fewer than kSimdSteadyImages.
int64_t simd_interval(const std::vector<int64_t>& done);
// The layers' cycles, from the passes of the last image.
std::vector<SimdLayerCycles> simd_layer_cycles(const SimdMapping& mapping, const SimdTimes& times);

}  // namespace psaflow
