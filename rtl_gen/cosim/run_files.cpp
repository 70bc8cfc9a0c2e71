#include "rtl_gen/cosim/run_files.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "models/plan/beat_times.h"
#include "models/plan/stage_function.h"
#include "sw/base/error.h"
#include "sw/base/file.h"

namespace psaflow {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRunPrefix = "psaflow-cosim-";

// A file that throws when something of it could not be written.
class OutFile {
 public:
  explicit OutFile(const std::string& path) : path_(path), file_(path, std::ios::binary) {}
  void write(const void* data, size_t size) {
    file_.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
  }
  void close() {
    file_.close();
    if (!file_)
      throw UserError(path_, "cannot write", std::strerror(errno), "room for the run: TMPDIR=DIR puts it elsewhere");
  }

 private:
  std::string path_;
  std::ofstream file_;
};

void write_bytes(const std::string& path, const void* data, size_t size) {
  OutFile file(path);
  file.write(data, size);
  file.close();
}

void write_roms(const Design& design, const std::string& corrupt, const OwnFolder& folder) {
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

// The pauses of `beats` beats behind the first `skipped`. The setting's value: the file's name, empty for none.
std::string write_pauses(Pauses pauses, int64_t skipped, int64_t beats, const OwnFolder& folder,
                         const std::string& name) {
  if (!pauses.any()) return "";
  for (int64_t i = 0; i < skipped; ++i) pauses.next();
  std::vector<uint32_t> cycles(static_cast<size_t>(beats));
  for (uint32_t& c : cycles) c = static_cast<uint32_t>(pauses.next());
  write_bytes(folder / name, cycles.data(), cycles.size() * 4);
  return name;
}

// What every stage must put out: [images][stages][beats of the stage], from the functional view.
void write_expected(const Pipeline& pipeline, const Workload& workload, const std::string& path) {
  PipelineFunction function(pipeline);
  OutFile file(path);
  std::vector<int8_t> logits(output_size(pipeline));
  for (size_t i = 0; i < workload.count; ++i) {
    function.run(workload.input(i), logits.data());
    for (size_t s = 0; s < pipeline.stages.size(); ++s) {
      const StreamShape& shape = pipeline.stages[s].out;
      file.write(function.output(static_cast<int>(s)),
                 static_cast<size_t>(shape.vectors) * static_cast<size_t>(shape.elements));
    }
  }
  file.close();
}

// Cycles without a move after which nothing will ever: more than any pipeline that is alive needs from beat to beat.
int64_t patience(const Pipeline& pipeline) {
  BeatTimesOptions one;
  one.unbounded_residuals = true;
  return 4 * (beat_times(pipeline, one).image_done[0] + 1000);
}

}  // namespace

std::unique_ptr<OwnFolder> make_run_folder() {
  const std::string parent = fs::temp_directory_path().string();
  remove_dead_folders(parent, kRunPrefix);
  return std::make_unique<OwnFolder>(parent, kRunPrefix);
}

void write_run_files(const OwnFolder& folder, const Pipeline& pipeline, const Design& design, const Workload& workload,
                     const RtlRunOptions& options) {
  const StreamShape &in = pipeline.streams.front().shape, &out = pipeline.streams.back().shape;
  const auto images = static_cast<int64_t>(workload.count), first = static_cast<int64_t>(options.first_image);
  write_roms(design, options.corrupt_rom, folder);
  write_bytes(folder / "patches", workload.inputs.data(), workload.inputs.size());
  // The source goes on behind the counted images, which changes nothing for them.
  const std::string source = write_pauses(source_pauses(options.stalls, pipeline), in.beats() * first,
                                          in.beats() * images, folder, "source_pauses");
  const std::string sink = write_pauses(sink_pauses(options.stalls, pipeline), out.beats() * first,
                                        out.beats() * images, folder, "sink_pauses");
  std::string text = fmt::format(
      "images {}\nin_lanes {}\nin_beats {}\nout_lanes {}\nout_beats {}\npatience {}\npatches patches\n"
      "source_pauses {}\nsink_pauses {}\nresults results\nseed {}\nreset_at {}\n",
      images, in.lanes, in.beats(), out.lanes, out.beats(), patience(pipeline), source, sink,
      1 + options.stalls.seed % 0x7ffffffe, options.reset_at_cycle);
  text += "stages";
  for (const Stage& stage : pipeline.stages) text += fmt::format(" {} {}", stage.out.lanes, stage.out.beats());
  text += "\nstreams";
  for (const Stream& stream : pipeline.streams) text += fmt::format(" {}", stream.producer);
  text += "\n";
  if (options.compare_taps) {
    write_expected(pipeline, workload, folder / "expected");
    text += "expected expected\n";
  }
  if (!options.trace_path.empty())
    text += fmt::format("trace wave\ntrace_from {}\ntrace_to {}\n", options.trace_from_cycle, options.trace_to_cycle);
  write_bytes(folder / "run", text.data(), text.size());
}

// Copied, for the run's folder may be on another disk.
void publish_wave(const OwnFolder& folder, const std::string& path) {
  const std::string aside = aside_path(path);
  std::error_code error, ignored;
  fs::copy_file(folder / "wave", aside, fs::copy_options::overwrite_existing, error);
  if (error) {
    fs::remove(aside, ignored);
    throw UserError(path, "cannot write", error.message(), "");
  }
  publish_file(aside, path);
}

}  // namespace psaflow
