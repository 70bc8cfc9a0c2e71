#include "models/streaming/passing_stage.h"

#include "sw/base/error.h"
#include "sw/golden/arithmetic.h"

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
  state.insert(state.end(), {vector_, element_, entering_ - leaving_});
  for (int64_t i = leaving_; i < entering_; ++i) state.push_back(exit_[static_cast<size_t>(i & mask_)] - local_cycle_);
}

void PassingStage::compute(const int8_t* a, const int8_t* r, int64_t /*vector*/, int element, int8_t* y) {
  function_.elements(a, r, element, static_cast<int>(lanes_), y);
}

void PassingStage::take(int8_t* y) {
  const int8_t* a = inputs_[0]->pop();
  const int8_t* r = inputs_.size() == 2 ? inputs_[1]->pop() : nullptr;
  compute(a, r, vector_, element_, y);
  element_ += static_cast<int>(lanes_);
  if (element_ == stage_.in.elements) {
    element_ = 0;
    if (++vector_ == stage_.in.vectors) vector_ = 0;
  }
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
    const bool carries =
        stage_.in.vectors - vector_ <= stage_.out.vectors;  // a pool gives nothing before the last vector
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

PoolStage::PoolStage(sc_core::sc_module_name name, const Stage& stage, const TimingProfile& profile,
                     Heartbeat& heartbeat, int64_t fault_element, int kept_spans)
    : PassingStage(name, stage, profile, heartbeat, fault_element, kept_spans),
      sum_(static_cast<size_t>(stage.in.elements)),
      shift_(tree_levels(stage.in.vectors)) {
  PSAFLOW_CHECK((1 << shift_) == stage.in.vectors, "a pool averages a power of two of tokens");
}

void PoolStage::compute(const int8_t* a, const int8_t* /*r*/, int64_t vector, int element, int8_t* y) {
  for (int i = 0; i < stage_.in.lanes; ++i) {
    int32_t& sum = sum_[static_cast<size_t>(element + i)];
    sum = (vector == 0 ? 0 : sum) + a[i];
    y[i] = sat8(round_shift(sum, shift_));
  }
}

}  // namespace psaflow::streaming
