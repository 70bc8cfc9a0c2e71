#include "models/streaming/beat_fifo.h"

#include "sw/base/error.h"

namespace psaflow::streaming {

BeatFifo::BeatFifo(const char* name, int depth, int lanes, const int64_t& cycle)
    : sc_prim_channel(name), cycle_(cycle), depth_(depth), lanes_(lanes), data_(static_cast<size_t>(lanes)) {
  PSAFLOW_CHECK(depth >= 1 && lanes >= 1, "a FIFO holds something");
}

// The ring grows with the peak, so that a FIFO said to be deep costs memory only when it is.
void BeatFifo::grow_peak(int64_t beats) {
  most_ = beats;
  const size_t size = mask_ + 1;
  if (static_cast<size_t>(beats) <= size) return;
  const auto width = static_cast<size_t>(lanes_);
  std::vector<int8_t> bigger(size * 2 * width);
  const size_t new_mask = size * 2 - 1;
  for (int64_t i = popped_; i < pushed_; ++i) {
    std::memcpy(bigger.data() + (static_cast<size_t>(i) & new_mask) * width, slot(i), width);
  }
  data_.swap(bigger);
  mask_ = new_mask;
}

}  // namespace psaflow::streaming
