#include "tests/rtl/stage_clock.h"

namespace psaflow::test {
namespace {

class PassingClock final : public StageClock {
 public:
  explicit PassingClock(const StageTiming& timing)
      : timing_(timing), pipe_(static_cast<size_t>(timing.pipeline_cycles), false) {}
  bool out_valid() const override { return pipe_.back(); }
  bool in_ready(bool out_ready) const override { return !pipe_.back() || out_ready; }
  void tick(bool in_valid, bool out_ready) override {
    if (!in_ready(out_ready)) return;
    pipe_.pop_back();
    pipe_.insert(pipe_.begin(), in_valid && beat_ >= timing_.beats_in - timing_.results);
    if (in_valid && ++beat_ == timing_.beats_in) beat_ = 0;
  }

 private:
  StageTiming timing_;
  std::vector<bool> pipe_;  // back: the output register
  int64_t beat_ = 0;
};

class BufferedClock final : public StageClock {
 public:
  explicit BufferedClock(const StageTiming& timing)
      : timing_(timing), pipe_(static_cast<size_t>(timing.pipeline_cycles), false) {}
  bool out_valid() const override { return gear() ? gear_left_ > 0 : pipe_.back(); }
  bool in_ready(bool) const override { return !full_[write_]; }
  void tick(bool in_valid, bool out_ready) override {
    const bool gear_free = gear_left_ == 0 || (gear_left_ == 1 && out_ready);
    const bool moves = !pipe_.back() || (gear() ? gear_free : out_ready);
    const bool step = moves && full_[read_];
    const bool take = in_valid && in_ready(out_ready);
    if (gear()) {
      if (gear_free) {
        gear_left_ = pipe_.back() ? timing_.beats_per_result : 0;
      } else if (out_ready) {
        --gear_left_;
      }
    }
    if (moves) {
      pipe_.pop_back();
      pipe_.insert(pipe_.begin(), step && (step_ + 1) % timing_.steps_per_result() == 0);
    }
    if (take && ++collected_ == timing_.beats_in) {
      collected_ = 0;
      full_[write_] = true;
      write_ = 1 - write_;
    }
    if (step && ++step_ == timing_.steps) {
      step_ = 0;
      full_[read_] = false;
      read_ = 1 - read_;
    }
  }

 private:
  bool gear() const { return timing_.beats_per_result > 1; }

  StageTiming timing_;
  std::vector<bool> pipe_;  // does a result's last step lie here
  bool full_[2] = {false, false};
  int write_ = 0, read_ = 0, gear_left_ = 0;
  int64_t collected_ = 0, step_ = 0;
};

}  // namespace

std::unique_ptr<StageClock> make_stage_clock(const Stage& stage) {
  const StageTiming timing = stage_timing(stage, timing_profile("rtl"));
  if (timing.buffered) return std::make_unique<BufferedClock>(timing);
  return std::make_unique<PassingClock>(timing);
}

}  // namespace psaflow::test
