#include "rtl_gen/cosim/diagnose.h"

#include <algorithm>

#include "sw/base/error.h"
#include "sw/base/words.h"

namespace psaflow {
namespace {

// The waveform shows what led there: an image's worth of cycles, within reason, and a little of what came of it.
constexpr int64_t kLeastCyclesBefore = 2000, kMostCyclesBefore = 20000, kCyclesAfter = 200;

class Diagnoser {
 public:
  Diagnoser(const Pipeline& pipeline, const CyclePrediction& plan, const Design& design, const Workload& workload,
            const DiagnoseOptions& options)
      : pipeline_(pipeline), plan_(plan), design_(design), workload_(workload), options_(options) {
    RtlBuildOptions build;
    build.taps = build.assertions = true;
    build.trace = trace_format(options.wave_path);
    build.cache_dir = options.cache_dir;
    build.tick = options.build_tick;
    build_ = build_rtl(design, build);
  }

  Diagnosis run(const RtlRun& failed) {
    // Which image: the first one that differs inside, which its logits need not show, else by its logits; of a deadlock
    // or a failed assertion, the one that did not come out.
    const size_t wrong = failed.divergence ? failed.divergence->image : failed.first_mismatch.value_or(failed.images);
    const size_t bad = std::min(wrong, workload_.count - 1);
    const auto in_flight = static_cast<size_t>(plan_.latency_cycles / plan_.ii_cycles + 2);
    const size_t begin = bad > in_flight ? bad - in_flight : 0, end = std::min(workload_.count, bad + 2);
    Diagnosis d = attempt(begin, end);
    if (!d.found() && begin > 0 && end <= most_tapped_images(pipeline_)) d = attempt(0, end);
    if (d.found() && !options_.wave_path.empty()) trace(d);
    if (d.run.divergence) d.run.divergence->image += d.first_image;
    if (d.run.first_mismatch) *d.run.first_mismatch += d.first_image;
    return d;
  }

 private:
  Diagnosis attempt(size_t begin, size_t end) {
    Diagnosis d;
    d.first_image = begin;
    d.images = end - begin;
    d.run = run_again(d, "");
    return d;
  }

  void trace(Diagnosis& d) {
    const RtlRun& run = d.run;
    const int64_t at = run.divergence  ? run.divergence->cycle
                       : run.assertion ? run.assertion->cycle
                                       : run.deadlock->cycle;
    d.wave_from_cycle = std::max<int64_t>(0, at - std::clamp(plan_.ii_cycles, kLeastCyclesBefore, kMostCyclesBefore));
    d.wave_to_cycle = at + kCyclesAfter;
    d.run = run_again(d, options_.wave_path);
    d.wave = options_.wave_path;
  }

  RtlRun run_again(const Diagnosis& d, const std::string& wave) {
    RtlRunOptions o = options_.run;
    o.compare_taps = true;
    o.first_image = d.first_image;
    o.trace_path = wave;
    o.trace_from_cycle = d.wave_from_cycle;
    o.trace_to_cycle = d.wave_to_cycle;
    return run_rtl(pipeline_, design_, build_, workload_.part(d.first_image, d.images), o);
  }

  const Pipeline& pipeline_;
  const CyclePrediction& plan_;
  const Design& design_;
  const Workload& workload_;
  const DiagnoseOptions& options_;
  RtlBuild build_;
};

}  // namespace

RtlBuildOptions::Trace trace_format(const std::string& path) {
  if (path.empty()) return RtlBuildOptions::Trace::kNone;
  return ends_with(path, ".vcd") ? RtlBuildOptions::Trace::kVcd : RtlBuildOptions::Trace::kFst;
}

Diagnosis diagnose(const Pipeline& pipeline, const CyclePrediction& plan, const Design& design,
                   const Workload& workload, const RtlRun& failed, const DiagnoseOptions& options) {
  PSAFLOW_CHECK(failed.failed(), "there is something to look for");
  return Diagnoser(pipeline, plan, design, workload, options).run(failed);
}

}  // namespace psaflow
