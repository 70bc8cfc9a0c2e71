// What a run looks like over time: a VCD of every stream, and a timeline of every stage for Perfetto.
#pragma once
#include <deque>
#include <memory>
#include <string>
#include <systemc>

#include "models/streaming/accelerator_model.h"

namespace psaflow::streaming {

// Writes PATH aside while the simulation runs; close() brings it under its name, and an unclosed one is removed.
class VcdTrace {
 public:
  // After the model is built, before it runs. UserError when the file cannot be made.
  VcdTrace(const AcceleratorModel& model, const std::string& path);
  ~VcdTrace();
  VcdTrace(const VcdTrace&) = delete;
  VcdTrace& operator=(const VcdTrace&) = delete;

  void sample();  // between cycles: what the coming cycle shows
  void close();

 private:
  struct Probe {
    const BeatFifo* fifo;
    bool valid = false, ready = false;
    sc_dt::sc_bv_base data;
  };

  std::string path_, aside_;
  std::deque<Probe> probes_;  // a deque: the trace file keeps pointers
  uint64_t cycle_ = 0;
  const AcceleratorModel& model_;
  sc_core::sc_trace_file* file_ = nullptr;
};

// Chrome trace-event JSON: a track a stage, on it a slice an image from the first to the last output beat (these never
// overlap, while a stage often reads one image and emits another). ts and dur in microseconds of the clock.
void write_timeline(AcceleratorModel& model, int images, const std::string& path);

}  // namespace psaflow::streaming
