#include "rtl_gen/cosim/simd_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <sstream>

#include "rtl_gen/cosim/run_files.h"
#include "rtl_gen/cosim/run_program.h"
#include "rtl_gen/generate/simd_design.h"
#include "sw/base/error.h"
#include "sw/base/file.h"

namespace psaflow {
namespace {

// Longer than any pass that fits takes without a transfer.
constexpr int64_t kPatienceCycles = 50'000'000;

class Runner {
 public:
  Runner(const Network& network, const SimdMapping& mapping, const Workload& workload, const SimdRtlOptions& options)
      : mapping_(mapping), workload_(workload), options_(options), folder_(make_run_folder()) {
    const SimdProgram& program = mapping.program;
    const auto [input, result, end] = simd_addresses(program, mapping.image.size(), workload.count);
    std::string memory(end, '\0');
    std::memcpy(memory.data(), mapping.image.data(), mapping.image.size());
    for (size_t i = 0; i < workload.count; ++i)
      pack_simd_image(network, mapping, workload.input(i),
                      reinterpret_cast<uint8_t*>(memory.data()) + input + i * program.image_bytes);
    write_file_atomic(*folder_ / "memory", memory);
    std::string run = fmt::format(
        "images {}\npasses {}\nbus_bytes {}\ninput_address {}\nresult_address {}\nmemory memory\nout out\nresults "
        "results\npatience {}\nread_latency {}\nwrite_latency {}\nmemory_outstanding "
        "{}\nbeat_interval_256 {}\n",
        workload.count, program.passes.size(), mapping.hardware.bus_bytes, input, result, kPatienceCycles,
        options.memory.read_latency_cycles, options.memory.write_latency_cycles, options.memory.outstanding_reads,
        options.memory.beat_interval_256);
    for (const SimdPauseList& list : simd_pause_lists()) {
      if (!options.memory.pauses) break;
      const std::vector<uint32_t>& cycles = (*options.memory.pauses).*list.list;
      write_file_atomic(*folder_ / list.name, cycles.data(), cycles.size() * 4);
      run += fmt::format("{} {}\n", list.name, list.name);
    }
    if (!options.trace_path.empty())
      run += fmt::format("trace wave\ntrace_from {}\ntrace_to {}\n", options.trace_from_cycle, options.trace_to_cycle);
    write_file_atomic(*folder_ / "run", run);
  }

  SimdRtlRun run(const RtlBuild& build) {
    run_.wall_s = run_program(build, *folder_, [this](const std::string& line) { take(line); }).wall_s;
    PSAFLOW_CHECK(ended_, "the simulation tells how it ended");
    if (!options_.trace_path.empty()) publish_wave(*folder_, options_.trace_path);
    take_results();
    return std::move(run_);
  }

 private:
  void take(const std::string& line) {
    std::istringstream words(line);
    std::string event;
    words >> event;
    if (event == "image") {
      int64_t image = 0, cycle = 0;
      words >> image >> cycle;
      run_.times.done.push_back(cycle);
      if (options_.on_progress) options_.on_progress(1);
    } else if (event == "pass") {
      size_t pass = 0;
      SimdPassTimes t;
      words >> pass >> t.loaded >> t.start >> t.last_step >> t.retired;
      if (pass > 0) {
        const SimdPass& p = mapping_.program.passes[pass % mapping_.program.passes.size()];
        t.wait = t.start - (run_.times.passes.back().last_step + 1 + p.gap_cycles);
      }
      run_.times.passes.push_back(t);
    } else if (event == "end") {
      uint32_t status = 0;
      words >> run_.total_cycles >> status;
      std::getline(words >> std::ws, run_.problem);
      run_.hung = status == 0;
      run_.error = static_cast<SimdError>(status >> 8 & 0xff);
      run_.error_pass = static_cast<int>(status >> 16);
      ended_ = true;
    }
  }

  void take_results() {
    run_.images = run_.times.done.size();
    const std::vector<char> bytes = read_file(*folder_ / "out", size_t{1} << 40);
    const size_t classes = workload_.classes;
    run_.logits.resize(run_.images * classes);
    for (size_t i = 0; i < run_.images; ++i) {
      int8_t* const found = run_.logits.data() + i * classes;
      unpack_simd_result(mapping_, reinterpret_cast<const uint8_t*>(bytes.data()) + i * mapping_.program.result_bytes,
                         found);
      if (std::equal(found, found + classes, workload_.expected(i))) continue;
      if (run_.mismatches++ == 0) run_.first_mismatch = i;
    }
    if (run_.images == 0) return;
    run_.latency_cycles = run_.times.done.front();
    run_.total_cycles = run_.times.done.back();
    run_.ii_cycles = simd_interval(run_.times.done);
  }

  const SimdMapping& mapping_;
  const Workload& workload_;
  const SimdRtlOptions& options_;
  std::unique_ptr<OwnFolder> folder_;
  SimdRtlRun run_;
  bool ended_ = false;
};

}  // namespace

RtlBuild build_simd_rtl(const SimdHardware& hardware, const RtlBuildOptions& options) {
  return build_rtl(generate_simd_design(hardware, "simd", true), options);
}

SimdRtlRun run_simd_rtl(const Network& network, const SimdMapping& mapping, const RtlBuild& build,
                        const Workload& workload, const SimdRtlOptions& options) {
  return Runner(network, mapping, workload, options).run(build);
}

}  // namespace psaflow
