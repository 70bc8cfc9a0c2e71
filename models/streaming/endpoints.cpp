#include "models/streaming/endpoints.h"

namespace psaflow::streaming {

Endpoint::Endpoint(sc_core::sc_module_name name, const char* port, const StreamShape& shape, Heartbeat& heartbeat,
                   Pauses pauses)
    : sc_module(name),
      heartbeat_(heartbeat),
      wake_event_("wake"),
      lanes_(shape.lanes),
      port_(port),
      pauses_(std::move(pauses)),
      beats_(shape.beats()),
      pause_(pauses_.next()) {
  SC_HAS_PROCESS(Endpoint);
  SC_METHOD(step);
  sensitive << heartbeat.edge();
  dont_initialize();
}

void Endpoint::connect(BeatFifo& fifo) {
  fifo_ = &fifo;
  port_.bind(fifo);
}

bool Endpoint::hesitates() {
  if (pause_ == 0) return false;
  --pause_;
  heartbeat_.mark_active();
  return true;
}

void Endpoint::sleep(void (BeatFifo::*ask)(Sleeper*)) {
  if (fifo_->changing()) return;
  (fifo_->*ask)(this);
  next_trigger(wake_event_);
}

bool Endpoint::next_beat() {
  heartbeat_.mark_active();
  pause_ = pauses_.next();
  if (++beat_ < beats_) return false;
  beat_ = 0;
  return true;
}

Source::Source(sc_core::sc_module_name name, const StreamShape& shape, Heartbeat& heartbeat, Pauses pauses,
               std::function<const int8_t*(int64_t)> next_image)
    : Endpoint(name, "out", shape, heartbeat, std::move(pauses)), next_image_(std::move(next_image)) {}

void Source::step() {
  if (patches_ == nullptr) {
    patches_ = next_image_(image_);
    if (patches_ == nullptr) {  // no more images, ever
      next_trigger(wake_event_);
      return;
    }
  }
  if (hesitates()) return;
  if (!fifo_->can_push()) return sleep(&BeatFifo::wake_writer);
  if (first_beat_cycle_ < 0) first_beat_cycle_ = heartbeat_.cycle();
  fifo_->push(patches_ + beat_ * lanes_);
  if (next_beat()) {
    ++image_;
    patches_ = nullptr;
  }
}

Sink::Sink(sc_core::sc_module_name name, const StreamShape& shape, Heartbeat& heartbeat, Pauses pauses)
    : Endpoint(name, "in", shape, heartbeat, std::move(pauses)),
      logits_(static_cast<size_t>(shape.beats()) * static_cast<size_t>(shape.lanes)) {}

void Sink::step() {
  if (hesitates()) return;
  if (!fifo_->can_pop()) return sleep(&BeatFifo::wake_reader);
  copy_lanes(fifo_->pop(), lanes_, logits_.data() + beat_ * lanes_);
  if (next_beat()) {
    ++images_;
    last_beat_cycle_ = heartbeat_.cycle();
  }
}

}  // namespace psaflow::streaming
