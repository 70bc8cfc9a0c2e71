// The test bench at both ends of the accelerator: the source offers patches, the sink takes logits. Both can hesitate,
// in a recorded way: the pauses are drawn a beat at a time from a seed, so another model of the same pipeline meets the
// same ones.
#pragma once
#include <functional>
#include <systemc>
#include <vector>

#include "models/plan/pauses.h"
#include "models/plan/stage.h"
#include "models/streaming/beat_fifo.h"
#include "models/streaming/heartbeat.h"

namespace psaflow::streaming {

// Pushes image after image: beat i is offered once pause i has passed since beat i - 1 went, and held until there is
// space.
class Source : public sc_core::sc_module, public Sleeper {
 public:
  // next_image(index): its patches in stream order, valid until the next call; null when there are no more.
  Source(sc_core::sc_module_name name, const StreamShape& shape, Heartbeat& heartbeat, Pauses pauses,
         std::function<const int8_t*(int64_t index)> next_image);
  void connect(BeatFifo& output);

  int64_t first_beat_cycle() const { return first_beat_cycle_; }
  void append_state(std::vector<int64_t>& state) const { state.push_back(beat_); }
  void wake() final { wake_event_.notify(sc_core::SC_ZERO_TIME); }

 private:
  void step();

  Heartbeat& heartbeat_;
  sc_core::sc_event wake_event_;
  sc_core::sc_port<BeatFifo> port_;
  BeatFifo* output_ = nullptr;
  Pauses pauses_;
  std::function<const int8_t*(int64_t)> next_image_;
  const int8_t* patches_ = nullptr;
  int64_t beat_ = 0, beats_, image_ = 0, pause_;
  int64_t first_beat_cycle_ = -1;
  int lanes_;
};

// Takes the logits of image after image: ready for beat i once pause i has passed since beat i - 1 was taken.
class Sink : public sc_core::sc_module, public Sleeper {
 public:
  Sink(sc_core::sc_module_name name, const StreamShape& shape, Heartbeat& heartbeat, Pauses pauses);
  void connect(BeatFifo& input);

  // Between cycles: how many images are complete, the cycle that completed the last one, and its logits.
  int64_t images() const { return images_; }
  int64_t last_beat_cycle() const { return last_beat_cycle_; }
  const int8_t* logits() const { return logits_.data(); }
  void append_state(std::vector<int64_t>& state) const { state.push_back(beat_); }
  void wake() final { wake_event_.notify(sc_core::SC_ZERO_TIME); }

 private:
  void step();

  Heartbeat& heartbeat_;
  sc_core::sc_event wake_event_;
  sc_core::sc_port<BeatFifo> port_;
  BeatFifo* input_ = nullptr;
  Pauses pauses_;
  std::vector<int8_t> logits_;
  int64_t beat_ = 0, beats_, images_ = 0, pause_;
  int64_t last_beat_cycle_ = -1;
  int lanes_;
};

}  // namespace psaflow::streaming
