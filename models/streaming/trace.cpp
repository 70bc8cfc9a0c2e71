#include "models/streaming/trace.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sw/base/error.h"
#include "sw/base/file.h"

namespace psaflow::streaming {
namespace {

const std::string kEnding = ".vcd";  // SystemC's writer adds it

}  // namespace

VcdTrace::VcdTrace(const AcceleratorModel& model, const std::string& path)
    : path_(path), aside_(aside_path(path, kEnding)), model_(model) {
  if (!std::ofstream(aside_)) throw UserError(path, "", "", "a file in a folder that exists and can be written");
  // The resolution is the unit, as it should be; no need to say so on the terminal.
  sc_core::sc_report_handler::set_actions("default timescale unit used for tracing", sc_core::SC_DO_NOTHING);
  file_ = sc_core::sc_create_vcd_trace_file(aside_.substr(0, aside_.size() - kEnding.size()).c_str());
  sc_core::sc_trace(file_, cycle_, "cycle");
  for (size_t i = 0; i < model.fifos().size(); ++i) {
    const BeatFifo* fifo = model.fifos()[i].get();
    probes_.push_back({fifo, false, false, sc_dt::sc_bv_base(8 * fifo->lanes())});
    const std::string name = fifo->basename();
    sc_core::sc_trace(file_, probes_.back().valid, name + "_valid");
    sc_core::sc_trace(file_, probes_.back().ready, name + "_ready");
    sc_core::sc_trace(file_, probes_.back().data, name + "_data");
  }
}

VcdTrace::~VcdTrace() {
  if (file_ == nullptr) return;
  sc_core::sc_close_vcd_trace_file(file_);
  std::remove(aside_.c_str());
}

void VcdTrace::sample() {
  if (file_ == nullptr) return;
  cycle_ = static_cast<uint64_t>(model_.cycle());
  for (Probe& p : probes_) {
    p.valid = p.fifo->occupancy() > 0;
    p.ready = !p.fifo->full();
    if (!p.valid) continue;
    const int8_t* lanes = p.fifo->front();
    for (int word = 0; word < p.data.size(); ++word) {
      sc_dt::sc_digit bits = 0;
      for (int i = 0; i < 4 && 4 * word + i < p.fifo->lanes(); ++i) {
        bits |= static_cast<sc_dt::sc_digit>(static_cast<uint8_t>(lanes[4 * word + i])) << (8 * i);
      }
      p.data.set_word(word, bits);
    }
  }
}

void VcdTrace::close() {
  if (file_ == nullptr) return;
  sc_core::sc_close_vcd_trace_file(file_);
  file_ = nullptr;
  // SystemC's writer drops errors. A disk that was too full for what it wrote has no room for another line either.
  std::FILE* const end = std::fopen(aside_.c_str(), "a");
  const bool whole =
      end != nullptr && std::fputs("$comment all cycles written $end\n", end) >= 0 && std::fflush(end) == 0;
  const int reason = errno;
  if (end != nullptr) std::fclose(end);
  if (!whole) {
    std::remove(aside_.c_str());
    throw UserError(path_, fmt::format("cannot write: {}", std::strerror(reason)), "", "");
  }
  publish_file(aside_, path_);
}

void write_timeline(AcceleratorModel& model, int images, const std::string& path) {
  using Json = nlohmann::ordered_json;
  const double clock_mhz = model.pipeline().clock_mhz;
  Json events = Json::array();
  events.push_back({{"name", "process_name"}, {"ph", "M"}, {"pid", 1}, {"args", {{"name", "streaming accelerator"}}}});
  const int64_t start = model.source().first_beat_cycle();
  for (size_t i = 0; i < model.stages().size(); ++i) {
    const StageModule& stage = *model.stages()[i];
    const size_t track = i + 1;
    events.push_back(
        {{"name", "thread_name"}, {"ph", "M"}, {"pid", 1}, {"tid", track}, {"args", {{"name", stage.stage().name}}}});
    events.push_back(
        {{"name", "thread_sort_index"}, {"ph", "M"}, {"pid", 1}, {"tid", track}, {"args", {{"sort_index", track}}}});
    for (int image = 0; image < images && image < static_cast<int>(stage.spans().size()); ++image) {
      const StageSpan& span = stage.spans()[static_cast<size_t>(image)];
      if (span.last_out < 0) continue;
      const int64_t first = span.first_out - start, cycles = span.last_out - span.first_out + 1;
      events.push_back(
          {{"name", fmt::format("image {}", image)},
           {"cat", to_string(stage.stage().kind)},
           {"ph", "X"},
           {"pid", 1},
           {"tid", track},
           {"ts", static_cast<double>(first) / clock_mhz},
           {"dur", static_cast<double>(cycles) / clock_mhz},
           {"args", {{"first_out_cycle", first}, {"last_out_cycle", first + cycles - 1}, {"cycles", cycles}}}});
    }
  }
  const Json root = {{"displayTimeUnit", "ns"}, {"otherData", {{"clock_mhz", clock_mhz}}}, {"traceEvents", events}};
  write_file_atomic(path, root.dump(1) + "\n");
}

}  // namespace psaflow::streaming
