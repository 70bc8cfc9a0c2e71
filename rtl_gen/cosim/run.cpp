#include "rtl_gen/cosim/run.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "models/plan/beat_times.h"
#include "models/plan/pauses.h"
#include "models/plan/stage_function.h"
#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/data/normalize.h"
#include "sw/data/process.h"

namespace psaflow {
namespace {

namespace fs = std::filesystem;

// The run's own folder, where the program finds its inputs and the ROM images; gone with it.
class RunFolder {
 public:
  RunFolder() {
    std::string name = (fs::temp_directory_path() / "psaflow-cosim-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw UserError(name, "cannot create the folder", std::strerror(errno), "");
    path_ = name;
  }
  ~RunFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void write_bytes(const std::string& path, const void* data, size_t size) {
  std::ofstream file(path, std::ios::binary);
  file.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
  file.close();
  if (!file) throw UserError(path, "cannot write", std::strerror(errno), "");
}

void write_roms(const Design& design, const std::string& corrupt, const RunFolder& folder) {
  bool found = corrupt.empty();
  for (const TextFile& rom : design.roms) {
    std::string text = rom.text;
    if (rom.name == corrupt) {
      found = true;
      char& digit = text[text.find('\n') - 1];
      const auto value = static_cast<unsigned>(digit <= '9' ? digit - '0' : digit - 'a' + 10) ^ 1U;
      digit = "0123456789abcdef"[value];
    }
    write_bytes(folder / rom.name, text.data(), text.size());
  }
  PSAFLOW_CHECK(found, "the design has the ROM " + corrupt);
}

void write_pauses(Pauses pauses, int64_t beats, const std::string& path) {
  std::vector<uint32_t> cycles(static_cast<size_t>(beats));
  for (uint32_t& c : cycles) c = static_cast<uint32_t>(pauses.next());
  write_bytes(path, cycles.data(), cycles.size() * 4);
}

// What every stage must put out: [images][stages][beats of the stage], from the functional view.
void write_expected(const Pipeline& pipeline, const std::vector<int8_t>& patches, size_t images,
                    const std::string& path) {
  PipelineFunction function(pipeline);
  std::ofstream file(path, std::ios::binary);
  std::vector<int8_t> logits(static_cast<size_t>(pipeline.config.classes));
  const size_t image_bytes = patches.size() / images;
  for (size_t i = 0; i < images; ++i) {
    function.run(patches.data() + i * image_bytes, logits.data());
    for (size_t s = 0; s < pipeline.stages.size(); ++s) {
      const StreamShape& shape = pipeline.stages[s].out;
      file.write(reinterpret_cast<const char*>(function.output(static_cast<int>(s))),
                 std::streamsize{shape.vectors} * shape.elements);
    }
  }
  file.close();
  if (!file) throw UserError(path, "cannot write", std::strerror(errno), "");
}

class Runner {
 public:
  Runner(const Pipeline& pipeline, const std::vector<int8_t>& patches, const std::vector<int8_t>& golden,
         const RtlRunOptions& options)
      : pipeline_(pipeline),
        golden_(golden),
        options_(options),
        classes_(static_cast<size_t>(pipeline.config.classes)) {
    const StreamShape& in = pipeline.streams.front().shape;
    count_ = golden.size() / classes_;
    PSAFLOW_CHECK(
        count_ >= 1 && patches.size() == count_ * static_cast<size_t>(in.vectors) * static_cast<size_t>(in.elements),
        "patches and golden are of the same images");
    run_.logits.resize(golden.size());
  }

  RtlRun run(const Design& design, const RtlBuild& build, const std::vector<int8_t>& patches) {
    write_roms(design, options_.corrupt_rom, folder_);
    write_bytes(folder_ / "patches", patches.data(), patches.size());
    if (options_.compare_taps) write_expected(pipeline_, patches, count_, folder_ / "expected");
    write_settings();
    ProcessOptions process;
    process.folder = folder_.path().string();
    process.tick = [this] { read_results(); };
    const auto start = std::chrono::steady_clock::now();
    const ProcessResult result = run_process({build.program, "run"}, process);
    run_.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    read_results();
    if (!result.ok()) {
      throw std::runtime_error(fmt::format("{}: the simulation ended with status {}: {}", build.program, result.status,
                                           result.messages.substr(0, 2000)));
    }
    PSAFLOW_CHECK(ended_ || run_.deadlock_cycle, "the simulation ran to its end");
    finish();
    return std::move(run_);
  }

 private:
  void write_settings() {
    const StreamShape &in = pipeline_.streams.front().shape, &out = pipeline_.streams.back().shape;
    const bool slow_in = options_.input_valid_probability < 1, slow_out = options_.output_ready_probability < 1;
    const auto images = static_cast<int64_t>(count_);
    if (slow_in)
      write_pauses(source_pauses(options_.input_valid_probability, options_.seed), in.beats() * (images + 2),
                   folder_ / "source_pauses");
    if (slow_out)
      write_pauses(sink_pauses(options_.output_ready_probability, options_.seed), out.beats() * images,
                   folder_ / "sink_pauses");
    // Longer than any pipeline that still moves can be without a beat at either end, pauses included.
    const int64_t patience = 20 * (beat_times_latency() + 1000);
    std::string text = fmt::format(
        "images {}\nin_lanes {}\nin_beats {}\nout_lanes {}\nout_beats {}\npatience {}\npatches patches\nsource_pauses "
        "{}\nsink_pauses {}\n"
        "results results\nseed {}\nreset_at {}\n",
        images, in.lanes, in.beats(), out.lanes, out.beats(), patience, slow_in ? "source_pauses" : "",
        slow_out ? "sink_pauses" : "", 1 + options_.seed % 0x7ffffffe, options_.reset_at_cycle);
    text += "taps";
    for (const Stage& stage : pipeline_.stages) text += fmt::format(" {} {}", stage.out.lanes, stage.out.beats());
    text += "\n";
    if (options_.compare_taps) text += "expected expected\n";
    if (!options_.trace_path.empty()) {
      text += fmt::format("trace {}\ntrace_from {}\ntrace_to {}\n", fs::absolute(options_.trace_path).string(),
                          options_.trace_from_cycle, options_.trace_to_cycle);
    }
    write_bytes(folder_ / "run", text.data(), text.size());
  }

  int64_t beat_times_latency() const {
    BeatTimesOptions one;
    one.unbounded_residuals = true;
    return beat_times(pipeline_, one).image_done[0];
  }

  // Takes what the program has written since the last call, whole lines only.
  void read_results() {
    std::ifstream file(folder_ / "results", std::ios::binary);
    if (!file) return;
    file.seekg(static_cast<std::streamoff>(results_read_));
    std::string text{std::istreambuf_iterator<char>(file), {}};
    text.resize(text.rfind('\n') + 1);  // npos + 1 is 0
    results_read_ += text.size();
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) take(line);
  }

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
      RtlStageCycles cycles;
      int64_t last_2 = 0;
      words >> stage >> cycles.first_out_cycles >> cycles.last_out_cycles >> last_2;
      if (last_2 >= 0) cycles.interval_cycles = last_2 - cycles.last_out_cycles;
      cycles.first_out_cycles -= start_cycle_;
      cycles.last_out_cycles -= start_cycle_;
      run_.stages.push_back(cycles);
    } else if (event == "diverge") {
      RtlDivergence d;
      int64_t element = 0;
      words >> d.stage >> d.image >> element >> d.cycle >> d.expected >> d.found;
      const Stage& stage = pipeline_.stages[static_cast<size_t>(d.stage)];
      d.token = static_cast<int>(element / stage.out.elements);
      d.channel = static_cast<int>(element % stage.out.elements);
      if (stage.tap_transposed) std::swap(d.token, d.channel);
      const auto earlier = [](const RtlDivergence& a, const RtlDivergence& b) {
        return a.image != b.image ? a.image < b.image : a.stage < b.stage;
      };
      if (!run_.divergence || earlier(d, *run_.divergence)) run_.divergence = d;
    } else if (event == "deadlock") {
      int64_t cycle = 0;
      words >> cycle;
      run_.deadlock_cycle = cycle;
    } else if (event == "end") {
      ended_ = true;
    }
  }

  void take_image(size_t image, int64_t first_in, int64_t done, const std::string& hex) {
    PSAFLOW_CHECK(image < count_ && image == run_.images && hex.size() == 2 * classes_, "images come back one by one");
    if (image == 0) start_cycle_ = first_in;
    done_.push_back(done);
    int8_t* logits = run_.logits.data() + image * classes_;
    for (size_t i = 0; i < classes_; ++i) logits[i] = static_cast<int8_t>(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
    if (std::memcmp(logits, golden_.data() + image * classes_, classes_) != 0) {
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
    const bool random = options_.input_valid_probability < 1 || options_.output_ready_probability < 1;
    const size_t from = random ? 0 : done_.size() - 2;
    const auto images = static_cast<int64_t>(done_.size() - 1 - from);
    run_.ii_cycles = (done_.back() - done_[from] + images / 2) / images;
  }

  const Pipeline& pipeline_;
  const std::vector<int8_t>& golden_;
  const RtlRunOptions& options_;
  size_t classes_, count_ = 0;
  RunFolder folder_;
  RtlRun run_;
  size_t results_read_ = 0;
  bool ended_ = false;
  int64_t start_cycle_ = 0;
  std::vector<int64_t> done_;
};

}  // namespace

RtlRun run_rtl(const Pipeline& pipeline, const Design& design, const RtlBuild& build,
               const std::vector<int8_t>& patches, const std::vector<int8_t>& golden, const RtlRunOptions& options) {
  return Runner(pipeline, patches, golden, options).run(design, build, patches);
}

std::vector<int8_t> image_patches(const ModelConfig& c, const uint8_t* images, size_t count) {
  const auto pixels = pixel_table(c.mean, c.std, c.input_scale);
  const size_t image_bytes =
      static_cast<size_t>(c.image_channels) * static_cast<size_t>(c.image_height) * static_cast<size_t>(c.image_width);
  std::vector<int8_t> patches(count * image_bytes);
  for (size_t i = 0; i < count; ++i) {
    cut_patches(images + i * image_bytes, c.image_channels, c.image_height, c.image_width, c.patch,
                patches.data() + i * image_bytes,
                [&](int channel, uint8_t byte) { return pixels[static_cast<size_t>(channel)][byte]; });
  }
  return patches;
}

}  // namespace psaflow
