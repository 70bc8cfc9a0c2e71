#include "models/streaming/accelerator.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "models/plan/steady.h"
#include "models/streaming/divergence.h"
#include "models/streaming/simulation_run.h"
#include "models/streaming/trace.h"
#include "sw/base/error.h"

namespace psaflow {
namespace streaming {
namespace {

// Images enough to fill the pipeline and see its FIFOs at their fullest, when a deadlock is examined under
// stalls.
constexpr size_t kExaminedImages = 32;

class Simulator {
 public:
  Simulator(const Pipeline& pipeline, const Workload& workload, const SimulationOptions& options)
      : pipeline_(pipeline),
        workload_(workload),
        options_(options),
        count_(workload.count),
        classes_(workload.classes) {
    PSAFLOW_CHECK(count_ >= 1 && classes_ == output_size(pipeline) &&
                      static_cast<int64_t>(workload.input_size) == pipeline.streams.front().shape.size(),
                  "images of this network");
    if (options.fault) fault_ = resolve_fault(pipeline, *options.fault);
    stalled_ = options.stalls.any();
    result_.logits.resize(count_ * classes_);
  }

  SimulationResult run() {
    auto stepped = std::make_unique<SimulationRun>(
        pipeline_, model_options(), run_options(),
        [&](int64_t image, const int8_t* logits) { finish_stepped(*stepped_, image, logits); });
    stepped_ = stepped.get();
    const bool alive = stepped->run();
    if (!options_.timeline_path.empty())
      write_timeline(stepped->model(), options_.trace_images, options_.timeline_path);
    measure(*stepped, alive);
    if (alive) {
      run_functions();
    } else {
      result_.deadlock = describe_deadlock(stepped->model());
      stepped.reset();  // SystemC runs one simulation at a time
      result_.deadlock->needed_depth = measure_needed_depth(result_.deadlock->fifo);
    }
    return std::move(result_);
  }

 private:
  ModelOptions model_options() {
    ModelOptions o;
    o.fault = fault_;
    o.stalls = options_.stalls;
    o.next_image = [this](int64_t image) { return workload_.input(static_cast<size_t>(image)); };
    return o;
  }

  RunOptions run_options() const {
    RunOptions o;
    o.images = static_cast<int64_t>(count_);
    o.endless_source = o.find_period = !options_.step_all && !stalled_;
    o.vcd_path = options_.vcd_path;
    const bool traced = !options_.vcd_path.empty() || !options_.timeline_path.empty();
    o.trace_images =
        traced ? static_cast<int>(std::min<size_t>(static_cast<size_t>(std::max(1, options_.trace_images)), count_))
               : 0;
    return o;
  }

  void finish_stepped(SimulationRun& run, int64_t image, const int8_t* logits) {
    finish_image(static_cast<size_t>(image), logits,
                 [&](int stage) { return run.model().stages()[static_cast<size_t>(stage)]->capture().image(image); });
    ++result_.stepped_images;
  }

  void finish_image(size_t image, const int8_t* logits, const std::function<const int8_t*(int stage)>& output) {
    std::memcpy(result_.logits.data() + image * classes_, logits, classes_);
    const bool wrong = std::memcmp(logits, workload_.expected(image), classes_) != 0;
    if (wrong) ++result_.mismatches;
    if (!result_.divergence && (wrong || image == 0))
      result_.divergence = first_divergence(pipeline_, workload_.input(image), image, output);
    ++result_.images;
    if (options_.on_progress) options_.on_progress(1);
  }

  // The images after those that were stepped.
  void run_functions() {
    if (result_.images == count_) return;
    PipelineFunction function(pipeline_, fault_);
    std::vector<int8_t> logits(classes_);
    for (size_t image = result_.images; image < count_; ++image) {
      function.run(workload_.input(image), logits.data());
      finish_image(image, logits.data(), [&](int stage) { return function.output(stage); });
    }
  }

  void measure(SimulationRun& run, bool alive) {
    const auto& boundaries = run.boundaries();
    const int64_t start = run.start_cycle();
    const auto last = static_cast<int64_t>(boundaries.size()) - 1;
    const auto done = [&](int64_t image) { return boundaries[static_cast<size_t>(image)].done_cycle; };
    int64_t from = -1, to = last;  // the boundaries between which an image is measured; -1: the start
    if (last >= 0) {
      result_.latency_cycles = done(0) - start;
      const auto wanted = static_cast<int64_t>(count_) - 1;
      if (const auto period = run.period()) {
        from = period->from;
        to = period->to;
        const int64_t images = to - from, cycles = done(to) - done(from);
        result_.ii_cycles = (cycles + images / 2) / images;
        // Boundary to + n comes as long after `to` as from + n after `from`.
        const int64_t beyond = std::max<int64_t>(0, wanted - to);
        result_.total_cycles =
            (beyond == 0 ? done(wanted) : done(from + beyond % images) + (beyond / images + 1) * cycles) - start;
      } else {
        const auto images = static_cast<size_t>(last) + 1;
        const auto intervals = static_cast<int64_t>(stalled_ ? mean_intervals(options_.stalls, pipeline_, images)
                                                             : std::min<size_t>(images - 1, 1));
        if (intervals > 0) {
          from = stalled_ ? 0 : last - 1;
          to = from + intervals;
          result_.ii_cycles = (done(to) - done(from) + intervals / 2) / intervals;
        }
        result_.total_cycles = done(std::min(last, wanted)) - start;
      }
      result_.steady =
          alive && (run.period() ||
                    is_steady(pipeline_, stalled_ ? std::nullopt : predict_steady_state(pipeline_), options_.stalls,
                              {static_cast<size_t>(last) + 1, result_.ii_cycles, result_.latency_cycles}));
    }
    measure_stages(run, from, to);
    for (const auto& f : run.model().fifos()) {
      const size_t i = result_.fifos.size();
      result_.fifos.push_back({pipeline_.streams[i].name, f->depth(), static_cast<int>(f->peak())});
    }
  }

  void measure_stages(SimulationRun& run, int64_t from, int64_t to) {
    const auto stalls = [&](int64_t boundary, size_t stage) {
      return boundary < 0 ? StallCounters{} : run.boundaries()[static_cast<size_t>(boundary)].stalls[stage];
    };
    const int64_t images = std::max<int64_t>(1, to - from);
    bool linear_found = false;
    int64_t most = -1;
    for (size_t i = 0; i < run.model().stages().size(); ++i) {
      const StageModule& module = *run.model().stages()[i];
      StageStats s;
      s.name = module.stage().name;
      s.busy_cycles = module.timing().period_cycles;
      if (result_.steady) s.utilisation = static_cast<double>(s.busy_cycles) / static_cast<double>(result_.ii_cycles);
      const StallCounters a = stalls(from, i), b = stalls(to, i);
      s.stall_in_cycles = (b.in - a.in) / images;
      s.stall_out_cycles = (b.out - a.out) / images;
      s.first_out_cycles = module.spans()[0].first_out - run.start_cycle();
      s.last_out_cycles = module.spans()[0].last_out - run.start_cycle();
      if (module.spans()[1].last_out >= 0) s.interval_cycles = module.spans()[1].last_out - module.spans()[0].last_out;
      result_.stages.push_back(s);
      const bool linear = module.stage().kind == StageKind::kLinear;  // among equals the one that folding can change
      if (s.busy_cycles > most || (s.busy_cycles == most && linear && !linear_found)) {
        result_.bottleneck = static_cast<int>(i);
        linear_found = linear;
        most = s.busy_cycles;
      }
    }
  }

  Deadlock describe_deadlock(const AcceleratorModel& stuck) const {
    Standstill seen;
    seen.cycle = stuck.cycle() - 1;  // found in the cycle after it
    for (const auto& fifo : stuck.fifos()) seen.beats.push_back(fifo->occupancy());
    for (const auto& stage : stuck.stages()) seen.blocked.push_back(stage->is_blocked());
    Deadlock d = explain_deadlock(pipeline_, seen);
    PSAFLOW_CHECK(!d.fifo.empty(), "nothing moves, yet no residual FIFO is full before an add that waits");
    return d;
  }

  // The same again with residual FIFOs that hold whatever comes, to see how much that is.
  int measure_needed_depth(const std::string& fifo) {
    ModelOptions model = model_options();
    model.unbounded_residuals = true;
    RunOptions run = run_options();
    run.vcd_path.clear();
    run.trace_images = 0;
    if (!run.find_period) run.images = static_cast<int64_t>(std::min(count_, kExaminedImages));
    SimulationRun free(pipeline_, model, run, {});
    PSAFLOW_CHECK(free.run(), "with deep residual FIFOs nothing can deadlock");
    for (size_t i = 0; i < pipeline_.streams.size(); ++i) {
      if (pipeline_.streams[i].name == fifo) return static_cast<int>(free.model().fifos()[i]->peak());
    }
    PSAFLOW_CHECK(false, "the FIFO is one of the pipeline's");
  }

  const Pipeline& pipeline_;
  const Workload& workload_;
  const SimulationOptions& options_;
  size_t count_, classes_;
  std::optional<StageFault> fault_;
  bool stalled_ = false;
  SimulationRun* stepped_ = nullptr;
  SimulationResult result_;
};

}  // namespace
}  // namespace streaming

SimulationResult simulate_streaming(const Pipeline& pipeline, const Workload& workload,
                                    const SimulationOptions& options) {
  return streaming::Simulator(pipeline, workload, options).run();
}

}  // namespace psaflow
