// Drives a generated accelerator under Verilator: the same stream source and sink as the SystemC model's, cycle by
// cycle. Compiled with the design into one program, which reads and writes plain files, so that it needs nothing of
// psaflow and neither can take the other down.
//
//   program RUN    RUN: lines "key value" (see Settings); files are relative to the working folder, where the ROM
//   images lie too
//
// It appends a line to `results` for every event: "image I FIRST_IN DONE LOGITS(hex)", "stage S FIRST_OUT LAST_OUT
// LAST_OUT_2" (the first image's first and last output beat, the second's last), "diverge S IMAGE ELEMENT CYCLE
// EXPECTED FOUND", "deadlock CYCLE", "end CYCLES". Cycles count from the end of the last reset.
#include <verilated.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "Vdut.h"
#if VM_TRACE_FST
#include <verilated_fst_c.h>
using Trace = VerilatedFstC;
#elif VM_TRACE
#include <verilated_vcd_c.h>
using Trace = VerilatedVcdC;
#endif

namespace {

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "harness: %s\n", what.c_str());
  std::exit(3);
}

std::vector<uint8_t> read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Settings {
 public:
  explicit Settings(const std::string& path) {
    std::ifstream file(path);
    if (!file) fail("cannot read " + path);
    for (std::string line; std::getline(file, line);) {
      const size_t blank = line.find(' ');
      values_[line.substr(0, blank)] = blank == std::string::npos ? "" : line.substr(blank + 1);
    }
  }
  bool has(const std::string& key) const { return values_.count(key) != 0; }
  std::string text(const std::string& key) const {
    const auto found = values_.find(key);
    if (found == values_.end()) fail("no setting " + key);
    return found->second;
  }
  int64_t number(const std::string& key) const { return std::atoll(text(key).c_str()); }

 private:
  std::map<std::string, std::string> values_;
};

// Cycles to wait before each beat (32-bit little-endian numbers), or none ever.
class Pauses {
 public:
  explicit Pauses(const std::string& path) {
    if (path.empty()) return;
    const std::vector<uint8_t> bytes = read_bytes(path);
    cycles_.resize(bytes.size() / 4);
    std::memcpy(cycles_.data(), bytes.data(), cycles_.size() * 4);
  }
  uint32_t next() { return cycles_.empty() ? 0 : cycles_[at_++ % cycles_.size()]; }
  void restart() { at_ = 0; }

 private:
  std::vector<uint32_t> cycles_;
  size_t at_ = 0;
};

// Ports are little-endian integers or arrays of words of up to any width: as bytes they are all alike.
template <typename Port>
void set_port(Port& port, const uint8_t* bytes, size_t count) {
  std::memset(static_cast<void*>(&port), 0, sizeof port);
  std::memcpy(static_cast<void*>(&port), bytes, count);
}
template <typename Port>
const uint8_t* port_bytes(const Port& port) {
  return reinterpret_cast<const uint8_t*>(&port);
}

struct TapStage {
  int64_t lanes = 0, beats = 0;  // of an image
  int64_t offset = 0;            // bytes into an image's expected data
  int64_t tap_offset = 0;        // bytes into tap_data_o
  int64_t beat = 0, image = 0;
  int64_t first_out = -1, last_out = -1, last_out_2 = -1;
  bool diverged = false;
};

class Bench {
 public:
  explicit Bench(const Settings& s)
      : images_(s.number("images")),
        in_lanes_(s.number("in_lanes")),
        in_beats_(s.number("in_beats")),
        out_lanes_(s.number("out_lanes")),
        out_beats_(s.number("out_beats")),
        patience_(s.number("patience")),
        patches_(read_bytes(s.text("patches"))),
        source_pauses_(s.text("source_pauses")),
        sink_pauses_(s.text("sink_pauses")),
        results_(std::fopen(s.text("results").c_str(), "w")) {
    if (results_ == nullptr) fail("cannot write " + s.text("results"));
    if (static_cast<int64_t>(patches_.size()) != images_ * in_lanes_ * in_beats_) fail("patches: wrong size");
    first_in_.assign(static_cast<size_t>(images_), -1);
    logits_.resize(static_cast<size_t>(out_lanes_ * out_beats_));
    context_ = std::make_unique<VerilatedContext>();
    context_->randReset(2);  // registers and memories without a reset start with random contents
    context_->randSeed(static_cast<int>(s.number("seed")));
#if VM_TRACE
    context_->traceEverOn(true);
#endif
    dut_ = std::make_unique<Vdut>(context_.get());
#if PSAFLOW_TAPS
    std::istringstream list(s.text("taps"));
    for (TapStage t; list >> t.lanes >> t.beats;) {
      t.offset = expected_bytes_;
      t.tap_offset = taps_.empty() ? 0 : taps_.back().tap_offset + taps_.back().lanes;
      expected_bytes_ += t.lanes * t.beats;
      taps_.push_back(t);
    }
    if (s.has("expected")) expected_ = read_bytes(s.text("expected"));
    compared_images_ = expected_bytes_ > 0 ? static_cast<int64_t>(expected_.size()) / expected_bytes_ : 0;
#endif
#if VM_TRACE
    if (s.has("trace")) {
      trace_from_ = s.number("trace_from");
      trace_to_ = s.number("trace_to");
      trace_ = std::make_unique<Trace>();
      dut_->trace(trace_.get(), 99);
      trace_->open(s.text("trace").c_str());
      if (!trace_->isOpen()) fail("cannot write " + s.text("trace"));
    }
#endif
  }

  ~Bench() {
    dut_->final();
#if VM_TRACE
    if (trace_) trace_->close();
#endif
    std::fclose(results_);
  }

  void reset() {
    context_->assertOn(false);  // the random contents before the reset break every rule
    dut_->rst_ni = 0;
    dut_->s_valid_i = 0;
    dut_->m_ready_i = 0;
    for (int i = 0; i < 4; ++i) clock();
    dut_->rst_ni = 1;
    context_->assertOn(true);
    cycle_ = 0;
  }

  // All images, or until `limit` cycles have passed (then nothing is reported). False: nothing moves any more.
  bool run(int64_t limit) {
    reporting_ = limit == INT64_MAX;
    source_pauses_.restart();
    sink_pauses_.restart();
    int64_t in_image = 0, in_beat = 0, out_image = 0, out_beat = 0, idle = 0;
    uint32_t in_pause = source_pauses_.next(), out_pause = sink_pauses_.next();
    while (out_image < images_ && cycle_ < limit) {
      // The outputs of this end of the FIFOs are registers: they hold what they will show all through this cycle. The
      // source begins again after the last image, so that the counted ones see a steady stream behind them.
      const bool offers = in_pause == 0, takes = out_pause == 0;
      dut_->s_valid_i = offers ? 1 : 0;
      if (offers)
        set_port(dut_->s_data_i, patches_.data() + (in_image % images_ * in_beats_ + in_beat) * in_lanes_,
                 static_cast<size_t>(in_lanes_));
      dut_->m_ready_i = takes ? 1 : 0;
      dut_->clk_i = 0;
      dut_->eval();
      const bool pushed = offers && dut_->s_ready_o, popped = takes && dut_->m_valid_o;
      ++idle;
      if (pushed) {
        idle = 0;
        if (in_beat == 0 && in_image < images_) first_in_[static_cast<size_t>(in_image)] = cycle_;
        if (++in_beat == in_beats_) in_beat = 0, ++in_image;
        in_pause = source_pauses_.next();
      } else if (in_pause > 0) {
        --in_pause;
      }
      if (popped) {
        idle = 0;
        std::memcpy(logits_.data() + out_beat * out_lanes_, port_bytes(dut_->m_data_o),
                    static_cast<size_t>(out_lanes_));
        if (++out_beat == out_beats_) {
          report_image(out_image++);
          out_beat = 0;
        }
        out_pause = sink_pauses_.next();
      } else if (out_pause > 0) {
        --out_pause;
      }
#if PSAFLOW_TAPS
      look_at_taps();
#endif
      tick();
      if (idle > patience_) {
        report("deadlock %lld\n", static_cast<long long>(cycle_ - idle));
        return false;
      }
    }
    for (size_t i = 0; i < taps_.size(); ++i) {
      report("stage %zu %lld %lld %lld\n", i, static_cast<long long>(taps_[i].first_out),
             static_cast<long long>(taps_[i].last_out), static_cast<long long>(taps_[i].last_out_2));
    }
    report("end %lld\n", static_cast<long long>(cycle_));
    return true;
  }

 private:
  template <typename... Args>
  void report(const char* format, Args... args) {
    if (!reporting_) return;
    std::fprintf(results_, format, args...);
    std::fflush(results_);
  }

  void report_image(int64_t image) {
    std::string hex;
    for (uint8_t byte : logits_) {
      hex += "0123456789abcdef"[byte >> 4];
      hex += "0123456789abcdef"[byte & 15];
    }
    report("image %lld %lld %lld %s\n", static_cast<long long>(image),
           static_cast<long long>(first_in_[static_cast<size_t>(image)]), static_cast<long long>(cycle_), hex.c_str());
  }

#if PSAFLOW_TAPS
  void look_at_taps() {
    if (!reporting_) return;
    const uint8_t* push = port_bytes(dut_->tap_push_o);
    const uint8_t* data = port_bytes(dut_->tap_data_o);
    for (size_t i = 0; i < taps_.size(); ++i) {
      if ((push[i / 8] >> (i % 8) & 1) == 0) continue;
      TapStage& t = taps_[i];
      if (t.image == 0 && t.beat == 0) t.first_out = cycle_;
      if (t.image < compared_images_ && !t.diverged) {
        const uint8_t* expected = expected_.data() + t.image * expected_bytes_ + t.offset + t.beat * t.lanes;
        for (int64_t lane = 0; lane < t.lanes && !t.diverged; ++lane) {
          const auto want = static_cast<int8_t>(expected[lane]), got = static_cast<int8_t>(data[t.tap_offset + lane]);
          if (want == got) continue;
          t.diverged = true;
          report("diverge %zu %lld %lld %lld %d %d\n", i, static_cast<long long>(t.image),
                 static_cast<long long>(t.beat * t.lanes + lane), static_cast<long long>(cycle_), want, got);
        }
      }
      if (++t.beat == t.beats) {
        t.beat = 0;
        if (t.image == 0) t.last_out = cycle_;
        if (t.image == 1) t.last_out_2 = cycle_;
        ++t.image;
      }
    }
  }
#endif

  // The rest of a cycle whose inputs are set and settled.
  void tick() {
#if VM_TRACE
    const bool traced = trace_ && reporting_ && cycle_ >= trace_from_ && cycle_ <= trace_to_;
    if (traced) trace_->dump(static_cast<uint64_t>(2 * cycle_));
#endif
    dut_->clk_i = 1;
    dut_->eval();
#if VM_TRACE
    if (traced) trace_->dump(static_cast<uint64_t>(2 * cycle_ + 1));
#endif
    context_->timeInc(1);
    ++cycle_;
  }
  void clock() {
    dut_->clk_i = 0;
    dut_->eval();
    tick();
  }

  int64_t images_, in_lanes_, in_beats_, out_lanes_, out_beats_, patience_;
  std::vector<uint8_t> patches_;
  Pauses source_pauses_, sink_pauses_;
  FILE* results_;
  bool reporting_ = false;
  std::unique_ptr<VerilatedContext> context_;
  std::unique_ptr<Vdut> dut_;
  int64_t cycle_ = 0;
  std::vector<int64_t> first_in_;
  std::vector<uint8_t> logits_;
  std::vector<TapStage> taps_;
  std::vector<uint8_t> expected_;
  int64_t expected_bytes_ = 0, compared_images_ = 0;
#if VM_TRACE
  std::unique_ptr<Trace> trace_;
  int64_t trace_from_ = 0, trace_to_ = 0;
#endif
};

}  // namespace

int main(int argc, char* argv[]) {
  if (argc != 2) fail("usage: program RUN");
  const Settings settings(argv[1]);
  Bench bench(settings);
  bench.reset();
  if (const int64_t reset_at = settings.number("reset_at"); reset_at >= 0) {
    bench.run(reset_at);
    bench.reset();
  }
  bench.run(INT64_MAX);
  return 0;
}
