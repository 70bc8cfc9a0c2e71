#include "models/simd/hardware.h"

#include <algorithm>

#include "models/simd/registers.h"

namespace psaflow {

const std::vector<SimdBuffer>& simd_buffers() {
  static const std::vector<SimdBuffer> kBuffers = {
      {"program_passes", "passes", "program", &SimdCapacities::programs, false},
      {"main_tiles", "tiles", "activations", &SimdCapacities::main_tiles, false},
      {"side_tiles", "tiles", "residuals", &SimdCapacities::side_tiles, false},
      {"input_beats", "beats", "images", &SimdCapacities::input_beats, true},
      {"constant_beats", "beats", "constants", &SimdCapacities::constant_beats, true},
      {"weight_beats", "beats", "weights", &SimdCapacities::weight_beats, true},
      {"table_beats", "beats", "tables", &SimdCapacities::table_beats, true},
      {"result_words", "words", "results", &SimdCapacities::result_words, true},
  };
  return kBuffers;
}

int64_t SimdHardware::bytes(int64_t SimdCapacities::*capacity) const {
  const int64_t count = capacities.*capacity;
  if (capacity == &SimdCapacities::main_tiles || capacity == &SimdCapacities::side_tiles) return count * tile_bytes();
  if (capacity == &SimdCapacities::result_words) return count * tile;
  if (capacity == &SimdCapacities::programs) return count * 64;
  return count * bus_bytes;
}

int simd_default_bus_bytes(int tile) {
  return tile <= 16 ? 16 : 2 * tile;
}

int SimdPipeline::block_cycles(int tile, int64_t steps) {
  return static_cast<int>(std::max<int64_t>(steps, std::max(tile, kConstants + 1)));
}

const char* to_string(SimdError error) {
  switch (error) {
    case SimdError::kNone:
      return "none";
    case SimdError::kReadResponse:
      return "the memory answered a read with an error";
    case SimdError::kWriteResponse:
      return "the memory answered a write with an error";
    case SimdError::kHeader:
      return "the program's magic, version, tile or bus width are not the hardware's";
    case SimdError::kPassCount:
      return "the number of passes is none, more than there is space for, or not the header's";
    case SimdError::kPass:
      return "a pass that the buffers cannot hold, or that makes no sense";
    case SimdError::kImageCount:
      return "no image to run";
  }
  return "";
}

}  // namespace psaflow
