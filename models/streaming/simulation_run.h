// One stepped simulation from a fresh SystemC context to its end: it notices image boundaries, periodicity and
// deadlock.
#pragma once
#include <exception>
#include <functional>
#include <optional>
#include <vector>

#include "models/streaming/accelerator_model.h"
#include "models/streaming/simulation_context.h"
#include "models/streaming/trace.h"

namespace psaflow::streaming {

struct RunOptions {
  int64_t images = 1;           // that count
  bool endless_source = false;  // the source goes on after them, so that the steady state can be found
  bool find_period = false;     // stop as soon as the timing state repeats (and at least trace_images are done)
  std::string vcd_path;
  int trace_images = 0;
};

// What was seen at an image boundary.
struct Boundary {
  int64_t done_cycle = 0;             // the sink took the image's last logit
  std::vector<StallCounters> stalls;  // by stage
};

struct Period {
  int64_t from = 0, to = 0;  // boundaries with the same timing state
};

class SimulationRun {
 public:
  // on_image(index, logits): a counted image is complete; the model's captures still hold it.
  SimulationRun(const Pipeline& pipeline, ModelOptions model_options, RunOptions options,
                std::function<void(int64_t image, const int8_t* logits)> on_image);

  bool run();  // false: deadlock

  AcceleratorModel& model() { return *model_; }
  const std::vector<Boundary>& boundaries() const { return boundaries_; }
  std::optional<Period> period() const { return period_; }
  int64_t start_cycle() const { return model_->source().first_beat_cycle(); }

 private:
  bool between();
  bool boundary();

  SimulationContext context_;  // first: everything below lives in it
  RunOptions options_;
  std::function<void(int64_t, const int8_t*)> on_image_;
  std::unique_ptr<AcceleratorModel> model_;
  std::unique_ptr<VcdTrace> vcd_;
  std::vector<Boundary> boundaries_;
  std::vector<std::vector<int64_t>> states_;
  std::optional<Period> period_;
  std::exception_ptr error_;  // thrown between cycles
};

}  // namespace psaflow::streaming
