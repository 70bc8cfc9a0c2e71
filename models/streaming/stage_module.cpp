#include "models/streaming/stage_module.h"

#include "sw/base/error.h"

namespace psaflow::streaming {
namespace {

// Going to sleep and waking costs more than a few idle calls, and most waits last a cycle or two.
constexpr int kPatienceCycles = 8;

}  // namespace

StageModule::StageModule(sc_core::sc_module_name name, const Stage& stage, const TimingProfile& profile,
                         Heartbeat& heartbeat, int64_t fault_element, int kept_spans)
    : sc_module(name),
      stage_(stage),
      timing_(stage_timing(stage, profile)),
      function_(stage),
      heartbeat_(heartbeat),
      wake_event_("wake"),
      out_beats_(stage.out.beats()),
      capture_(static_cast<size_t>(stage.out.vectors) * static_cast<size_t>(stage.out.elements)),
      spans_(static_cast<size_t>(kept_spans)) {
  if (fault_element >= 0) {
    fault_beat_ = fault_element / stage.out.lanes;
    fault_lane_ = static_cast<int>(fault_element % stage.out.lanes);
  }
  for (size_t i = 0; i < stage.inputs.size(); ++i) ports_.emplace_back(("in" + std::to_string(i)).c_str());
  for (size_t i = 0; i < stage.outputs.size(); ++i) ports_.emplace_back(("out" + std::to_string(i)).c_str());
  SC_HAS_PROCESS(StageModule);
  SC_METHOD(step);
  sensitive << heartbeat.edge();
  dont_initialize();
}

void StageModule::connect(const std::vector<BeatFifo*>& inputs, const std::vector<BeatFifo*>& outputs) {
  inputs_ = inputs;
  outputs_ = outputs;
  for (size_t i = 0; i < inputs.size(); ++i) ports_[i].bind(*inputs[i]);
  for (size_t i = 0; i < outputs.size(); ++i) ports_[inputs.size() + i].bind(*outputs[i]);
}

void StageModule::step() {
  if (asleep_) {  // woken by a change that shows from the next cycle on
    asleep_ = false;
    idle_cycles_ = 0;
    if (stall_ != nullptr) *stall_ += heartbeat_.cycle() - settled_cycle_;
    return;
  }
  if (advance()) {
    heartbeat_.mark_active();
    idle_cycles_ = 0;
  } else if (++idle_cycles_ >= kPatienceCycles) {
    fall_asleep();
  }
}

void StageModule::fall_asleep() {
  for (const BeatFifo* f : inputs_) {
    if (f->changing()) return;
  }
  for (const BeatFifo* f : outputs_) {
    if (f->changing()) return;
  }
  for (BeatFifo* f : inputs_) f->wake_reader(this);
  for (BeatFifo* f : outputs_) f->wake_writer(this);
  asleep_ = true;
  settled_cycle_ = heartbeat_.cycle();
  next_trigger(wake_event_);
}

StallCounters StageModule::stalls() {
  if (asleep_) {  // the heartbeat already shows the cycle that is about to begin
    if (stall_ != nullptr) *stall_ += heartbeat_.cycle() - 1 - settled_cycle_;
    settled_cycle_ = heartbeat_.cycle() - 1;
  }
  return stalls_;
}

void StageModule::emit(const int8_t* beat) {
  const int lanes = stage_.out.lanes;
  int8_t* place = outputs_[0]->push();
  copy_lanes(beat, lanes, place);
  if (out_beat_ == fault_beat_) place[fault_lane_] ^= 1;
  if (outputs_.size() == 2) outputs_[1]->push(place);

  const bool kept = out_image_ < static_cast<int64_t>(spans_.size());
  if (out_beat_ == 0) {
    captured_ = capture_.image(out_image_);
    if (kept) spans_[static_cast<size_t>(out_image_)].first_out = heartbeat_.cycle();
  }
  copy_lanes(place, lanes, captured_ + out_beat_ * lanes);
  if (++out_beat_ == out_beats_) {
    if (kept) spans_[static_cast<size_t>(out_image_)].last_out = heartbeat_.cycle();
    out_beat_ = 0;
    ++out_image_;
  }
}

}  // namespace psaflow::streaming
