#include "sim/simulate_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "models/scenario/devices.h"
#include "sim/terminal.h"

namespace psaflow {
namespace {

constexpr int kBarWidth = 24;
constexpr int64_t kMaxMarked = 3;  // rows that may be called a bottleneck before the pipeline is called balanced

// "blocks.3.token.mix" -> "blocks.*.token.mix": the same stage of every block shares a row.
std::string folded(std::string name) {
  for (size_t at = 0; (at = name.find("blocks.", at)) != std::string::npos; ++at) {
    const size_t begin = at + 7, end = name.find('.', begin);
    if (end != std::string::npos) name.replace(begin, end - begin, "*");
  }
  return name;
}

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
    if (result.ii_cycles > 0)
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
  fmt::print("\n{}\n", bold(fmt::format("  {:<{}}  {:>2}  {:<{}} {:>8} {:>9}", "stage", width, "x",
                                        "busy, then held up by what follows", kBarWidth + 10, "", "cycles")));
  const auto slowest = std::count_if(rows.begin(), rows.end(), [](const Row& row) { return row.bottleneck; });
  for (const Row& row : rows) {
    const std::string line =
        fmt::format("  {:<{}}  {:>2}  {} {:>9}  {:>16}", row.name, width, row.count,
                    bar(row.most, row.stalled, kBarWidth), percent(row.least, row.most), grouped(row.busy_cycles));
    fmt::print("{}\n", row.bottleneck && slowest <= kMaxMarked ? bold(line + " " + mark() + " bottleneck") : line);
  }
  if (slowest > kMaxMarked) {
    fmt::print("  balanced: no single bottleneck, {} of these rows take the longest\n", slowest);
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
  fmt::print("\n{}\n",
             bold(fmt::format("  {:<{}}  {:>2}  {:>7} {:>7}  beats", "residual FIFO", width, "x", "peak", "depth")));
  for (const FifoRow& row : rows)
    fmt::print("  {:<{}}  {:>2}  {:>7} {:>7}\n", row.name, width, row.count, grouped(row.peak), grouped(row.depth));
  fmt::print("  {} other FIFOs, {} beats deep\n", others,
             shallowest == deepest ? grouped(deepest) : grouped(shallowest) + " to " + grouped(deepest));
}

double fps(const SimulateRun& run, int64_t ii_cycles) {
  return ii_cycles > 0 ? run.scenario.streaming.clock_mhz * 1e6 / static_cast<double>(ii_cycles) : 0;
}

std::string or_dash(double value) {
  return value > 0 ? grouped(std::llround(value)) : "-";
}

}  // namespace

void print_simulate_header(const SimulateRun& run) {
  const Scenario& s = run.scenario;
  const ModelConfig& c = run.model.config;
  fmt::print("{}{}\n", bold(s.name), s.description.empty() ? "" : ": " + s.description);
  fmt::print("  model    {}\n", s.synthetic ? fmt::format("random weights, seed {}", s.synthetic->seed) : s.model_path);
  fmt::print(
      "           {}, embed {}, hidden {}, {} block{}, {} tokens of {} features; {} parameters, {} MACs an image\n",
      to_string(c.activation), c.embed, c.hidden, c.blocks, c.blocks == 1 ? "" : "s", c.tokens(), c.features(),
      grouped(count_parameters(run.model)), grouped(count_macs(run.model)));
  fmt::print("  device   {}\n", device_text(find_device(s.device)));
  fmt::print("  clock    {} MHz, profile {}, {} element{} a beat, {} stages\n", s.streaming.clock_mhz,
             s.streaming.profile, lanes(run.pipeline), lanes(run.pipeline) == 1 ? "" : "s", run.pipeline.stages.size());
  int64_t products = 0, multipliers = 0;
  for (const Stage& stage : run.pipeline.stages) {
    if (stage.kind == StageKind::kLinear) products += int64_t{stage.pe} * stage.simd;
    multipliers += stage.multipliers();
  }
  fmt::print("  linear   {} products a cycle from {} multipliers\n", grouped(products), grouped(multipliers));
  fmt::print("  images   {} of {} ({} split)\n", grouped(static_cast<int64_t>(run.images)), run.data_dir,
             s.test_split ? "test" : "train");
  std::fflush(stdout);
}

void print_simulate_tables(const SimulateRun& run, const SimulationResult& result) {
  const Scenario& s = run.scenario;
  if (!result.deadlock) {
    fmt::print("\n  accuracy    {}\n", run.has_accuracy ? fmt::format("{:.2f} %, {} of {} images right",
                                                                      100.0 * static_cast<double>(run.correct) /
                                                                          static_cast<double>(run.images),
                                                                      run.correct, run.images)
                                       : s.synthetic    ? "none: the weights are random"
                                                        : "none: the model's classes are not those of the labels");
    fmt::print("  mismatches  {}\n", result.mismatches == 0
                                         ? "0, every logit as in the golden model"
                                         : bold(fmt::format("{} of {} images", result.mismatches, result.images)));
  }
  const auto line = [](const char* what, const std::string& plan, const std::string& systemc,
                       const std::string& claimed) {
    fmt::print("  {:<16} {:>10} {:>10} {:>10}\n", what, plan, systemc, claimed);
  };
  fmt::print("\n{}\n", bold(fmt::format("  {:<16} {:>10} {:>10} {:>10}", "", "plan", "SystemC", "claimed")));
  line("II, cycles", or_dash(static_cast<double>(run.plan.ii_cycles)), or_dash(static_cast<double>(result.ii_cycles)),
       or_dash(static_cast<double>(s.claimed_ii_cycles)));
  line("latency, cycles", or_dash(static_cast<double>(run.plan.latency_cycles)),
       or_dash(static_cast<double>(result.latency_cycles)), "-");
  line("images a second", or_dash(fps(run, run.plan.ii_cycles)), or_dash(fps(run, result.ii_cycles)),
       or_dash(s.claimed_fps));
  if (!s.claim_source.empty()) fmt::print("  claimed by {}\n", s.claim_source);
  if (result.deadlock) {
    print_waits(*result.deadlock);
    return;
  }
  print_stages(result);
  print_fifos(run, result);
  fmt::print("\n  simulated {} images in {:.2f} s, {} images a second ({} stepped cycle by cycle)\n", result.images,
             run.wall_s, or_dash(run.wall_s > 0 ? static_cast<double>(result.images) / run.wall_s : 0),
             result.stepped_images);
}

std::string simulate_json(const SimulateRun& run, const SimulationResult& result) {
  using Json = nlohmann::ordered_json;
  const Scenario& s = run.scenario;
  Json json = {{"scenario", s.name},
               {"file", s.file},
               {"version", PSAFLOW_VERSION},
               {"model", s.synthetic ? Json(nullptr) : Json(s.model_path)},
               {"device", s.device},
               {"profile", s.streaming.profile},
               {"lanes", lanes(run.pipeline)},
               {"images", result.images},
               {"mismatches", result.mismatches},
               {"ii_cycles", result.ii_cycles},
               {"latency_cycles", result.latency_cycles},
               {"clock_mhz", s.streaming.clock_mhz},
               {"fps", fps(run, result.ii_cycles)}};
  const bool accuracy = run.has_accuracy && !result.deadlock;
  json["correct"] = accuracy ? Json(run.correct) : Json(nullptr);
  json["accuracy"] =
      accuracy ? Json(static_cast<double>(run.correct) / static_cast<double>(run.images)) : Json(nullptr);
  json["plan"] = {{"ii_cycles", run.plan.ii_cycles},
                  {"latency_cycles", run.plan.latency_cycles},
                  {"fps", fps(run, run.plan.ii_cycles)}};
  json["claimed"] = nullptr;
  if (!s.claim_source.empty())
    json["claimed"] = {{"ii_cycles", s.claimed_ii_cycles}, {"fps", s.claimed_fps}, {"source", s.claim_source}};
  json["total_cycles"] = result.total_cycles;
  json["stepped_images"] = result.stepped_images;
  json["simulation_s"] = run.wall_s;
  json["simulated_images_per_s"] = run.wall_s > 0 ? static_cast<double>(result.images) / run.wall_s : 0;
  json["bottleneck"] =
      result.stages.empty() ? Json(nullptr) : Json(result.stages[static_cast<size_t>(result.bottleneck)].name);
  json["stages"] = Json::array();
  for (size_t i = 0; i < result.stages.size(); ++i) {
    const StageStats& stage = result.stages[i];
    json["stages"].push_back({{"name", stage.name},
                              {"kind", to_string(run.pipeline.stages[i].kind)},
                              {"pe", run.pipeline.stages[i].pe},
                              {"simd", run.pipeline.stages[i].simd},
                              {"packed", run.pipeline.stages[i].packed},
                              {"multipliers", run.pipeline.stages[i].multipliers()},
                              {"plan_period_cycles", run.plan.stages[i].period_cycles},
                              {"busy_cycles", stage.busy_cycles},
                              {"utilisation", stage.utilisation},
                              {"stall_in_cycles", stage.stall_in_cycles},
                              {"stall_out_cycles", stage.stall_out_cycles}});
  }
  json["fifos"] = Json::array();
  for (const FifoStats& fifo : result.fifos)
    json["fifos"].push_back({{"name", fifo.name}, {"depth_beats", fifo.depth}, {"peak_beats", fifo.peak}});
  json["divergence"] = nullptr;
  if (const auto& d = result.divergence) {
    json["divergence"] = {{"image", d->image},     {"stage", d->stage},       {"token", d->token},
                          {"channel", d->channel}, {"expected", d->expected}, {"found", d->found}};
  }
  json["deadlock"] = result.deadlock ? deadlock_json(*result.deadlock) : Json(nullptr);
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

void print_waits(const Deadlock& deadlock, const std::string& where) {
  size_t stage = 5, fifo = 4;
  for (const Wait& wait : deadlock.waits) {
    stage = std::max(stage, wait.stage.size());
    fifo = std::max(fifo, wait.fifo.size());
  }
  fmt::print("\n{}\n", bold(fmt::format("  {:<{}}  {:<10}  {:<{}}  {:>7} of {:>7} beats",
                                        where.empty() ? "stage" : "stage, " + where, stage, "waits for", "FIFO", fifo,
                                        "holds", "depth")));
  for (const Wait& wait : deadlock.waits) {
    fmt::print("  {:<{}}  {:<10}  {:<{}}  {:>7} of {:>7}{}\n", wait.stage, stage,
               wait.for_space ? "space in" : "a beat of", wait.fifo, fifo, grouped(wait.beats), grouped(wait.depth),
               wait.fifo == deadlock.fifo ? " " + mark() + " too shallow" : "");
  }
}

nlohmann::ordered_json deadlock_json(const Deadlock& d) {
  using Json = nlohmann::ordered_json;
  Json json = {{"cycle", d.cycle},
               {"stage", d.stage.empty() ? Json(nullptr) : Json(d.stage)},
               {"fifo", d.fifo.empty() ? Json(nullptr) : Json(d.fifo)},
               {"depth_beats", d.depth},
               {"needed_depth_beats", d.needed_depth > 0 ? Json(d.needed_depth) : Json(nullptr)}};
  json["waits"] = Json::array();
  for (const Wait& wait : d.waits)
    json["waits"].push_back({{"stage", wait.stage},
                             {"for", wait.for_space ? "space" : "beat"},
                             {"fifo", wait.fifo},
                             {"beats", wait.beats},
                             {"depth_beats", wait.depth}});
  return json;
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
