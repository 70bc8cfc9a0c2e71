// Where a failed run went wrong: the same images again, as far as they matter, through a build of the design that shows
// every stage's output and every FIFO, with a waveform around the moment.
#pragma once
#include <functional>
#include <string>

#include "models/plan/cycles.h"
#include "rtl_gen/cosim/run.h"
#include "rtl_gen/generate/design.h"

namespace psaflow {

struct DiagnoseOptions {
  RtlRunOptions run;      // as in the failed run; what concerns taps, trace and first image is set here
  std::string wave_path;  // empty: no waveform; by its end .vcd, else FST
  std::string cache_dir;
  std::function<void()> build_tick;  // as in RtlBuildOptions
};

struct Diagnosis {
  size_t first_image = 0, images = 0;  // which were run again
  RtlRun run;        // what it found, if anything; images count from the first of the failed run, cycles in this run
  std::string wave;  // the file, empty: none
  int64_t wave_from_cycle = 0, wave_to_cycle = 0;

  bool found() const { return run.divergence || run.deadlock || run.assertion; }
};

// `failed` failed on this workload. design: of this pipeline, with taps. First from the image on that could still
// be in the pipeline when the first wrong one entered; if all is well then, from the first image on.
Diagnosis diagnose(const Pipeline& pipeline, const CyclePrediction& plan, const Design& design,
                   const Workload& workload, const RtlRun& failed, const DiagnoseOptions& options);

// The format of a waveform of that name.
RtlBuildOptions::Trace trace_format(const std::string& wave_path);

}  // namespace psaflow
