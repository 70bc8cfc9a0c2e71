// Stages that handle beat by beat: affine, table, add, fork and pool. A rigid pipeline: it moves as a whole, and stands
// still as a whole in a cycle in which its last register holds a beat that an output FIFO has no space for.
#pragma once
#include "models/streaming/stage_module.h"

namespace psaflow::streaming {

class PassingStage final : public StageModule {
 public:
  PassingStage(sc_core::sc_module_name name, const Stage& stage, const TimingProfile& profile, Heartbeat& heartbeat,
               int64_t fault_element, int kept_spans);
  void append_state(std::vector<int64_t>& state) const override;

 private:
  bool advance() final;
  bool input_ready() const { return inputs_[0]->can_pop() && (inputs_.size() == 1 || inputs_[1]->can_pop()); }
  void take(int8_t* y);
  int8_t* slot(int64_t index) { return data_.data() + static_cast<size_t>(index & mask_) * lanes_; }

  size_t lanes_;
  int64_t mask_;
  // Beats in the pipeline: [leaving_, entering_) of a ring; exit_ is the local time (cycles not stood still) of
  // leaving.
  int64_t entering_ = 0, leaving_ = 0, local_cycle_ = 0;
  std::vector<int64_t> exit_;
  std::vector<int8_t> data_;
  int64_t in_image_ = 0;  // input beats of the image
  StageFunction::State state_;
};

}  // namespace psaflow::streaming
