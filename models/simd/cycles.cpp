#include "models/simd/cycles.h"

#include <algorithm>
#include <cmath>

#include "sw/base/error.h"

namespace psaflow {
namespace {

// Profile "rtl": the loader walks ahead of the passes as far as the rings have space.
class Schedule {
 public:
  Schedule(const SimdMapping& mapping, const SimdMemory& memory, size_t images)
      : hw_(mapping.hardware),
        program_(mapping.program),
        reads_(memory),
        writes_(memory),
        outstanding_(std::min(hw_.outstanding_reads, memory.outstanding_reads)),
        images_(images) {
    for (int64_t& space : space_) space = 0;
    space_[0] = hw_.capacities.input_beats;
    space_[1] = hw_.capacities.constant_beats;
    space_[2] = hw_.capacities.weight_beats;
    space_[3] = hw_.capacities.table_beats;
  }

  SimdTimes run() {
    const int64_t program_bytes = kSimdDescriptorBytes * (static_cast<int64_t>(program_.passes.size()) + 1);
    int64_t cycle = SimdControl::kFirstRequest;
    const int64_t loaded = request(cycle, 0, hw_.beats(program_bytes));
    cycle = loaded + SimdControl::kProgramChecked;
    for (size_t image = 0; image < images_; ++image) {
      for (const SimdPass& pass : program_.passes) {
        times_.passes.emplace_back();
        times_.passes.back().loaded = load(pass, image, cycle);
      }
    }
    while (computed_ < times_.passes.size()) compute();
    return std::move(times_);
  }

 private:
  // Requests the bursts of one segment from `cycle` on, which becomes the cycle after the last request. Returns when the
  // last beat comes.
  int64_t request(int64_t& cycle, uint64_t address, int64_t beats) {
    int64_t last = 0;
    while (beats > 0) {
      const SimdBurst burst = next_burst(address, beats, hw_.bus_bytes, hw_.burst_beats);
      if (last_beats_.size() >= outstanding_)
        cycle = std::max(cycle, last_beats_[last_beats_.size() - outstanding_] + 1);
      cycle += reads_.request_pause();
      last = reads_.last_beat(cycle, burst.beats);
      last_beats_.push_back(last);
      ++cycle;
      address += static_cast<uint64_t>(burst.beats) * static_cast<uint64_t>(hw_.bus_bytes);
      beats -= burst.beats;
    }
    return last;
  }

  // Returns when the last beat of the pass comes; `cycle`: of its descriptor's address, then of the next one's.
  int64_t load(const SimdPass& pass, size_t image, int64_t& cycle) {
    cycle += SimdControl::descriptor(hw_.bus_bytes);
    uint64_t address = pass.parameter_offset;
    const int64_t segments[] = {pass.input_beats, pass.constant_beats, pass.weight_beats, pass.table_beats};
    int64_t loaded = 0;
    for (int ring = 0; ring < 4; ++ring) {
      if (segments[ring] > 0) {
        while (space_[ring] < segments[ring]) cycle = std::max(cycle, retire() + 1);
        space_[ring] -= segments[ring];
        // Images lie in a region of their own, aligned like the program's.
        const uint64_t from = ring == 0 ? uint64_t{program_.image_bytes} * image : address;
        loaded = request(++cycle, from, segments[ring]);
        if (ring > 0) address += static_cast<uint64_t>(segments[ring]) * static_cast<uint64_t>(hw_.bus_bytes);
      } else {
        ++cycle;
      }
    }
    return loaded;
  }

  // The next pass that has not been asked for its end: when it is retired, and its places are free.
  int64_t retire() {
    PSAFLOW_CHECK(retired_ + 1 < times_.passes.size(), "each ring holds a pass");
    while (computed_ <= retired_) compute();
    const SimdPass& pass = program_.passes[retired_ % program_.passes.size()];
    if (pass.release_input) space_[0] += program_.passes.front().input_beats;
    space_[1] += pass.constant_beats;
    space_[2] += pass.weight_beats;
    space_[3] += pass.table_beats;
    return times_.passes[retired_++].retired;
  }

  void compute() {
    const SimdPass& pass = program_.passes[computed_ % program_.passes.size()];
    SimdPassTimes& t = times_.passes[computed_];
    const int64_t earliest = computed_ == 0 ? 0 : times_.passes[computed_ - 1].last_step + 1 + pass.gap_cycles;
    t.start = std::max(earliest, t.loaded + SimdControl::kLoadedToStart);
    if (pass.to_result) {  // as many images' results at a time as the ring holds
      const auto held = static_cast<size_t>(hw_.capacities.result_words / pass.result_words);
      if (times_.done.size() >= held)
        t.start = std::max(t.start, times_.done[times_.done.size() - held] + SimdControl::kFreedToStart);
    }
    t.wait = computed_ == 0 ? 0 : t.start - earliest;
    t.last_step = t.start + pass.issue_cycles() - 1;
    t.retired = t.last_step + SimdPipeline::retire(hw_.tile);
    if (pass.to_result) write(pass, t.retired + (pass.argmax ? hw_.tile : 0));
    ++computed_;
  }

  // The results of one image, a burst at a time.
  void write(const SimdPass& pass, int64_t ready) {
    uint64_t address = uint64_t{program_.result_bytes} * times_.done.size();
    int64_t cycle = std::max(ready, times_.done.empty() ? 0 : times_.done.back()) + 1;
    for (int64_t beats = pass.result_words; beats > 0;) {
      const SimdBurst burst = next_burst(address, beats, hw_.bus_bytes, hw_.burst_beats);
      cycle = writes_.response(cycle, burst.beats) + 1;
      address += static_cast<uint64_t>(burst.beats) * static_cast<uint64_t>(hw_.bus_bytes);
      beats -= burst.beats;
    }
    times_.done.push_back(cycle - 1);
  }

  const SimdHardware& hw_;
  const SimdProgram& program_;
  SimdReadTiming reads_;
  SimdWriteTiming writes_;
  size_t outstanding_;
  size_t images_;
  SimdTimes times_;
  std::vector<int64_t> last_beats_;
  int64_t space_[4];
  size_t computed_ = 0, retired_ = 0;
};

// Profile "vitis-hls-2023.1". A layer call K -> M over T tokens takes K * ceil(T/t) * ceil(M/t) cycles on the t x t tile,
// plus four (with table units) or three times t to drain the stages read, (function,) requantise, write. What is
// elementwise rides along. Images follow one another. The constant is calibrated on ReLU, hidden 96: 29215 cycles
// published, of which 25824 + 14 * 48 are the layers'. It stands for the first load, the image in, the results out.
constexpr int64_t kVitisFixedCycles = 29215 - (25824 + 14 * 48);

SimdPrediction predict_vitis(const SimdMapping& mapping, size_t images) {
  SimdPrediction p;
  const int tile = mapping.hardware.tile;
  p.fixed_cycles = p.latency_cycles = kVitisFixedCycles;
  for (size_t i = 0; i < mapping.program.passes.size(); ++i) {
    const SimdPass& pass = mapping.program.passes[i];
    const SimdStep& step = mapping.fusion.steps[i];
    SimdLayerCycles layer;
    layer.name = step.name;
    layer.core = step.core;
    layer.load_beats = int64_t{pass.constant_beats} + pass.weight_beats + pass.table_beats + pass.input_beats;
    if (step.core != SimdCore::kMean) {  // the mean is taken on the way out
      layer.compute = pass.blocks() * pass.steps;
      layer.drain = (mapping.tables ? 4 : 3) * int64_t{tile};
    }
    p.latency_cycles += layer.compute + layer.drain;
    p.layers.push_back(layer);
  }
  p.ii_cycles = p.latency_cycles;
  p.total_cycles = p.latency_cycles * static_cast<int64_t>(images);
  return p;
}

}  // namespace

std::vector<std::string> simd_profile_names() {
  return {"rtl", "vitis-hls-2023.1"};
}

int64_t SimdPrediction::busy_cycles() const {
  int64_t busy = 0;
  for (const SimdLayerCycles& layer : layers) busy += layer.compute;
  return busy;
}

int64_t simd_interval(const std::vector<int64_t>& done) {
  if (done.size() < kSimdSteadyImages) return 0;
  const size_t last = done.size() - 1, middle = last / 2;
  return std::llround(static_cast<double>(done[last] - done[middle]) / static_cast<double>(last - middle));
}

std::vector<SimdLayerCycles> simd_layer_cycles(const SimdMapping& mapping, const SimdTimes& times) {
  std::vector<SimdLayerCycles> layers;
  const size_t count = mapping.program.passes.size(), first = times.passes.size() - count;
  for (size_t i = 0; i < count; ++i) {
    const SimdPass& pass = mapping.program.passes[i];
    SimdLayerCycles layer;
    layer.name = mapping.fusion.steps[i].name;
    layer.core = mapping.fusion.steps[i].core;
    layer.load_beats = int64_t{pass.constant_beats} + pass.weight_beats + pass.table_beats + pass.input_beats;
    layer.compute = pass.blocks() * pass.steps;
    layer.idle = pass.issue_cycles() - layer.compute;
    layer.drain = pass.gap_cycles;
    layer.stall = times.passes[first + i].wait;
    layers.push_back(layer);
  }
  return layers;
}

SimdPrediction predict_simd(const SimdMapping& mapping, const SimdMemory& memory, const std::string& profile,
                            size_t images) {
  PSAFLOW_CHECK(images >= 1, "there is an image to run");
  if (profile != "rtl") return predict_vitis(mapping, images);
  SimdPrediction p;
  p.times = Schedule(mapping, memory, images).run();
  p.layers = simd_layer_cycles(mapping, p.times);
  p.latency_cycles = p.times.done.front();
  p.total_cycles = p.times.done.back();
  p.ii_cycles = simd_interval(p.times.done);
  return p;
}

}  // namespace psaflow
