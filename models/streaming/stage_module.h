// What every stage of the accelerator shares: ports, the clocked process that sleeps while nothing can change, the
// output side (fault, capture, time stamps) and the statistics.
#pragma once
#include <deque>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "models/plan/stage.h"
#include "models/plan/stage_function.h"
#include "models/plan/stage_timing.h"
#include "models/streaming/beat_fifo.h"
#include "models/streaming/heartbeat.h"
#include "models/streaming/output_capture.h"

namespace psaflow::streaming {

struct StageSpan {  // of one image: cycles of the stage's first and last output beat
  int64_t first_out = -1, last_out = -1;
};

struct StallCounters {  // cycles since the start
  int64_t in = 0;       // nothing to work on, for want of input
  int64_t out = 0;      // a result waits for space
};

class StageModule : public sc_core::sc_module, public Sleeper {
 public:
  // fault_element: the output element (stream order) whose bit 0 is flipped in every image, -1 for none.
  // kept_spans: how many images' spans are kept.
  StageModule(sc_core::sc_module_name name, const Stage& stage, const TimingProfile& profile, Heartbeat& heartbeat,
              int64_t fault_element, int kept_spans);

  void connect(const std::vector<BeatFifo*>& inputs, const std::vector<BeatFifo*>& outputs);

  const Stage& stage() const { return stage_; }
  const StageTiming& timing() const { return timing_; }
  const std::vector<StageSpan>& spans() const { return spans_; }
  OutputCapture& capture() { return capture_; }
  StallCounters stalls();                                     // between cycles
  bool is_blocked() const { return stall_ == &stalls_.out; }  // in the last cycle: a result waited for space

  // Everything that decides when beats move from now on, and nothing else; between cycles.
  virtual void append_state(std::vector<int64_t>& state) const = 0;

  void wake() final { wake_event_.notify(sc_core::SC_ZERO_TIME); }

 protected:
  // One cycle. True when it changed the state; false promises that the next cycle does nothing either unless a FIFO
  // changes.
  virtual bool advance() = 0;

  bool can_emit() const { return outputs_[0]->can_push() && (outputs_.size() == 1 || outputs_[1]->can_push()); }
  void emit(const int8_t* beat);

  void starved() { stall_ = &stalls_.in, ++stalls_.in; }
  void blocked() { stall_ = &stalls_.out, ++stalls_.out; }
  void not_stalled() { stall_ = nullptr; }

  const Stage& stage_;
  const StageTiming timing_;
  const StageFunction function_;
  std::vector<BeatFifo*> inputs_, outputs_;  // what the ports are bound to: a port's own access costs a check a call

 private:
  void step();
  void fall_asleep();
  void settle();

  std::deque<sc_core::sc_port<BeatFifo>> ports_;  // inputs, then outputs
  Heartbeat& heartbeat_;
  sc_core::sc_event wake_event_;
  bool asleep_ = false;
  int idle_cycles_ = 0;
  int64_t settled_cycle_ = 0;  // while asleep: stalls are counted up to here
  StallCounters stalls_;
  int64_t* stall_ = nullptr;  // the counter of the stall of the last cycle, if it was one

  int64_t out_beat_ = 0, out_beats_, out_image_ = 0;
  int64_t fault_beat_ = -1;
  int fault_lane_ = 0;
  int8_t* captured_ = nullptr;
  OutputCapture capture_;
  std::vector<StageSpan> spans_;
};

}  // namespace psaflow::streaming
