#include "tests/rtl/stage_clock.h"

#include <algorithm>

#include "sw/base/error.h"

namespace psaflow::test {
namespace {

// The contract's numbers, from models/streaming/README.md and the table of rtl_gen/lib/README.md, and on purpose not from
// stage_timing(): if that and a leaf should change together, they no longer agree with what is written.
struct Contract {
  bool buffered = false;
  bool rigid = false;       // where buffered: no beat is taken while the pipeline stands still
  int pipeline_cycles = 0;  // registers
  int64_t beats_in = 0;     // of a unit: of a linear stage a vector, of all others an image
  int64_t beats_out = 0;    // of the same; used where passing
  int64_t steps = 0;        // of a unit; used where buffered
  int64_t steps_a_result = 1;
  int beats_a_result = 1;
};

int ceil_div(int a, int b) {
  return (a + b - 1) / b;
}

// Cycles that a sum is on its way down the DSP cascades, beyond one slice's own.
int drain(const Stage& stage) {
  const int lanes = stage.simd == stage.in.elements ? stage.in.lanes : 1, beats = stage.simd / lanes;
  const int pieces = ceil_div(beats, stage.packed ? 7 : 16), rows = ceil_div(beats, pieces), columns = lanes * pieces;
  if (stage.packed) return rows - 1 + 2 + ceil_div(columns, 2);  // pre-adder, operand, and a cycle for two columns
  return rows - 1 + 2 * (columns - 1);
}

Contract linear_contract(const Stage& stage) {
  const int k = stage.in.elements, m = stage.out.elements, lanes_out = stage.out.lanes;
  Contract c;
  c.buffered = true;
  const bool adds_slices = stage.simd < k && !stage.packed;
  c.pipeline_cycles = 6 + drain(stage) + (adds_slices ? 1 : 0);  // the vector's completion lies before the first step
  c.rigid = true;
  c.beats_in = k / stage.in.lanes;
  c.beats_a_result = std::max(1, stage.pe / lanes_out);
  c.steps_a_result = std::max<int64_t>(k / stage.simd * std::max(1, lanes_out / stage.pe), c.beats_a_result);
  c.steps = m / std::max(stage.pe, lanes_out) * c.steps_a_result;
  return c;
}

Contract contract_of(const Stage& stage) {
  Contract c;
  c.beats_in = int64_t{stage.in.vectors} * (stage.in.elements / stage.in.lanes);
  c.beats_out = int64_t{stage.out.vectors} * (stage.out.elements / stage.out.lanes);
  switch (stage.kind) {
    case StageKind::kLinear:
      return linear_contract(stage);
    case StageKind::kTranspose:
      c.buffered = true;
      c.pipeline_cycles = 2;  // and the bank's completion before it
      c.steps = c.beats_in;
      break;
    case StageKind::kPatches:  // of channels together strip by strip, of planes an image
      c.buffered = true;
      c.pipeline_cycles = 2;
      if (!stage.patches()->planar) c.beats_in /= stage.patches()->height / stage.patches()->patch;
      c.steps = c.beats_in;
      break;
    case StageKind::kAffine:
      c.pipeline_cycles = 5;
      break;
    case StageKind::kTable:
      c.pipeline_cycles = stage.table()->points == 256 ? 2 : 6;
      break;
    case StageKind::kAdd:
      c.pipeline_cycles = 1;
      break;
    case StageKind::kPool:
    case StageKind::kArgMax:
      c.pipeline_cycles = 2;
      break;
    case StageKind::kFork:
      break;  // none; stream_test.cpp has a clock of its own for it
  }
  return c;
}

class PassingClock final : public StageClock {
 public:
  explicit PassingClock(const Contract& contract)
      : contract_(contract), pipe_(static_cast<size_t>(contract.pipeline_cycles), false) {}
  bool out_valid() const override { return pipe_.back(); }
  bool in_ready(bool out_ready) const override { return !pipe_.back() || out_ready; }
  void tick(bool in_valid, bool out_ready) override {
    if (!in_ready(out_ready)) return;
    pipe_.pop_back();
    pipe_.insert(pipe_.begin(), in_valid && beat_ >= contract_.beats_in - contract_.beats_out);
    if (in_valid && ++beat_ == contract_.beats_in) beat_ = 0;
  }

 private:
  Contract contract_;
  std::vector<bool> pipe_;  // back: the output register
  int64_t beat_ = 0;
};

class BufferedClock final : public StageClock {
 public:
  explicit BufferedClock(const Contract& contract)
      : contract_(contract), pipe_(static_cast<size_t>(contract.pipeline_cycles), false) {}
  bool out_valid() const override { return gear() ? gear_left_ > 0 : pipe_.back(); }
  bool in_ready(bool out_ready) const override { return !full_[write_] && (!contract_.rigid || moves(out_ready)); }
  void tick(bool in_valid, bool out_ready) override {
    const bool gear_free = is_gear_free(out_ready), moves = this->moves(out_ready);
    const bool step = moves && full_[read_];
    const bool take = in_valid && in_ready(out_ready);
    if (gear()) {
      if (gear_free) {
        gear_left_ = pipe_.back() ? contract_.beats_a_result : 0;
      } else if (out_ready) {
        --gear_left_;
      }
    }
    if (moves) {
      pipe_.pop_back();
      pipe_.insert(pipe_.begin(), step && (step_ + 1) % contract_.steps_a_result == 0);
    }
    if (take && ++collected_ == contract_.beats_in) {
      collected_ = 0;
      full_[write_] = true;
      write_ = 1 - write_;
    }
    if (step && ++step_ == contract_.steps) {
      step_ = 0;
      full_[read_] = false;
      read_ = 1 - read_;
    }
  }

 private:
  bool gear() const { return contract_.beats_a_result > 1; }
  bool is_gear_free(bool out_ready) const { return gear_left_ == 0 || (gear_left_ == 1 && out_ready); }
  bool moves(bool out_ready) const { return !pipe_.back() || (gear() ? is_gear_free(out_ready) : out_ready); }

  Contract contract_;
  std::vector<bool> pipe_;  // does a result's last step lie here
  bool full_[2] = {false, false};
  int write_ = 0, read_ = 0, gear_left_ = 0;
  int64_t collected_ = 0, step_ = 0;
};

}  // namespace

std::unique_ptr<StageClock> make_stage_clock(const Stage& stage) {
  const Contract contract = contract_of(stage);
  PSAFLOW_CHECK(contract.pipeline_cycles > 0, "a stage with a pipeline");
  if (contract.buffered) return std::make_unique<BufferedClock>(contract);
  return std::make_unique<PassingClock>(contract);
}

}  // namespace psaflow::test
