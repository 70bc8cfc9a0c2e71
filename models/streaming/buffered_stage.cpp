#include "models/streaming/buffered_stage.h"

namespace psaflow::streaming {

BufferedStage::BufferedStage(sc_core::sc_module_name name, const Stage& stage, const TimingProfile& profile,
                             Heartbeat& heartbeat, int64_t fault_element, int kept_spans)
    : StageModule(name, stage, profile, heartbeat, fault_element, kept_spans),
      beat_bytes_in_(static_cast<size_t>(stage.in.lanes)),
      beat_bytes_out_(static_cast<size_t>(stage.out.lanes)),
      result_bytes_(beat_bytes_out_ * static_cast<size_t>(timing_.beats_per_result)),
      gear_(result_bytes_) {
  for (auto& bank : bank_) bank.resize(static_cast<size_t>(timing_.beats_in) * beat_bytes_in_);
  int64_t size = 1;
  while (size < timing_.pipeline_cycles + 1) size *= 2;
  mask_ = size - 1;
  exit_.resize(static_cast<size_t>(size));
  data_.resize(static_cast<size_t>(size) * result_bytes_);
}

void BufferedStage::append_state(std::vector<int64_t>& state) const {
  // Which of the banks is which does not matter: they are alike.
  state.insert(state.end(), {collected_, collect_bubble_, complete_, step_, results_, compute_bubble_, gear_left_,
                             gear_results_, gear_bubble_, entering_ - leaving_});
  for (int64_t i = leaving_; i < entering_; ++i) state.push_back(exit_[static_cast<size_t>(i & mask_)] - local_cycle_);
}

// All parts see the state at the cycle's start, but for two that hand over within it: the gearbox takes a result in the
// cycle in which it emits the last beat of the one before, and the pipeline moves in the cycle in which its head
// leaves.
bool BufferedStage::advance() {
  const int complete_units = complete_;
  const bool gear_waits = gear_left_ > 0;
  const bool geared = emit_gear();
  bool stands = false;
  const bool left = leave(stands);
  bool computed = false;
  if (!stands) {
    const bool in_flight = entering_ != leaving_;
    computed = complete_units > 0 && compute();
    if (compute_bubble_ > 0 && !computed) {
      --compute_bubble_;
      computed = true;
    }
    computed = computed || in_flight;
    ++local_cycle_;
  }
  const bool collected = !(stands && timing_.rigid) && collect(complete_units);
  if (stands || (gear_waits && !geared)) {
    blocked();
  } else if (!collected && !computed && !geared && !left) {
    starved();
  } else {
    not_stalled();
  }
  return geared || left || computed || collected;
}

bool BufferedStage::emit_gear() {
  if (gear_bubble_ > 0) {
    --gear_bubble_;
    return true;
  }
  if (gear_left_ == 0 || !outputs_[0]->can_push()) return false;
  emit(gear_.data() + static_cast<size_t>(timing_.beats_per_result - gear_left_) * beat_bytes_out_);
  if (--gear_left_ == 0 && ++gear_results_ == timing_.results) {
    gear_results_ = 0;
    gear_bubble_ = timing_.bubble_cycles;
  }
  return true;
}

// The head of the pipeline, if it has arrived, leaves; stands: it cannot.
bool BufferedStage::leave(bool& stands) {
  if (entering_ == leaving_ || exit_[static_cast<size_t>(leaving_ & mask_)] != local_cycle_) return false;
  if (timing_.beats_per_result > 1) {
    stands = gear_left_ > 0 || gear_bubble_ > 0;
    if (stands) return false;
    std::memcpy(gear_.data(), slot(leaving_), result_bytes_);
    gear_left_ = timing_.beats_per_result;
  } else {
    stands = !outputs_[0]->can_push();
    if (stands) return false;
    emit(slot(leaving_));
  }
  ++leaving_;
  return true;
}

bool BufferedStage::compute() {
  if (compute_bubble_ > 0) return false;
  if (step_ == 0) {
    begin(bank_[static_cast<size_t>(computing_)].data());
    steps_to_result_ = timing_.steps_per_result();
  }
  ++step_;
  if (--steps_to_result_ == 0) {
    steps_to_result_ = timing_.steps_per_result();
    result(results_++, slot(entering_));
    exit_[static_cast<size_t>(entering_ & mask_)] = local_cycle_ + timing_.pipeline_cycles;
    ++entering_;
  }
  if (step_ == timing_.steps) {
    step_ = results_ = 0;
    computing_ ^= 1;
    --complete_;
    compute_bubble_ = timing_.bubble_cycles;
  }
  return true;
}

bool BufferedStage::collect(int complete_units) {
  if (collect_bubble_ > 0) {
    --collect_bubble_;
    return true;
  }
  if (complete_units == 2 || !inputs_[0]->can_pop()) return false;
  copy_lanes(inputs_[0]->pop(), static_cast<int>(beat_bytes_in_),
             bank_[static_cast<size_t>(filling_)].data() + static_cast<size_t>(collected_) * beat_bytes_in_);
  if (++collected_ == timing_.beats_in) {
    collected_ = 0;
    filling_ ^= 1;
    ++complete_;
    collect_bubble_ = timing_.bubble_cycles;
  }
  return true;
}

void LinearStage::begin(const int8_t* bank) {
  function_.vector(bank, vector_.data(), workspace_);
}

void LinearStage::result(int64_t index, int8_t* y) {
  const auto bytes = static_cast<size_t>(stage_.out.lanes) * static_cast<size_t>(timing_.beats_per_result);
  std::memcpy(y, vector_.data() + static_cast<size_t>(index) * bytes, bytes);
}

void TransposeStage::result(int64_t index, int8_t* y) {
  const int64_t element = index * stage_.out.lanes;  // of the output image
  const int64_t row = element % stage_.out.elements, column = element / stage_.out.elements;
  for (int i = 0; i < stage_.out.lanes; ++i) y[i] = bank_[(row + i) * stage_.in.elements + column];
}

// One strip lies in its part of the image as the first one does.
void PatchesStage::result(int64_t index, int8_t* y) {
  const int lanes = stage_.out.lanes;
  for (int i = 0; i < lanes; ++i) y[i] = bank_[stage_.patches()->source(index * lanes + i)];
}

}  // namespace psaflow::streaming
