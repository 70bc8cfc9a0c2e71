#include "models/streaming/simulation_run.h"

#include <algorithm>

#include "sw/base/error.h"

namespace psaflow::streaming {
namespace {

// A pipeline of finite FIFOs becomes periodic within a few images of being full; one that has not after so many
// boundaries is stepped to the end without comparing any more.
constexpr size_t kComparedBoundaries = 64;

}  // namespace

SimulationRun::SimulationRun(const Pipeline& pipeline, ModelOptions model_options, RunOptions options,
                             std::function<void(int64_t, const int8_t*)> on_image)
    : options_(std::move(options)), on_image_(std::move(on_image)) {
  model_options.kept_spans = std::max(2, options_.trace_images);  // the second tells the interval
  model_options.between = [this](int64_t) {
    try {
      return between();
    } catch (...) {  // SystemC would turn it into a report of its own
      error_ = std::current_exception();
      return false;
    }
  };
  const auto next_image = model_options.next_image;
  model_options.next_image = [this, next_image](int64_t image) -> const int8_t* {
    if (image >= options_.images && !options_.endless_source) return nullptr;
    return next_image(image % options_.images);
  };
  model_ = std::make_unique<AcceleratorModel>(pipeline, model_options);
  if (!options_.vcd_path.empty()) vcd_ = std::make_unique<VcdTrace>(*model_, options_.vcd_path);
}

bool SimulationRun::run() {
  const bool alive = model_->run();
  if (error_) std::rethrow_exception(error_);
  if (vcd_) vcd_->close();
  return alive;
}

bool SimulationRun::between() {
  if (vcd_) vcd_->sample();
  if (model_->sink().images() == static_cast<int64_t>(boundaries_.size())) return true;
  return boundary();
}

bool SimulationRun::boundary() {
  const auto image = static_cast<int64_t>(boundaries_.size());
  Boundary b;
  b.done_cycle = model_->sink().last_beat_cycle();
  for (auto& stage : model_->stages()) b.stalls.push_back(stage->stalls());
  boundaries_.push_back(std::move(b));
  if (image < options_.images && on_image_) on_image_(image, model_->sink().logits());
  for (auto& stage : model_->stages()) stage->capture().release_up_to(image);

  const int64_t done = image + 1;
  if (done == options_.trace_images && vcd_) vcd_->close();
  const bool all = done >= options_.images;
  const bool traced = done >= options_.trace_images;
  if (!options_.find_period) return !all;
  if (!period_ && states_.size() < kComparedBoundaries) {
    std::vector<int64_t> state = model_->timing_state();
    const auto same = std::find(states_.begin(), states_.end(), state);
    if (same != states_.end()) period_ = Period{same - states_.begin(), image};
    states_.push_back(std::move(state));
  }
  const bool decided = period_.has_value() || states_.size() >= kComparedBoundaries;
  if (period_) return !traced;
  return !(all && decided);
}

}  // namespace psaflow::streaming
