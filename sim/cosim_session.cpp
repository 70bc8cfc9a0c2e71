#include "sim/cosim_session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>

#include "rtl_gen/generate/names.h"
#include "sim/say.h"
#include "sim/scenario_pipeline.h"
#include "sw/base/error.h"
#include "sw/base/progress.h"
#include "sw/base/words.h"
#include "sw/golden/ports.h"

namespace psaflow {
namespace {

constexpr int64_t kStartCycles = 2000;  // of the waveform of a run in which nothing is wrong

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Shows the seconds of a build; called by its tick.
class BuildProgress {
 public:
  BuildProgress() : progress_("verilator and its compiler", 0, "s") {}
  void operator()() {
    const auto now = static_cast<int64_t>(seconds_since(start_));
    progress_.advance(static_cast<uint64_t>(now - shown_));
    shown_ = now;
  }

 private:
  Progress progress_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  int64_t shown_ = 0;
};

// What the failed run saw, else the second look.
template <typename What>
std::optional<Seen<What>> first_seen(const RtlRun& run, const std::optional<Diagnosis>& diagnosis,
                                     std::optional<What> RtlRun::*what) {
  if (run.*what) return Seen<What>{*(run.*what), 0};
  if (diagnosis && diagnosis->run.*what) return Seen<What>{*(diagnosis->run.*what), diagnosis->first_image};
  return {};
}

// A file in the current folder, called after the scenario.
std::string wave_name(std::string scenario) {
  for (char& c : scenario) {
    const bool plain =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.';
    if (!plain) c = '_';
  }
  return (scenario.empty() || scenario[0] == '.' || scenario[0] == '-' ? "_" : "") + scenario + ".fst";
}

// The first ROM image of the stage with that name.
std::string stage_rom(const std::string& stage, const Pipeline& pipeline, const Design& design) {
  std::vector<std::string> names;
  for (const Stage& s : pipeline.stages) {
    const std::string prefix = design.top + "_" + rtl::identifier(s.name) + "_";
    for (const TextFile& rom : design.roms) {
      if (rom.name.compare(0, prefix.size(), prefix) != 0) continue;
      if (s.name == stage) return rom.name;
      names.push_back(s.name);
      break;
    }
  }
  throw UserError("", "--corrupt", quoted_word(stage, names),
                  "a stage that has constants: linear, affine or table, such as embed or blocks.0.token.mix");
}

}  // namespace

CosimSession::CosimSession(Scenario scenario, CosimChoices choices)
    : scenario_(std::move(scenario)), choices_(std::move(choices)) {
  model_ = load_scenario_model(scenario_);
  pipeline_ = build_shown(scenario_, model_, Timing::kRtl);
  plan_ = predict_cycles(pipeline_);
  design_ = design(choices_.taps);
  if (!choices_.corrupt_stage.empty()) corrupt_rom_ = stage_rom(choices_.corrupt_stage, pipeline_, design_);
  data_ = load_scenario_images(scenario_, model_);
  const size_t most = most_tapped_images(pipeline_);
  if (choices_.taps && data_.count > most) {
    throw UserError("", "--taps", fmt::format("{} images", data_.count),
                    fmt::format("at most {} images of this network; use --images", most));
  }
  report_ = std::make_unique<SimulateRun>(
      SimulateRun{scenario_, model_, pipeline_, plan_, data_.count, 0, has_accuracy(scenario_, data_, model_), 0});
}

Design CosimSession::design(bool taps) const {
  DesignOptions options;
  options.scenario = scenario_.name;
  options.model = model_.config;
  options.taps = taps;
  return generate_design(pipeline_, plan_, options);
}

void CosimSession::run() {
  print_simulate_header(*report_);
  if (choices_.stalls.any()) say("  stalls   {}\n", choices_.stalls.text());
  if (const std::string& given = scenario_.streaming().profile; given != pipeline_.profile.name)
    say("  note     the RTL is our build, not that of the scenario's profile {}\n", given);
  std::fflush(stdout);
  build_rtl_program();
  {
    Progress progress("plan", choices_.stalls.any() ? data_.count : 0, "images");
    plan_images(*report_, choices_.stalls, [&](size_t n) { progress.advance(n); });
  }
  run_golden_and_systemc();
  run_rtl_program();
  if (rtl_.failed()) look_again();
}

void CosimSession::build_rtl_program() {
  BuildProgress progress;
  RtlBuildOptions options;
  options.taps = options.assertions = choices_.taps;
  options.trace = trace_format(choices_.wave_path);
  options.tick = [&] { progress(); };
  options.on_wait = [] {
    say("  note     another process builds the same: waiting for it\n");
    std::fflush(stdout);
  };
  build_ = build_rtl(design_, options);
}

void CosimSession::run_golden_and_systemc() {
  const size_t count = data_.count;
  {
    Progress progress("golden", count, "images");
    workload_ = make_workload(model_.config, model_.network, data_.images.data(), count,
                              [&](size_t n) { progress.advance(n); });
  }
  Progress progress("SystemC", count, "images");
  SimulationOptions options;
  options.stalls = choices_.stalls;
  options.on_progress = [&](size_t n) { progress.advance(n); };
  const auto start = std::chrono::steady_clock::now();
  systemc_ = simulate_streaming(pipeline_, workload_, options);
  report_->wall_s = seconds_since(start);
}

RtlRunOptions CosimSession::rtl_options() const {
  RtlRunOptions options;
  options.stalls = choices_.stalls;
  options.reset_at_cycle = choices_.reset_at_cycle;
  options.corrupt_rom = corrupt_rom_;
  return options;
}

void CosimSession::run_rtl_program() {
  Progress progress("RTL", data_.count, "images");
  RtlRunOptions options = rtl_options();
  options.compare_taps = choices_.taps;
  options.trace_path = choices_.wave_path;
  options.trace_from_cycle = std::max<int64_t>(0, choices_.wave_from_cycle);
  options.trace_to_cycle = choices_.wave_to_cycle >= 0 ? choices_.wave_to_cycle : kStartCycles;
  wave_ = {options.trace_path, options.trace_from_cycle, options.trace_to_cycle, 0};
  options.on_progress = [&](size_t n) { progress.advance(n); };
  rtl_ = run_rtl(pipeline_, design_, build_, workload_, options);
  const size_t classes = workload_.classes;
  for (size_t i = 0; i < rtl_.images; ++i) {
    const int8_t* logits = rtl_.logits.data() + i * classes;
    if (i < systemc_.images && !std::equal(logits, logits + classes, systemc_.logits.data() + i * classes))
      ++systemc_differs_;
    if (report_->has_accuracy) report_->correct += named_class(model_.network, logits) == data_.labels[i] ? 1 : 0;
  }
}

void CosimSession::look_again() {
  const std::string what = rtl_.mismatches != 0 ? fmt::format("differs from golden in image {}", *rtl_.first_mismatch)
                           : rtl_.deadlock      ? "locks up"
                           : rtl_.assertion     ? "breaks a rule of its own"
                                                : fmt::format("differs inside in image {}", rtl_.divergence->image);
  say("\n  the RTL {}: once more with taps and a waveform, to see where (that is a build of its own)\n", what);
  std::fflush(stdout);
  BuildProgress progress;
  DiagnoseOptions options;
  options.run = rtl_options();
  options.build_tick = [&] { progress(); };
  // Cycles that the user chose are in the file already.
  if (choices_.wave_from_cycle < 0 && (!choices_.wave_path.empty() || ::access(".", W_OK) == 0))
    options.wave_path = choices_.wave_path.empty() ? wave_name(scenario_.name) : choices_.wave_path;
  try {
    diagnosis_ = diagnose(pipeline_, plan_, design(true), workload_, rtl_, options);
    const Diagnosis& d = *diagnosis_;
    if (!d.wave.empty()) wave_ = {d.wave, d.wave_from_cycle, d.wave_to_cycle, d.first_image};
  } catch (const std::exception& error) {  // whatever it is: the result is worth more than the search
    diagnosis_error_ = error.what();
    diagnosis_error_.resize(std::min(diagnosis_error_.find('\n'), diagnosis_error_.size()));
  }
}

std::optional<Seen<Divergence>> CosimSession::divergence() const {
  return first_seen(rtl_, diagnosis_, &RtlRun::divergence);
}

std::optional<Seen<RtlAssertion>> CosimSession::assertion() const {
  return first_seen(rtl_, diagnosis_, &RtlRun::assertion);
}

std::optional<Seen<Deadlock>> CosimSession::deadlock() const {
  if (!rtl_.deadlock) return {};
  const bool explained = rtl_.deadlock->waits.empty() && diagnosis_ && diagnosis_->run.deadlock;
  Seen<Deadlock> deadlock = explained ? Seen<Deadlock>{*diagnosis_->run.deadlock, diagnosis_->first_image}
                                      : Seen<Deadlock>{*rtl_.deadlock, 0};
  // A depth that would do is measured in SystemC, and is one for the RTL when both lack the same.
  if (systemc_.deadlock && systemc_.deadlock->fifo == deadlock.fifo)
    deadlock.needed_depth = systemc_.deadlock->needed_depth;
  return deadlock;
}

}  // namespace psaflow
