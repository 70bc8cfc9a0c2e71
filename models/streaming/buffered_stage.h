// Stages that need a whole unit before they can begin: linear (a vector), transpose (an image), patches (a strip of them). Two input banks: one
// is computed from, step by step through a rigid pipeline, while the other fills.
#pragma once
#include <array>

#include "models/streaming/stage_module.h"

namespace psaflow::streaming {

class BufferedStage : public StageModule {
 public:
  BufferedStage(sc_core::sc_module_name name, const Stage& stage, const TimingProfile& profile, Heartbeat& heartbeat,
                int64_t fault_element, int kept_spans);
  void append_state(std::vector<int64_t>& state) const override;

 protected:
  // A unit is complete in `bank`, its first step is about to be done.
  virtual void begin(const int8_t* bank) = 0;
  // Result `index` of that unit, beats_per_result beats.
  virtual void result(int64_t index, int8_t* y) = 0;

 private:
  bool advance() final;
  bool emit_gear();
  bool leave(bool& stands);
  bool compute();
  bool collect(int complete_units);

  int8_t* slot(int64_t index) { return data_.data() + static_cast<size_t>(index & mask_) * result_bytes_; }

  size_t beat_bytes_in_, beat_bytes_out_, result_bytes_;
  // Collecting.
  std::array<std::vector<int8_t>, 2> bank_;
  int filling_ = 0;             // bank
  int64_t collected_ = 0;       // beats of the unit
  int64_t collect_bubble_ = 0;  // cycles left
  int complete_ = 0;            // units complete and not yet computed, 0..2
  // Computing.
  int computing_ = 0;  // bank
  int64_t step_ = 0, results_ = 0, steps_to_result_ = 0;
  int64_t compute_bubble_ = 0;
  // In the pipeline: [leaving_, entering_) of a ring, as in a passing stage.
  int64_t entering_ = 0, leaving_ = 0, local_cycle_ = 0, mask_;
  std::vector<int64_t> exit_;
  std::vector<int8_t> data_;
  // The gearbox, for results wider than a beat.
  std::vector<int8_t> gear_;
  int gear_left_ = 0;  // beats
  int64_t gear_results_ = 0, gear_bubble_ = 0;
};

class LinearStage final : public BufferedStage {
 public:
  using BufferedStage::BufferedStage;

 private:
  void begin(const int8_t* bank) override;
  void result(int64_t index, int8_t* y) override;
  std::vector<int8_t> vector_ = std::vector<int8_t>(static_cast<size_t>(stage_.out.elements));
  Workspace workspace_;
};

class TransposeStage final : public BufferedStage {
 public:
  using BufferedStage::BufferedStage;

 private:
  void begin(const int8_t* bank) override { bank_ = bank; }
  void result(int64_t index, int8_t* y) override;
  const int8_t* bank_ = nullptr;
};

class PatchesStage final : public BufferedStage {
 public:
  using BufferedStage::BufferedStage;

 private:
  void begin(const int8_t* bank) override { bank_ = bank; }
  void result(int64_t index, int8_t* y) override;
  const int8_t* bank_ = nullptr;
};

}  // namespace psaflow::streaming
