#include "models/streaming/passing_stage.h"

namespace psaflow::streaming {

PassingStage::PassingStage(sc_core::sc_module_name name, const Stage& stage, const TimingProfile& profile,
                           Heartbeat& heartbeat, int64_t fault_element, int kept_spans)
    : StageModule(name, stage, profile, heartbeat, fault_element, kept_spans),
      lanes_(static_cast<size_t>(stage.in.lanes)) {
  int64_t size = 1;
  while (size < timing_.pipeline_cycles + 1) size *= 2;
  mask_ = size - 1;
  exit_.resize(static_cast<size_t>(size));
  data_.resize(static_cast<size_t>(size) * lanes_);
}

void PassingStage::append_state(std::vector<int64_t>& state) const {
  state.insert(state.end(), {in_image_, entering_ - leaving_});
  for (int64_t i = leaving_; i < entering_; ++i) state.push_back(exit_[static_cast<size_t>(i & mask_)] - local_cycle_);
}

void PassingStage::take(int8_t* y) {
  const int8_t* a = inputs_[0]->pop();
  const int8_t* r = inputs_.size() == 2 ? inputs_[1]->pop() : nullptr;
  const int64_t beats = stage_.in.beats_per_vector();
  function_.beat(a, r, in_image_ / beats, static_cast<int>(in_image_ % beats) * stage_.in.lanes, state_, y);
  if (++in_image_ == timing_.beats_in) in_image_ = 0;
}

bool PassingStage::advance() {
  if (timing_.pipeline_cycles == 0) {  // no register: from FIFO to FIFO in one cycle
    if (!input_ready()) return starved(), false;
    if (!can_emit()) return blocked(), false;
    not_stalled();
    take(slot(0));
    emit(slot(0));
    return true;
  }
  bool moving = entering_ != leaving_;
  if (moving && exit_[static_cast<size_t>(leaving_ & mask_)] == local_cycle_) {
    if (!can_emit()) return blocked(), false;
    emit(slot(leaving_));
    ++leaving_;
  }
  if (input_ready()) {
    not_stalled();
    const bool carries = in_image_ >= timing_.beats_in - timing_.results;  // the others are summed up
    take(slot(entering_));
    if (carries) {
      exit_[static_cast<size_t>(entering_ & mask_)] = local_cycle_ + timing_.pipeline_cycles;
      ++entering_;
    }
    moving = true;
  } else {
    starved();
  }
  ++local_cycle_;
  return moving;
}

}  // namespace psaflow::streaming
