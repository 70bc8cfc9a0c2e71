#include "sim/cosim_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "sim/run_json.h"
#include "sim/say.h"
#include "sim/terminal.h"

namespace psaflow {
namespace {

// Latency and total of the RTL may be this far from the plan's or SystemC's.
constexpr double kTolerancePercent = 1;

std::string cycles_text(int64_t value) {
  return or_dash(static_cast<double>(value));
}

std::string percent_text(double percent) {
  return percent == 0 ? "0 %" : percent < 0.01 ? "<0.01 %" : fmt::format("{:.2f} %", percent);
}

void print_line(const std::string& what, const std::string& plan, const std::string& systemc, const std::string& rtl,
                const std::string& off, const std::string& claimed) {
  say("  {:<18} {:>11} {:>11} {:>11} {:>9} {:>11}\n", what, plan, systemc, rtl, off, claimed);
}
void print_counts(const std::string& what, const CycleCounts& counts, int64_t claimed) {
  const auto off = percent_off(counts);
  print_line(what, cycles_text(counts.plan), cycles_text(counts.systemc), cycles_text(counts.rtl),
             off ? percent_text(*off) : "-", cycles_text(claimed));
}

void print_cycles(const CosimSession& session) {
  const Scenario& s = session.systemc_run().scenario;
  const bool stalls = session.choices().stalls.any();
  say("\n{}\n", bold(fmt::format("  {:<18} {:>11} {:>11} {:>11} {:>9} {:>11}", "", "plan", "SystemC", "RTL", "RTL off",
                                 "claimed")));
  const CycleCounts ii = ii_counts(session);
  print_counts(stalls ? "mean II, cycles" : "II, cycles", ii, stalls ? 0 : s.claimed_ii_cycles);
  print_counts("latency, cycles", latency_counts(session), 0);
  print_counts("all images, cycles", total_counts(session), 0);
  const auto fps = [&](int64_t cycles) { return or_dash(images_per_second(s.target.clock_mhz, cycles)); };
  print_line("images a second", fps(ii.plan), fps(ii.systemc), fps(ii.rtl), "", stalls ? "-" : or_dash(s.claimed_fps));
  if (const int64_t ideal = session.systemc_run().plan.ii_cycles; !stalls && ii.plan > ideal)
    print_shallow_note(ideal, ii.plan);
  if (ii.rtl == 0 && !session.rtl().deadlock && !session.rtl().assertion)
    print_unsteady_note(session.rtl().images, stalls);
  if (!s.claim_source.empty() && !stalls) say("  claimed by {}\n", s.claim_source);
}

void print_stages(const CosimSession& session) {
  const std::vector<StageCycles>& names = session.systemc_run().plan.stages;
  size_t width = 19;
  for (const StageCycles& stage : names) width = std::max(width, stage.name.size());
  const auto three = [](int64_t plan, int64_t systemc, int64_t rtl) {
    const auto text = [](int64_t cycles) { return cycles > 0 ? std::to_string(cycles) : "-"; };
    return fmt::format("{:>7} {:>7} {:>7}", text(plan), text(systemc), text(rtl));
  };
  const std::string heads = fmt::format("{:>7} {:>7} {:>7}", "plan", "SystemC", "RTL");
  say("\n{}\n", bold(fmt::format("  {:<{}}  {:^23}  {:^23}  {:^23}", "first image, cycles", width, "first beat out",
                                 "last beat out", "from last to last")));
  say("{}\n", bold(fmt::format("  {:<{}}  {}  {}  {}  RTL off", "stage", width, heads, heads, heads)));
  size_t equal = 0, worst = 0;
  for (size_t i = 0; i < session.rtl().stages.size(); ++i) {
    const StageTimes& rtl = session.rtl().stages[i];
    const StageTimes& plan = session.plan().stages[i];
    const StageStats& systemc = session.systemc().stages[i];
    const int64_t off = stage_cycles_off(session, i);
    say("  {:<{}}  {}  {}  {}  {:>7}\n", names[i].name, width,
        three(plan.first_out_cycles, systemc.first_out_cycles, rtl.first_out_cycles),
        three(plan.last_out_cycles, systemc.last_out_cycles, rtl.last_out_cycles),
        three(plan.interval_cycles, systemc.interval_cycles, rtl.interval_cycles), off);
    if (off == 0) ++equal;
    if (off > stage_cycles_off(session, worst)) worst = i;
  }
  say("  {} of {} stages agree to the cycle{}\n", equal, session.rtl().stages.size(),
      equal == session.rtl().stages.size()
          ? ""
          : fmt::format("; the most off is {} by {} cycles", names[worst].name, stage_cycles_off(session, worst)));
}

void print_values(const CosimSession& session) {
  const RtlRun& rtl = session.rtl();
  const SimulateRun& run = session.systemc_run();
  const bool whole = rtl.images == run.images;
  say("\n");
  if (run.has_accuracy && whole) {
    say("  accuracy    {:.2f} %, {} of {} images right\n",
        100 * static_cast<double>(run.correct) / static_cast<double>(rtl.images), run.correct, rtl.images);
  }
  const std::string inside = session.choices().taps && !rtl.divergence
                                 ? fmt::format(", and every output of all {} stages", run.plan.stages.size())
                                 : "";
  say("  mismatches  {}\n",
      rtl.mismatches != 0 ? bold(fmt::format("{} of {} images", rtl.mismatches, rtl.images))
      : whole ? OurText{fmt::format("0, every logit of {} images as in the golden model{}", rtl.images, inside)}
              : OurText{fmt::format("0 in the {} images that came out", rtl.images)});
  if (const std::string& stage = session.choices().corrupt_stage; !stage.empty() && !rtl.failed())
    say("  note        the bit flipped in {} changes none of these {}\n", stage,
        session.choices().taps ? "outputs" : "logits (--taps looks inside)");
  if (const Waveform& wave = session.wave(); !wave.path.empty()) {
    say("  waveform    {}: all signals, cycles {} to {}{} (GTKWave)\n", wave.path, wave.from_cycle, wave.to_cycle,
        wave.first_image > 0 ? fmt::format(" of a run that begins with image {}", wave.first_image) : "");
  }
}

// Behind a cycle: what it counts from.
std::string of_run(size_t first_image) {
  return first_image > 0 ? fmt::format(" (of a run that begins with image {})", first_image) : "";
}

std::string divergence_text(const Seen<Divergence>& d) {
  return fmt::format(
      "the first difference in RTL: image {}, stage {}, token {}, channel {}, cycle {}{}: expected {}, found {}",
      d.image, d.stage, d.token, d.channel, d.cycle, of_run(d.first_image), d.expected, d.found);
}

std::string deadlock_text(const Seen<Deadlock>& d) {
  std::string line = deadlock_line(d, "RTL");  // "deadlock in RTL at cycle C: ..."
  return line.insert(std::min(line.find(':'), line.size()), of_run(d.first_image));
}

void add_value_failures(const CosimSession& session, std::vector<std::string>& failures) {
  const RtlRun& rtl = session.rtl();
  if (rtl.mismatches != 0) {
    failures.push_back(fmt::format("{} of {} images differ from golden in RTL, the first is image {}", rtl.mismatches,
                                   rtl.images, *rtl.first_mismatch));
  }
  if (const auto d = session.divergence()) failures.push_back(divergence_text(*d));
  if (const auto a = session.assertion())
    failures.push_back(
        fmt::format("a check of the RTL's own fails in cycle {}{}: {}", a->cycle, of_run(a->first_image), a->text));
  if (const auto d = session.deadlock()) failures.push_back(deadlock_text(*d));
  if (!session.diagnosis_error().empty())
    failures.push_back("where the RTL goes wrong first could not be found out: " + session.diagnosis_error());
  if (session.diagnosis() && !session.diagnosis()->found())
    failures.push_back("built with taps, the RTL does nothing wrong on these images; try other --seed values");
  if (const auto& d = session.systemc().divergence)
    failures.push_back("SystemC: " + divergence_line(*d, session.systemc().mismatches, session.systemc().images));
}

bool ii_differs(const CycleCounts& ii) {
  const auto differs = [&](int64_t model) { return model > 0 && ii.rtl > 0 && ii.rtl != model; };
  return differs(ii.plan) || differs(ii.systemc);
}

}  // namespace

CycleCounts ii_counts(const CosimSession& s) {
  const SimulateRun& run = s.systemc_run();
  const RtlRun& rtl = s.rtl();
  const bool steady = !rtl.deadlock && !rtl.assertion &&
                      is_steady(run.pipeline, run.steady, run.stalls, {rtl.images, rtl.ii_cycles, rtl.latency_cycles});
  return {planned_ii_cycles(run), s.systemc().steady ? s.systemc().ii_cycles : 0, steady ? rtl.ii_cycles : 0};
}
CycleCounts latency_counts(const CosimSession& s) {
  return {s.plan().latency_cycles, s.systemc().latency_cycles, s.rtl().latency_cycles};
}
CycleCounts total_counts(const CosimSession& s) {
  return {s.plan().total_cycles, s.systemc().total_cycles, s.rtl().total_cycles};
}

std::optional<double> percent_off(const CycleCounts& counts) {
  double most = -1;
  for (const int64_t model : {counts.plan, counts.systemc}) {
    if (counts.rtl == 0 || model == 0) continue;
    const double off = 100 * static_cast<double>(std::llabs(counts.rtl - model)) / static_cast<double>(model);
    most = std::max(most, off);
  }
  return most < 0 ? std::nullopt : std::optional<double>(most);
}

int64_t stage_cycles_off(const CosimSession& session, size_t i) {
  const StageTimes& rtl = session.rtl().stages[i];
  const StageTimes& plan = session.plan().stages[i];
  const StageStats& systemc = session.systemc().stages[i];
  int64_t off = std::max<int64_t>({std::llabs(rtl.first_out_cycles - systemc.first_out_cycles),
                                   std::llabs(rtl.last_out_cycles - systemc.last_out_cycles),
                                   std::llabs(rtl.first_out_cycles - plan.first_out_cycles),
                                   std::llabs(rtl.last_out_cycles - plan.last_out_cycles)});
  for (const int64_t interval : {systemc.interval_cycles, plan.interval_cycles}) {
    if (interval > 0 && rtl.interval_cycles > 0)
      off = std::max<int64_t>(off, std::llabs(rtl.interval_cycles - interval));
  }
  return off;
}

std::vector<std::string> cosim_failures(const CosimSession& session) {
  std::vector<std::string> failures;
  const SimulationResult& systemc = session.systemc();
  const RtlRun& rtl = session.rtl();
  if (systemc.deadlock) failures.push_back(deadlock_line(*systemc.deadlock, "SystemC"));
  add_value_failures(session, failures);
  if (systemc.deadlock || rtl.deadlock || rtl.assertion) return failures;
  if (session.systemc_differs() != 0 && rtl.mismatches == 0)
    failures.push_back(fmt::format("SystemC and RTL differ in the logits of {} images", session.systemc_differs()));
  const auto differs = [&](const char* what, const CycleCounts& c) {
    failures.push_back(
        fmt::format("the {} differs: plan {}, SystemC {}, RTL {} cycles", what, c.plan, c.systemc, c.rtl));
  };
  const auto compare = [&](const char* what, const CycleCounts& c) {
    if (percent_off(c).value_or(0) > kTolerancePercent) differs(what, c);
  };
  if (!session.choices().stalls.any() && ii_differs(ii_counts(session))) differs("II", ii_counts(session));
  compare("latency", latency_counts(session));
  compare("time of all images", total_counts(session));
  return failures;
}

void print_cosim_tables(const CosimSession& session) {
  const SimulationResult& systemc = session.systemc();
  const RtlRun& rtl = session.rtl();
  const SimulateRun& run = session.systemc_run();
  print_values(session);
  print_cycles(session);
  if (!rtl.stages.empty() && session.plan().stages.size() == rtl.stages.size()) print_stages(session);
  if (const auto d = session.deadlock(); d && !d->waits.empty()) print_waits(*d, "RTL");
  const double systemc_rate = wall_rate(systemc.images, run.wall_s), rtl_rate = wall_rate(rtl.images, rtl.wall_s);
  say("\n  simulated  SystemC {:.2f} s, {:.4g} images a second ({} stepped cycle by cycle); RTL {:.2f} s, {:.4g} "
      "images a second; {:.0f} times\n",
      run.wall_s, systemc_rate, systemc.stepped_images, rtl.wall_s, rtl_rate,
      rtl_rate > 0 ? systemc_rate / rtl_rate : 0);
  say("  build      {:.1f} s{}; {}\n", session.build().build_s,
      session.build().cached ? ", earlier: taken from the cache" : "", session.build().program);
}

}  // namespace psaflow
