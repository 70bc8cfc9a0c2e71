#include "models/simd/hazards.h"

#include <algorithm>
#include <map>

namespace psaflow {
namespace {

// When tiles become readable, in cycles of a schedule without any wait for memory.
class Written {
 public:
  void set(uint32_t first, int64_t tile, int64_t cycle) {
    at_[first + tile] = cycle;
    latest_ = std::max(latest_, cycle);
  }
  int64_t at(int64_t tile) const {
    const auto found = at_.find(tile);
    return found == at_.end() ? 0 : found->second;
  }
  int64_t latest() const { return latest_; }

 private:
  std::map<int64_t, int64_t> at_;
  int64_t latest_ = 0;
};

}  // namespace

void settle_gaps(SimdProgram& program) {
  const int64_t tile = program.tile;
  Written main, side;
  int64_t free = 0;  // the first cycle in which the next pass could issue
  for (SimdPass& pass : program.passes) {
    const int64_t idle = pass.block_cycles - int64_t{pass.steps};  // before a block's first step
    int64_t start = free;
    for (int64_t block = 0; block < pass.blocks(); ++block) {
      const int64_t begin = block * pass.block_cycles;
      if (start + begin > std::max(main.latest(), side.latest())) break;
      const int64_t row = block / pass.col_blocks, col = block % pass.col_blocks;
      if (!pass.from_input) {
        for (int64_t k = 0; k < pass.steps; k += tile) {
          const int64_t across = pass.diagonal ? col : k / tile;
          const int64_t source =
              pass.over_tokens ? k / tile * pass.source_row_tiles + col : row * pass.source_row_tiles + across;
          start = std::max(start, main.at(pass.source_tile + source) - (begin + idle + k));
        }
      }
      if (pass.add) {
        const int64_t last = begin + pass.block_cycles - 1;
        start = std::max(start, side.at(pass.residual_tile + block) - (last + SimdPipeline::kSideRead));
      }
    }
    pass.gap_cycles = static_cast<uint32_t>(start - free);
    for (int64_t block = 0; block < pass.blocks(); ++block) {
      const int64_t last = start + (block + 1) * pass.block_cycles - 1;
      if (pass.to_main) main.set(pass.main_tile, block, last + SimdPipeline::kMainWrite + tile);
      if (pass.to_side) side.set(pass.side_tile, block, last + SimdPipeline::kSideWrite + 1);
    }
    free = start + pass.issue_cycles();
  }
}

}  // namespace psaflow
