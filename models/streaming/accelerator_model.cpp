#include "models/streaming/accelerator_model.h"

#include <algorithm>

#include "models/streaming/buffered_stage.h"
#include "models/streaming/passing_stage.h"
#include "sw/base/error.h"

namespace psaflow::streaming {
namespace {

// SystemC reserves '.' for its own hierarchy.
std::string module_name(std::string name) {
  const auto plain = [](char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  };
  std::replace_if(
      name.begin(), name.end(), [&](char c) { return !plain(c); }, '_');
  return name;
}

sc_core::sc_time period(double clock_mhz) {
  return sc_core::sc_time(1e6 / clock_mhz, sc_core::SC_PS);
}

}  // namespace

AcceleratorModel::AcceleratorModel(const Pipeline& pipeline, const ModelOptions& options)
    : pipeline_(pipeline), heartbeat_("heartbeat", period(pipeline.clock_mhz), options.between) {
  for (const Stream& s : pipeline.streams) {
    const int depth = options.unbounded_residuals && s.residual ? BeatFifo::kUnbounded : s.fifo_depth;
    fifos_.push_back(std::make_unique<BeatFifo>(module_name(s.name).c_str(), depth, s.shape.lanes, heartbeat_.cycle()));
  }
  const auto fifos = [&](const std::vector<int>& streams) {
    std::vector<BeatFifo*> list;
    for (int s : streams) list.push_back(fifos_[static_cast<size_t>(s)].get());
    return list;
  };
  source_ = std::make_unique<Source>("source", pipeline.streams.front().shape, heartbeat_,
                                     source_pauses(options.stalls, pipeline), options.next_image);
  source_->connect(*fifos_.front());
  for (size_t i = 0; i < pipeline.stages.size(); ++i) {
    stages_.push_back(make_stage(i, options));
    stages_.back()->connect(fifos(pipeline.stages[i].inputs), fifos(pipeline.stages[i].outputs));
  }
  sink_ =
      std::make_unique<Sink>("sink", pipeline.streams.back().shape, heartbeat_, sink_pauses(options.stalls, pipeline));
  sink_->connect(*fifos_.back());
}

std::unique_ptr<StageModule> AcceleratorModel::make_stage(size_t index, const ModelOptions& options) {
  const Stage& stage = pipeline_.stages[index];
  const int64_t fault = options.fault && options.fault->stage == static_cast<int>(index) ? options.fault->element : -1;
  const std::string text = module_name(stage.name);
  const char* name = text.c_str();
  const TimingProfile& profile = pipeline_.profile;
  if (stage.kind == StageKind::kLinear)
    return std::make_unique<LinearStage>(name, stage, profile, heartbeat_, fault, options.kept_spans);
  if (stage.kind == StageKind::kTranspose)
    return std::make_unique<TransposeStage>(name, stage, profile, heartbeat_, fault, options.kept_spans);
  if (stage.kind == StageKind::kPatches)
    return std::make_unique<PatchesStage>(name, stage, profile, heartbeat_, fault, options.kept_spans);
  return std::make_unique<PassingStage>(name, stage, profile, heartbeat_, fault, options.kept_spans);
}

bool AcceleratorModel::run() {
  sc_core::sc_start();
  return !heartbeat_.dead();
}

std::vector<int64_t> AcceleratorModel::timing_state() const {
  std::vector<int64_t> state;
  for (const auto& f : fifos_) state.push_back(f->occupancy());
  for (const auto& s : stages_) s->append_state(state);
  source_->append_state(state);
  sink_->append_state(state);
  return state;
}

}  // namespace psaflow::streaming
