// The SystemC hierarchy of one simulation: heartbeat, source, stages, FIFOs and sink, wired as the pipeline says.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "models/streaming/accelerator.h"
#include "models/streaming/endpoints.h"
#include "models/streaming/stage_module.h"

namespace psaflow::streaming {

struct ModelOptions {
  std::optional<StageFault> fault;
  bool unbounded_residuals = false;
  int kept_spans = 1;  // images whose first and last output cycles are kept, by stage
  Stalls stalls;
  std::function<const int8_t*(int64_t image)> next_image;  // patches, or null when there are no more
  std::function<bool(int64_t cycle)> between;              // before each cycle; false ends the simulation
};

class AcceleratorModel {
 public:
  // In a SimulationContext. `pipeline` must outlive it.
  AcceleratorModel(const Pipeline& pipeline, const ModelOptions& options);

  // Runs until `between` says no or nothing can move any more; true in the first case.
  bool run();

  const Pipeline& pipeline() const { return pipeline_; }
  std::vector<std::unique_ptr<StageModule>>& stages() { return stages_; }
  const std::vector<std::unique_ptr<StageModule>>& stages() const { return stages_; }
  const std::vector<std::unique_ptr<BeatFifo>>& fifos() const { return fifos_; }
  const Source& source() const { return *source_; }
  const Sink& sink() const { return *sink_; }
  int64_t cycle() const { return heartbeat_.cycle(); }

  // Between cycles: all that decides when beats move from now on. Equal states have equal futures, as long as the
  // source has images, for no timing depends on data.
  std::vector<int64_t> timing_state() const;

 private:
  std::unique_ptr<StageModule> make_stage(size_t index, const ModelOptions& options);

  const Pipeline& pipeline_;
  Heartbeat heartbeat_;
  std::vector<std::unique_ptr<BeatFifo>> fifos_;
  std::vector<std::unique_ptr<StageModule>> stages_;
  std::unique_ptr<Source> source_;
  std::unique_ptr<Sink> sink_;
};

}  // namespace psaflow::streaming
