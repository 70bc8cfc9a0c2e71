#include "models/streaming/endpoints.h"

namespace psaflow::streaming {

Source::Source(sc_core::sc_module_name name, const StreamShape& shape, Heartbeat& heartbeat, Pauses pauses,
               std::function<const int8_t*(int64_t)> next_image)
    : sc_module(name),
      heartbeat_(heartbeat),
      wake_event_("wake"),
      port_("out"),
      pauses_(std::move(pauses)),
      next_image_(std::move(next_image)),
      beats_(shape.beats()),
      pause_(pauses_.next()),
      lanes_(shape.lanes) {
  SC_HAS_PROCESS(Source);
  SC_METHOD(step);
  sensitive << heartbeat.edge();
  dont_initialize();
}

void Source::connect(BeatFifo& output) {
  output_ = &output;
  port_.bind(output);
}

void Source::step() {
  if (patches_ == nullptr) {
    patches_ = next_image_(image_);
    if (patches_ == nullptr) {  // no more images, ever
      next_trigger(wake_event_);
      return;
    }
  }
  if (pause_ > 0) {
    --pause_;
    heartbeat_.mark_active();
    return;
  }
  if (!output_->can_push()) {
    if (output_->changing()) return;
    output_->wake_writer(this);
    next_trigger(wake_event_);
    return;
  }
  if (first_beat_cycle_ < 0) first_beat_cycle_ = heartbeat_.cycle();
  output_->push(patches_ + beat_ * lanes_);
  heartbeat_.mark_active();
  pause_ = pauses_.next();
  if (++beat_ == beats_) {
    beat_ = 0;
    ++image_;
    patches_ = nullptr;
  }
}

Sink::Sink(sc_core::sc_module_name name, const StreamShape& shape, Heartbeat& heartbeat, Pauses pauses)
    : sc_module(name),
      heartbeat_(heartbeat),
      wake_event_("wake"),
      port_("in"),
      pauses_(std::move(pauses)),
      logits_(static_cast<size_t>(shape.beats()) * static_cast<size_t>(shape.lanes)),
      beats_(shape.beats()),
      pause_(pauses_.next()),
      lanes_(shape.lanes) {
  SC_HAS_PROCESS(Sink);
  SC_METHOD(step);
  sensitive << heartbeat.edge();
  dont_initialize();
}

void Sink::connect(BeatFifo& input) {
  input_ = &input;
  port_.bind(input);
}

void Sink::step() {
  if (pause_ > 0) {
    --pause_;
    heartbeat_.mark_active();
    return;
  }
  if (!input_->can_pop()) {
    if (input_->changing()) return;
    input_->wake_reader(this);
    next_trigger(wake_event_);
    return;
  }
  copy_lanes(input_->pop(), lanes_, logits_.data() + beat_ * lanes_);
  heartbeat_.mark_active();
  pause_ = pauses_.next();
  if (++beat_ == beats_) {
    beat_ = 0;
    ++images_;
    last_beat_cycle_ = heartbeat_.cycle();
  }
}

}  // namespace psaflow::streaming
