// One co-simulation from a scenario to its result: golden, plan, SystemC and RTL on the same images, and a second look
// at the RTL when something is wrong.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "models/scenario/scenario.h"
#include "models/streaming/accelerator.h"
#include "rtl_gen/cosim/diagnose.h"
#include "sim/simulate_report.h"

namespace psaflow {

struct CosimChoices {
  bool taps = false;
  Stalls stalls;
  int64_t reset_at_cycle = -1;
  std::string wave_path;                             // empty: one of our own naming, only when something is wrong
  int64_t wave_from_cycle = -1, wave_to_cycle = -1;  // -1: around what is wrong, else the start
  std::string corrupt_stage;                         // empty: none
};

struct Waveform {
  std::string path;  // empty: none
  int64_t from_cycle = 0, to_cycle = 0;
  size_t first_image = 0;  // of the run that it shows
};

// Something that the RTL did wrong, and the image with which the run begins in whose cycles it is told: a second look
// may begin amid the stream.
template <typename What>
struct Seen : What {
  size_t first_image = 0;
};

class CosimSession {
 public:
  // Timed as the RTL is, whatever the scenario's profile. UserError on choices that this network does not allow.
  CosimSession(Scenario scenario, CosimChoices choices);
  CosimSession(const CosimSession&) = delete;
  CosimSession& operator=(const CosimSession&) = delete;

  void run();  // all of it; says what it does on stdout and in progress lines

  // What came of it.
  const SimulateRun& systemc_run() const { return *report_; }  // `correct` is counted on the RTL's logits
  const CosimChoices& choices() const { return choices_; }
  const StreamPrediction& plan() const { return report_->stream; }
  const SimulationResult& systemc() const { return systemc_; }
  const RtlRun& rtl() const { return rtl_; }
  const RtlBuild& build() const { return build_; }
  const std::optional<Diagnosis>& diagnosis() const { return diagnosis_; }
  const std::string& diagnosis_error() const { return diagnosis_error_; }  // why there is none, where there should be
  const Waveform& wave() const { return wave_; }
  size_t systemc_differs() const { return systemc_differs_; }  // images whose logits differ between SystemC and RTL

  // Where the RTL went wrong first, as far as it is known.
  std::optional<Seen<Divergence>> divergence() const;
  std::optional<Seen<Deadlock>> deadlock() const;
  std::optional<Seen<RtlAssertion>> assertion() const;

 private:
  Design design(bool taps) const;
  void build_rtl_program();
  void run_golden_and_systemc();
  void run_rtl_program();
  void look_again();
  RtlRunOptions rtl_options() const;

  Scenario scenario_;
  CosimChoices choices_;
  IntModel model_;
  Pipeline pipeline_;
  CyclePrediction plan_;
  ImageSet data_;
  std::unique_ptr<SimulateRun> report_;
  Design design_;
  std::string corrupt_rom_;
  RtlBuild build_;
  Workload workload_;
  SimulationResult systemc_;
  RtlRun rtl_;
  std::optional<Diagnosis> diagnosis_;
  std::string diagnosis_error_;
  Waveform wave_;
  size_t systemc_differs_ = 0;
};

}  // namespace psaflow
