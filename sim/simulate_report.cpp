#include "sim/simulate_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/scenario/devices.h"
#include "sim/fit_check.h"
#include "sim/say.h"
#include "sim/terminal.h"

namespace psaflow {
namespace {

constexpr int kBarWidth = 24;
constexpr int64_t kMaxMarked = 3;  // rows that may be called a bottleneck before the pipeline is called balanced

struct Row {
  std::string name;
  int count = 0;
  double least = 0, most = 0, stalled = 0;  // fractions of the II: busy (least and most of the row), waiting for space
  int64_t busy_cycles = 0;                  // most of the row
  bool bottleneck = false;
};

std::vector<Row> fold_stages(const SimulationResult& result) {
  std::vector<Row> rows;
  const int64_t slowest = result.stages.empty() ? 0 : result.stages[static_cast<size_t>(result.bottleneck)].busy_cycles;
  for (const StageStats& stage : result.stages) {
    const std::string name = folded(stage.name);
    auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.name == name; });
    if (row == rows.end()) {
      rows.push_back({name, 0, stage.utilisation, stage.utilisation, 0, 0, false});
      row = rows.end() - 1;
    }
    ++row->count;
    row->least = std::min(row->least, stage.utilisation);
    row->most = std::max(row->most, stage.utilisation);
    row->busy_cycles = std::max(row->busy_cycles, stage.busy_cycles);
    if (result.steady)
      row->stalled =
          std::max(row->stalled, static_cast<double>(stage.stall_out_cycles) / static_cast<double>(result.ii_cycles));
    row->bottleneck = row->bottleneck || stage.busy_cycles == slowest;
  }
  return rows;
}

std::string percent(double least, double most) {
  const long low = std::lround(100 * least), high = std::lround(100 * most);
  return low == high ? fmt::format("{} %", high) : fmt::format("{}-{} %", low, high);
}

void print_stages(const SimulationResult& result) {
  const std::vector<Row> rows = fold_stages(result);
  size_t width = 5;
  for (const Row& row : rows) width = std::max(width, row.name.size());
  say("\n{}\n", bold(fmt::format("  {:<{}}  {:>2}  {:<{}} {:>8} {:>9}", "stage", width, "x",
                                 "busy, then held up by what follows", kBarWidth + 10, "", "cycles")));
  const auto slowest = std::count_if(rows.begin(), rows.end(), [](const Row& row) { return row.bottleneck; });
  for (const Row& row : rows) {
    const std::string line = fmt::format("  {:<{}}  {:>2}  {} {:>9}  {:>16}", row.name, width, row.count,
                                         bar(row.most, row.stalled, kBarWidth),
                                         result.steady ? percent(row.least, row.most) : "-", grouped(row.busy_cycles));
    say("{}\n", row.bottleneck && slowest <= kMaxMarked ? bold(line + " " + mark() + " bottleneck") : OurText{line});
  }
  if (slowest > kMaxMarked) {
    say("  balanced: no single bottleneck, {} of these rows take the longest\n", slowest);
  }
}

void print_fifos(const SimulateRun& run, const SimulationResult& result) {
  struct FifoRow {
    std::string name;
    int count, peak, depth;
  };
  std::vector<FifoRow> rows;
  int others = 0, shallowest = 0, deepest = 0;
  for (const FifoStats& fifo : result.fifos) {
    const auto stream = std::find_if(run.pipeline.streams.begin(), run.pipeline.streams.end(),
                                     [&](const Stream& s) { return s.name == fifo.name; });
    if (stream == run.pipeline.streams.end() || !stream->residual) {
      shallowest = others == 0 ? fifo.depth : std::min(shallowest, fifo.depth);
      deepest = std::max(deepest, fifo.depth);
      ++others;
      continue;
    }
    const std::string name = folded(fifo.name);
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [&](const FifoRow& r) { return r.name == name && r.depth == fifo.depth; });
    if (row == rows.end()) {
      const auto last = std::find_if(rows.rbegin(), rows.rend(), [&](const FifoRow& r) { return r.name == name; });
      rows.insert(last == rows.rend() ? rows.end() : last.base(), {name, 1, fifo.peak, fifo.depth});
    } else {
      ++row->count;
      row->peak = std::max(row->peak, fifo.peak);
    }
  }
  size_t width = 13;
  for (const FifoRow& row : rows) width = std::max(width, row.name.size());
  say("\n{}\n", bold(fmt::format("  {:<{}}  {:>2}  {:>7} {:>7}  beats", "residual FIFO", width, "x", "peak", "depth")));
  for (const FifoRow& row : rows)
    say("  {:<{}}  {:>2}  {:>7} {:>7}\n", row.name, width, row.count, grouped(row.peak), grouped(row.depth));
  say("  {} other FIFOs, {} beats deep\n", others,
      shallowest == deepest ? grouped(deepest) : grouped(shallowest) + " to " + grouped(deepest));
}

}  // namespace

bool has_accuracy(const Scenario& scenario, const ImageSet& data, const IntModel& model) {
  const bool as_many = !scenario.data.is_cifar10() || model.config.classes == kCifarClasses;
  return !scenario.synthetic && !data.labels.empty() && as_many;
}

void print_simulate_header(const SimulateRun& run) {
  const Scenario& s = run.scenario;
  const ModelConfig& c = run.model.config;
  say("{}{}\n", bold(s.name), s.description.empty() ? "" : ": " + s.description);
  say("  model    {}\n", s.synthetic ? fmt::format("random weights, seed {}", s.synthetic->seed) : s.model_path);
  say("           {}, embed {}, hidden {}, {} block{}, {} tokens of {} features; {} parameters, {} MACs an image\n",
      to_string(c.activation), c.embed, c.hidden, c.blocks, c.blocks == 1 ? "" : "s", c.tokens(), c.features(),
      grouped(count_parameters(run.model.network)), grouped(count_macs(run.model.network)));
  say("  device   {}\n", device_text(find_device(s.target.device)));
  say("  clock    {} MHz, profile {}, {} element{} a beat, {} stages\n", s.target.clock_mhz, run.pipeline.profile.name,
      lanes(run.pipeline), lanes(run.pipeline) == 1 ? "" : "s", run.pipeline.stages.size());
  int64_t products = 0, multipliers = 0;
  for (const Stage& stage : run.pipeline.stages) {
    if (stage.kind == StageKind::kLinear) products += int64_t{stage.pe} * stage.simd;
    multipliers += stage.multipliers();
  }
  say("  linear   {} products a cycle from {} multipliers\n", grouped(products), grouped(multipliers));
  for (const std::string& why : misfits(run.pipeline, find_device(s.target.device))) say("  note     {}\n", why);
  say("  images   {} of {}\n", grouped(static_cast<int64_t>(run.images)), s.data.text());
  std::fflush(stdout);
}

void print_simulate_tables(const SimulateRun& run, const SimulationResult& result) {
  const Scenario& s = run.scenario;
  if (!result.deadlock) {
    say("\n  accuracy    {}\n",
        run.has_accuracy  ? fmt::format("{:.2f} %, {} of {} images right",
                                        100.0 * static_cast<double>(run.correct) / static_cast<double>(run.images),
                                        run.correct, run.images)
        : s.synthetic     ? "none: the weights are random"
        : s.data.is_own() ? "none: no labels are given"
                          : "none: the model's classes are not those of the labels");
    say("  mismatches  {}\n", result.mismatches == 0
                                  ? OurText{"0, every logit as in the golden model"}
                                  : bold(fmt::format("{} of {} images", result.mismatches, result.images)));
  }
  const auto line = [](const char* what, const std::string& plan, const std::string& systemc,
                       const std::string& claimed) {
    say("  {:<16} {:>10} {:>10} {:>10}\n", what, plan, systemc, claimed);
  };
  say("\n{}\n", bold(fmt::format("  {:<16} {:>10} {:>10} {:>10}", "", "plan", "SystemC", "claimed")));
  // Under stalls the cycles are those of the run, not of the design, and nobody claims them.
  const bool stalls = run.stalls.any();
  const int64_t planned_ii = planned_ii_cycles(run), measured_ii = result.steady ? result.ii_cycles : 0,
                planned_latency = stalls ? run.stream.latency_cycles : run.plan.latency_cycles;
  const auto cycles = [](int64_t value) { return or_dash(static_cast<double>(value)); };
  line(stalls ? "mean II, cycles" : "II, cycles", cycles(planned_ii), cycles(measured_ii),
       stalls ? "-" : cycles(s.claimed_ii_cycles));
  line("latency, cycles", cycles(planned_latency), cycles(result.latency_cycles), "-");
  const auto fps = [&](int64_t ii) { return or_dash(images_per_second(s.target.clock_mhz, ii)); };
  line("images a second", fps(planned_ii), fps(measured_ii), stalls ? "-" : or_dash(s.claimed_fps));
  if (!stalls && planned_ii > run.plan.ii_cycles) print_shallow_note(run.plan.ii_cycles, planned_ii);
  if (!result.steady && !result.deadlock) print_unsteady_note(result.images, stalls);
  if (!s.claim_source.empty() && !stalls) say("  claimed by {}\n", s.claim_source);
  if (result.deadlock) {
    print_waits(*result.deadlock);
    return;
  }
  print_stages(result);
  print_fifos(run, result);
  say("\n  simulated {} images in {:.2f} s, {} images a second ({} stepped cycle by cycle)\n", result.images,
      run.wall_s, or_dash(run.wall_s > 0 ? static_cast<double>(result.images) / run.wall_s : 0), result.stepped_images);
}

void plan_images(SimulateRun& run, const Stalls& stalls, const std::function<void(size_t)>& on_progress) {
  run.stalls = stalls;
  run.stream = predict_stream(run.pipeline, run.images, stalls, on_progress);
  if (!stalls.any()) run.steady = predict_steady_state(run.pipeline);
}

int64_t planned_ii_cycles(const SimulateRun& run) {
  if (run.stalls.any()) {
    const StreamPrediction& s = run.stream;
    return is_steady(run.pipeline, {}, run.stalls, {run.images, s.ii_cycles, s.latency_cycles}) ? s.ii_cycles : 0;
  }
  if (run.stream.deadlock) return run.plan.ii_cycles;
  return run.steady ? run.steady->ii_cycles() : 0;
}

void print_shallow_note(int64_t ideal_ii_cycles, int64_t ii_cycles) {
  say("  note: FIFOs are too shallow to keep the II of {}: it is {}\n", grouped(ideal_ii_cycles), grouped(ii_cycles));
}

void print_unsteady_note(size_t images, bool stalls) {
  say("  note: {} image{} never reach{} the steady state{}: no II, and no rate\n", images, images == 1 ? "" : "s",
      images == 1 ? "es" : "", stalls ? " of these stalls" : "");
}

void print_waits(const Deadlock& deadlock, const std::string& where) {
  size_t stage = 5, fifo = 4;
  for (const Wait& wait : deadlock.waits) {
    stage = std::max(stage, wait.stage.size());
    fifo = std::max(fifo, wait.fifo.size());
  }
  say("\n{}\n",
      bold(fmt::format("  {:<{}}  {:<10}  {:<{}}  {:>7} of {:>7} beats", where.empty() ? "stage" : "stage, " + where,
                       stage, "waits for", "FIFO", fifo, "holds", "depth")));
  for (const Wait& wait : deadlock.waits) {
    say("  {:<{}}  {:<10}  {:<{}}  {:>7} of {:>7}{}\n", wait.stage, stage, wait.for_space ? "space in" : "a beat of",
        wait.fifo, fifo, grouped(wait.beats), grouped(wait.depth),
        wait.fifo == deadlock.fifo ? " " + mark() + " too shallow" : "");
  }
}

std::string deadlock_line(const Deadlock& d, const std::string& where) {
  const std::string at = fmt::format("deadlock{} at cycle {}", where.empty() ? "" : " in " + where, d.cycle);
  if (d.fifo.empty()) return at + (d.waits.empty() ? "" : fmt::format(": {} cannot go on", d.waits.front().stage));
  const std::string line =
      fmt::format("{}: {} cannot go on, the FIFO {} is full with {} beats", at, d.stage, d.fifo, d.depth);
  return d.needed_depth > 0 ? fmt::format("{}; a depth of {} would do", line, d.needed_depth) : line;
}

std::string divergence_line(const Divergence& d, size_t mismatches, size_t images) {
  return fmt::format(
      "{} of {} images differ from golden; the first difference: image {}, stage {}, token {}, channel {}: expected "
      "{}, found {}",
      mismatches, images, d.image, d.stage, d.token, d.channel, d.expected, d.found);
}

}  // namespace psaflow
