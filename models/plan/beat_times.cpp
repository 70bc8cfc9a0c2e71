#include "models/plan/beat_times.h"

#include <deque>
#include <limits>

#include "models/plan/beat_channel.h"
#include "models/plan/stage_timing.h"
#include "sw/base/error.h"

namespace psaflow {
namespace {

using detail::BeatChannel;
using detail::ImageShapes;
using detail::kNotYet;
using detail::RigidPipe;

// A stage as far as its beats' times are known. Every class restates one contract of models/streaming/README.md.
class TimedStage {
 public:
  TimedStage(const StageTiming& timing, std::vector<BeatChannel*> inputs, std::vector<BeatChannel*> outputs)
      : timing_(timing),
        inputs_(std::move(inputs)),
        outputs_(std::move(outputs)),
        pipe_(timing.pipeline_cycles, timing.rigid) {}
  virtual ~TimedStage() = default;

  // Moves every beat whose time is decided; false when none is.
  virtual bool progress() = 0;
  int64_t first_out = kNotYet, last_out = kNotYet;  // of the first image
  int64_t second_last_out = kNotYet;
  ImageShapes* shapes = nullptr;  // null: nobody asks
  uint64_t place = 0;

 protected:
  bool space_known() const {
    for (const BeatChannel* c : outputs_) {
      if (!c->space_known()) return false;
    }
    return true;
  }
  int64_t space_time() const {
    int64_t t = 0;
    for (const BeatChannel* c : outputs_) t = std::max(t, c->space_time());
    return t;
  }
  void push(int64_t cycle) {
    for (BeatChannel* c : outputs_) c->push(cycle);
    if (pushed_ == 0) first_out = cycle;
    const int64_t image = timing_.units * timing_.results * timing_.beats_per_result;
    if (++pushed_ == image) last_out = cycle;
    if (pushed_ == 2 * image) second_last_out = cycle;
  }

  StageTiming timing_;
  std::vector<BeatChannel*> inputs_, outputs_;
  RigidPipe pipe_;
  int64_t pushed_ = 0;
};

class TimedPassing final : public TimedStage {
 public:
  using TimedStage::TimedStage;

  bool progress() override {
    bool moved = false;
    while (step()) moved = true;
    return moved;
  }

 private:
  bool step() {
    bool moved = false;
    if (!pipe_.empty() && space_known()) {
      const int64_t cycle = std::max(pipe_.head_arrival(), space_time());
      pipe_.leave(cycle);
      push(cycle);
      moved = true;
    }
    int64_t beat = 0;
    for (const BeatChannel* c : inputs_) {
      if (!c->has_beat()) return moved;
      beat = std::max(beat, c->beat_time());
    }
    const bool through = timing_.pipeline_cycles == 0;  // no register: popped and pushed in one cycle
    if (through) {
      if (!space_known()) return moved;
      beat = std::max(beat, space_time());
    }
    const int64_t cycle = pipe_.entry(beat);
    if (cycle == kNotYet) return moved;
    const bool carries = in_image_ >= timing_.beats_in - timing_.results;  // a pool gives its last vector's beats
    pipe_.enter(cycle, carries && !through);
    for (BeatChannel* c : inputs_) c->pop(cycle);
    if (through) push(cycle);
    if (++in_image_ == timing_.beats_in) in_image_ = 0;
    return true;
  }

  int64_t in_image_ = 0;
};

class TimedBuffered final : public TimedStage {
 public:
  using TimedStage::TimedStage;

  bool progress() override {
    bool moved = false;
    while (step()) moved = true;
    return moved;
  }

 private:
  bool step() {
    const bool emitted = emit(), computed = compute(), collected = collect();
    return emitted || computed || collected;
  }

  bool collect() {
    BeatChannel& in = *inputs_[0];
    if (!in.has_beat()) return false;
    int64_t cycle = std::max(in.beat_time(), collect_floor_);
    if (collected_ == 0 && units_in_ >= 2) {  // both banks are in use until the unit before the last is computed
      if (units_done_ <= units_in_ - 2) return false;
      cycle = std::max(cycle, released_[units_in_ % 2] + 1);
    }
    if (timing_.rigid) cycle = pipe_.moving(cycle, units_done_ < units_in_);
    if (cycle == kNotYet) return false;
    in.pop(cycle);
    collect_floor_ = cycle + 1;
    if (++collected_ == timing_.beats_in) {
      collected_ = 0;
      complete_[units_in_++ % 2] = cycle + 1;
      collect_floor_ += timing_.bubble_cycles;
    }
    return true;
  }

  bool compute() {
    if (units_done_ == units_in_) return false;
    const int64_t per_result = timing_.steps_per_result();
    if (!started_) {
      const int64_t cycle = pipe_.entry(complete_[units_done_ % 2]);
      if (cycle == kNotYet) return false;
      started_ = true;
      if (per_result == 1) return result(cycle);
      pipe_.enter(cycle, false, per_result - 2);
      return true;
    }
    const int64_t cycle = pipe_.entry(0);
    return cycle != kNotYet && result(cycle);
  }

  // The last step of a result is done in `cycle`.
  bool result(int64_t cycle) {
    if (shapes != nullptr) {
      const int64_t event = units_done_ * timing_.results + results_;
      shapes->note(place, event, timing_.units * timing_.results, cycle);
    }
    const bool last = ++results_ == timing_.results;
    pipe_.enter(cycle, true, last ? timing_.bubble_cycles : timing_.steps_per_result() - 1);
    if (last) {
      results_ = 0;
      started_ = false;
      released_[units_done_++ % 2] = cycle;
    }
    return true;
  }

  bool emit() {
    BeatChannel& out = *outputs_[0];
    if (timing_.beats_per_result == 1) {
      if (pipe_.empty() || !out.space_known()) return false;
      const int64_t cycle = std::max(pipe_.head_arrival(), out.space_time());
      pipe_.leave(cycle);
      push(cycle);
      return true;
    }
    if (gear_left_ > 0) {
      if (!out.space_known()) return false;
      const int64_t cycle = std::max(gear_floor_, out.space_time());
      push(cycle);
      gear_floor_ = cycle + 1;
      if (--gear_left_ == 0) {
        const bool last = ++gear_results_ == timing_.results;
        if (last) gear_results_ = 0;
        gear_free_ = cycle + (last ? timing_.bubble_cycles : 0);
      }
      return true;
    }
    if (pipe_.empty()) return false;
    const int64_t cycle = std::max(pipe_.head_arrival(), gear_free_);
    pipe_.leave(cycle);
    gear_left_ = timing_.beats_per_result;
    gear_floor_ = cycle + 1;
    return true;
  }

  int64_t collected_ = 0, collect_floor_ = 0, units_in_ = 0;
  int64_t complete_[2] = {0, 0}, released_[2] = {0, 0};  // by bank
  int64_t units_done_ = 0, results_ = 0;
  bool started_ = false;
  int64_t gear_left_ = 0, gear_floor_ = 0, gear_free_ = 0, gear_results_ = 0;
};

class Engine {
 public:
  Engine(const Pipeline& pipeline, const BeatTimesOptions& options)
      : pipeline_(pipeline),
        options_(options),
        source_pauses_(source_pauses(options.stalls, pipeline)),
        sink_pauses_(sink_pauses(options.stalls, pipeline)),
        source_floor_(source_pauses_.next()),
        sink_floor_(sink_pauses_.next()),
        start_(source_floor_) {
    for (const Stream& s : pipeline.streams) {
      const bool unbounded = options.unbounded_residuals && s.residual;
      channels_.emplace_back(unbounded ? std::numeric_limits<int64_t>::max() / 2 : s.fifo_depth,
                             s.shape.beats() * options.images);
    }
    for (const Stage& stage : pipeline.stages) {
      const StageTiming timing = stage_timing(stage, pipeline.profile);
      if (timing.buffered) {
        stages_.push_back(std::make_unique<TimedBuffered>(timing, channels(stage.inputs), channels(stage.outputs)));
      } else {
        stages_.push_back(std::make_unique<TimedPassing>(timing, channels(stage.inputs), channels(stage.outputs)));
      }
    }
    queued_.assign(stages_.size(), false);
    if (options.image_shapes) watch();
  }

  BeatTimesResult run() {
    source();
    for (;;) {
      if (queue_.empty()) {
        if (!source()) break;
        continue;
      }
      const int index = queue_.front();
      queue_.pop_front();
      queued_[static_cast<size_t>(index)] = false;
      if (!stages_[static_cast<size_t>(index)]->progress()) continue;
      const Stage& stage = pipeline_.stages[static_cast<size_t>(index)];
      for (int s : stage.inputs) wake(pipeline_.streams[static_cast<size_t>(s)].producer);
      for (int s : stage.outputs) wake(pipeline_.streams[static_cast<size_t>(s)].consumer);
    }
    return collect();
  }

 private:
  void watch() {
    shapes_ = ImageShapes(static_cast<size_t>(options_.images));
    uint64_t place = 0;
    for (size_t i = 0; i < channels_.size(); ++i) {
      channels_[i].shapes = &shapes_;
      channels_[i].place = place++;
      channels_[i].image_beats = pipeline_.streams[i].shape.beats();
    }
    for (const auto& stage : stages_) {
      stage->shapes = &shapes_;
      stage->place = 2 * place++;  // a channel has two places, for its two ends
    }
  }

  std::vector<BeatChannel*> channels(const std::vector<int>& indices) {
    std::vector<BeatChannel*> list;
    for (int i : indices) list.push_back(&channels_[static_cast<size_t>(i)]);
    return list;
  }

  void wake(int stage) {
    if (stage < 0) {
      if (stage == -1) source_or_sink();
      return;
    }
    if (queued_[static_cast<size_t>(stage)]) return;
    queued_[static_cast<size_t>(stage)] = true;
    queue_.push_back(stage);
  }

  void source_or_sink() {
    source();
    sink();
  }

  bool source() {
    BeatChannel& c = channels_.front();
    const int64_t beats = pipeline_.streams.front().shape.beats();
    bool moved = false;
    while (c.pushed < beats * options_.images && c.space_known()) {
      int64_t cycle = std::max(source_floor_, c.space_time());
      if (c.pushed % beats == 0) {
        cycle = std::max(cycle, image_floor_);
        image_floor_ = cycle + options_.interval_cycles;
      }
      c.push(cycle);
      source_floor_ = cycle + 1 + source_pauses_.next();
      moved = true;
    }
    if (moved) wake(pipeline_.streams.front().consumer);
    return moved;
  }

  void sink() {
    BeatChannel& c = channels_.back();
    const int64_t beats = pipeline_.streams.back().shape.beats();
    bool moved = false;
    while (c.has_beat()) {
      const int64_t cycle = std::max(sink_floor_, c.beat_time());
      c.pop(cycle);
      sink_floor_ = cycle + 1 + sink_pauses_.next();
      if (c.popped % beats == 0) {
        image_done_.push_back(cycle);
        if (options_.on_progress) options_.on_progress(1);
      }
      moved = true;
    }
    if (moved) wake(pipeline_.streams.back().producer);
  }

  BeatTimesResult collect() const {
    BeatTimesResult r;
    const auto since_start = [this](int64_t cycle) { return cycle == kNotYet ? kNotYet : cycle - start_; };
    for (int64_t cycle : image_done_) r.image_done.push_back(since_start(cycle));
    r.deadlock = static_cast<int>(image_done_.size()) < options_.images;
    if (options_.image_shapes) {
      for (size_t image = 0; image < image_done_.size(); ++image)
        r.image_shape.push_back(shapes_.shape(image, image_done_[image]));
    }
    for (const auto& s : stages_) {
      r.first_out.push_back(since_start(s->first_out));
      r.last_out.push_back(since_start(s->last_out));
      r.second_last_out.push_back(since_start(s->second_last_out));
    }
    for (size_t i = 0; i < channels_.size(); ++i) {
      r.residual_peak.push_back(options_.unbounded_residuals && pipeline_.streams[i].residual ? channels_[i].peak()
                                                                                              : 0);
    }
    return r;
  }

  const Pipeline& pipeline_;
  BeatTimesOptions options_;
  std::deque<BeatChannel> channels_;  // a deque: the stages keep pointers
  std::vector<std::unique_ptr<TimedStage>> stages_;
  std::deque<int> queue_;
  std::vector<bool> queued_;
  // Times count from the end of the reset, for that is what the pauses count from; start_: the first beat enters.
  Pauses source_pauses_, sink_pauses_;
  int64_t source_floor_, image_floor_ = 0, sink_floor_, start_;
  std::vector<int64_t> image_done_;
  ImageShapes shapes_;
};

}  // namespace

BeatTimesResult beat_times(const Pipeline& pipeline, const BeatTimesOptions& options) {
  PSAFLOW_CHECK(options.images >= 1, "at least one image");
  return Engine(pipeline, options).run();
}

}  // namespace psaflow
