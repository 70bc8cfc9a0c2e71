#include "rtl_gen/cosim/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <sstream>

#include "models/plan/steady.h"
#include "rtl_gen/cosim/run_files.h"
#include "rtl_gen/cosim/run_program.h"
#include "sw/base/error.h"

namespace psaflow {
namespace {

// Verilator: "[123] %Error: stream_fifo.sv:112: Assertion failed in TOP.dut.u_x.no_overflow".
std::string assertion_text(const std::string& messages) {
  const std::string mark = "%Error: ";
  const size_t at = messages.find(mark);
  if (at == std::string::npos) return messages.substr(0, messages.find('\n'));
  const size_t begin = at + mark.size();
  return messages.substr(begin, messages.find('\n', begin) - begin);
}

// Drives the program and takes its events as they come.
class Runner {
 public:
  Runner(const Pipeline& pipeline, const Workload& workload, const RtlRunOptions& options)
      : pipeline_(pipeline),
        workload_(workload),
        options_(options),
        classes_(workload.classes),
        count_(workload.count),
        folder_(make_run_folder()) {
    PSAFLOW_CHECK(count_ >= 1 && classes_ == output_size(pipeline) &&
                      static_cast<int64_t>(workload.input_size) == pipeline.streams.front().shape.size(),
                  "images of this network");
    run_.logits.resize(workload.golden.size());
    standstill_.beats.resize(pipeline.streams.size());
    standstill_.blocked.resize(pipeline.stages.size());
  }

  RtlRun run(const Design& design, const RtlBuild& build) {
    write_run_files(*folder_, pipeline_, design, workload_, options_);
    const ProgramRun result = run_program(build, *folder_, [this](const std::string& line) { take(line); });
    run_.wall_s = result.wall_s;
    PSAFLOW_CHECK(ended_, "the simulation tells how it ended");
    if (run_.assertion) run_.assertion->text = assertion_text(result.messages);
    if (!options_.trace_path.empty()) publish_wave(*folder_, options_.trace_path);
    finish();
    return std::move(run_);
  }

 private:
  void take(const std::string& line) {
    std::istringstream words(line);
    std::string event;
    words >> event;
    if (event == "image") {
      int64_t image = 0, first_in = 0, done = 0;
      std::string hex;
      words >> image >> first_in >> done >> hex;
      take_image(static_cast<size_t>(image), first_in, done, hex);
    } else if (event == "stage") {
      size_t stage = 0;
      StageTimes cycles;
      int64_t last_2 = 0;
      words >> stage >> cycles.first_out_cycles >> cycles.last_out_cycles >> last_2;
      if (last_2 >= 0) cycles.interval_cycles = last_2 - cycles.last_out_cycles;
      cycles.first_out_cycles -= start_cycle_;
      cycles.last_out_cycles -= start_cycle_;
      run_.stages.push_back(cycles);
    } else if (event == "diverge") {
      take_divergence(words);
    } else if (event == "fifo") {
      size_t stream = 0;
      words >> stream >> standstill_.beats.at(stream);
      tapped_ = true;
    } else if (event == "blocked") {
      size_t stage = 0;
      words >> stage;
      standstill_.blocked.at(stage) = true;
    } else if (event == "deadlock") {
      words >> standstill_.cycle;
      run_.deadlock = Deadlock();
      if (tapped_) run_.deadlock = explain_deadlock(pipeline_, standstill_);
      run_.deadlock->cycle = standstill_.cycle;
      ended_ = true;
    } else if (event == "assertion") {
      run_.assertion = RtlAssertion();
      words >> run_.assertion->cycle;
      ended_ = true;
    } else if (event == "end") {
      ended_ = true;
    }
  }

  void take_divergence(std::istringstream& words) {
    Divergence d;
    int index = 0;
    int64_t element = 0;
    words >> index >> d.image >> element >> d.cycle >> d.expected >> d.found;
    const Stage& stage = pipeline_.stages[static_cast<size_t>(index)];
    d.stage = stage.name;
    d.token = static_cast<int>(element / stage.out.elements);
    d.channel = static_cast<int>(element % stage.out.elements);
    if (stage.transposed) std::swap(d.token, d.channel);
    const bool earlier = !run_.divergence || d.image < run_.divergence->image ||
                         (d.image == run_.divergence->image && index < divergent_stage_);
    if (!earlier) return;
    run_.divergence = d;
    divergent_stage_ = index;
  }

  void take_image(size_t image, int64_t first_in, int64_t done, const std::string& hex) {
    PSAFLOW_CHECK(image < count_ && image == run_.images && hex.size() == 2 * classes_, "images come back one by one");
    if (image == 0) start_cycle_ = first_in;
    done_.push_back(done);
    int8_t* logits = run_.logits.data() + image * classes_;
    for (size_t i = 0; i < classes_; ++i) logits[i] = static_cast<int8_t>(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
    if (std::memcmp(logits, workload_.expected(image), classes_) != 0) {
      ++run_.mismatches;
      if (!run_.first_mismatch) run_.first_mismatch = image;
    }
    ++run_.images;
    if (options_.on_progress) options_.on_progress(1);
  }

  void finish() {
    if (done_.empty()) return;
    run_.latency_cycles = done_.front() - start_cycle_;
    run_.total_cycles = done_.back() - start_cycle_;
    if (done_.size() < 2) return;
    const size_t intervals = options_.stalls.any() ? mean_intervals(options_.stalls, pipeline_, done_.size()) : 1;
    if (intervals == 0) return;
    const size_t from = options_.stalls.any() ? 0 : done_.size() - 2;
    const auto images = static_cast<int64_t>(intervals);
    run_.ii_cycles = (done_[from + intervals] - done_[from] + images / 2) / images;
  }

  const Pipeline& pipeline_;
  const Workload& workload_;
  const RtlRunOptions& options_;
  size_t classes_, count_;
  std::unique_ptr<OwnFolder> folder_;
  RtlRun run_;
  Standstill standstill_;
  int divergent_stage_ = 0;
  bool tapped_ = false;
  bool ended_ = false;
  int64_t start_cycle_ = 0;
  std::vector<int64_t> done_;
};

}  // namespace

size_t most_tapped_images(const Pipeline& pipeline) {
  constexpr size_t kMaxBytes = size_t{2} << 30;
  size_t image_bytes = 0;
  for (const Stage& s : pipeline.stages)
    image_bytes += static_cast<size_t>(s.out.vectors) * static_cast<size_t>(s.out.elements);
  return kMaxBytes / image_bytes;
}

RtlRun run_rtl(const Pipeline& pipeline, const Design& design, const RtlBuild& build, const Workload& workload,
               const RtlRunOptions& options) {
  return Runner(pipeline, workload, options).run(design, build);
}

}  // namespace psaflow
