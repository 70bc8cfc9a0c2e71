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

// What both ends share: they work a beat at a time, one step a cycle, and pause between beats.
class Endpoint : public sc_core::sc_module, public Sleeper {
 public:
  void connect(BeatFifo& fifo);
  void append_state(std::vector<int64_t>& state) const { state.push_back(beat_); }
  void wake() final { wake_event_.notify(sc_core::SC_ZERO_TIME); }

 protected:
  Endpoint(sc_core::sc_module_name name, const char* port, const StreamShape& shape, Heartbeat& heartbeat,
           Pauses pauses);
  // A pause goes on for a cycle; false: there is none.
  bool hesitates();
  // To be woken by the FIFO; at once, where it changes in this cycle.
  void sleep(void (BeatFifo::*ask)(Sleeper*));
  // This beat went; true: it was the image's last.
  bool next_beat();

  Heartbeat& heartbeat_;
  sc_core::sc_event wake_event_;
  BeatFifo* fifo_ = nullptr;
  int64_t beat_ = 0;
  int lanes_;

 private:
  virtual void step() = 0;

  sc_core::sc_port<BeatFifo> port_;
  Pauses pauses_;
  int64_t beats_, pause_;
};

// Pushes image after image: beat i is offered once pause i has passed since beat i - 1 went, and held until there is
// space.
class Source final : public Endpoint {
 public:
  // next_image(index): its patches in stream order, valid until the next call; null when there are no more.
  Source(sc_core::sc_module_name name, const StreamShape& shape, Heartbeat& heartbeat, Pauses pauses,
         std::function<const int8_t*(int64_t index)> next_image);

  int64_t first_beat_cycle() const { return first_beat_cycle_; }

 private:
  void step() override;

  std::function<const int8_t*(int64_t)> next_image_;
  const int8_t* patches_ = nullptr;
  int64_t image_ = 0, first_beat_cycle_ = -1;
};

// Takes the logits of image after image: ready for beat i once pause i has passed since beat i - 1 was taken.
class Sink final : public Endpoint {
 public:
  Sink(sc_core::sc_module_name name, const StreamShape& shape, Heartbeat& heartbeat, Pauses pauses);

  // Between cycles: how many images are complete, the cycle that completed the last one, and its logits.
  int64_t images() const { return images_; }
  int64_t last_beat_cycle() const { return last_beat_cycle_; }
  const int8_t* logits() const { return logits_.data(); }

 private:
  void step() override;

  std::vector<int8_t> logits_;
  int64_t images_ = 0, last_beat_cycle_ = -1;
};

}  // namespace psaflow::streaming
