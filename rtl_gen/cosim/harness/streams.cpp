// Drives an accelerator with one stream in and one out under Verilator: the same source and sink as the SystemC
// model's, cycle by cycle. Compiled with the design into one program, which reads and writes plain files, so that it
// needs nothing of psaflow and neither can take the other down.
//
//   program RUN    RUN: lines "key value" (see Settings); files are relative to the working folder, where the ROM
//   images lie too
//
// It appends a line to `results` for every event: "image I FIRST_IN DONE LOGITS(hex)"; with taps "diverge STAGE IMAGE
// ELEMENT CYCLE EXPECTED FOUND" and "stage S FIRST_OUT LAST_OUT LAST_OUT_2" (the first image's first and last output
// beat, the second's last); and how it ends: "end CYCLES", "assertion CYCLE" (what failed is on stdout), or "deadlock
// CYCLE", with taps after "fifo STREAM BEATS" and "blocked STAGE" for all of them. Cycles count from the end of the
// last reset.
#include <verilated.h>

#include <memory>

#include "Vdut.h"
#include "files.h"
#include "taps.h"
#if VM_TRACE_FST
#include <verilated_fst_c.h>
using Trace = VerilatedFstC;
#elif VM_TRACE
#include <verilated_vcd_c.h>
using Trace = VerilatedVcdC;
#endif

namespace {

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
        results_(s.text("results")) {
    if (static_cast<int64_t>(patches_.size()) != images_ * in_lanes_ * in_beats_) fail("patches: wrong size");
    first_in_.assign(static_cast<size_t>(images_), -1);
    logits_.resize(static_cast<size_t>(out_lanes_ * out_beats_));
    context_ = std::make_unique<VerilatedContext>();
    context_->randReset(2);  // registers and memories without a reset start with random contents
    context_->randSeed(static_cast<int>(s.number("seed")));
    context_->fatalOnError(false);  // a failed assertion ends the run, not the program: the waveform is to be whole
#if VM_TRACE
    context_->traceEverOn(true);
#endif
    dut_ = std::make_unique<Vdut>(context_.get());
#if PSAFLOW_TAPS
    taps_ = std::make_unique<Taps>(s, results_);
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
  }

  // One cycle, as long as the design promises to need; it is the one before cycle 0, and no part of a waveform.
  void reset() {
    context_->assertOn(false);  // the random contents before the reset break every rule
    dut_->rst_ni = 0;
    dut_->s_valid_i = 0;
    dut_->m_ready_i = 0;
    dut_->clk_i = 0;
    dut_->eval();
    cycle_ = -1;
    tick();
    dut_->rst_ni = 1;
    context_->assertOn(true);
    if (taps_) taps_->restart();
  }

  // All images. With a limit: until so many cycles have passed, or until nothing moves any more, and nothing is
  // reported but a failed assertion. False: it is over.
  bool run(int64_t limit) {
    results_.mute(limit != INT64_MAX);
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
      bool moved = pushed || popped || !offers || !takes;  // a pause that ends is a move, too
#if PSAFLOW_TAPS
      moved = taps_->look(*dut_, cycle_, pushed) || moved;
#endif
      idle = moved ? 0 : idle + 1;
      if (pushed) {
        if (in_beat == 0 && in_image < images_) first_in_[static_cast<size_t>(in_image)] = cycle_;
        if (++in_beat == in_beats_) in_beat = 0, ++in_image;
        in_pause = source_pauses_.next();
      } else if (in_pause > 0) {
        --in_pause;
      }
      if (popped) {
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
      tick();
      if (context_->gotError()) {
        results_.mute(false);
        return end("assertion", cycle_ - 1);
      }
      if (idle > patience_) return results_.muted() || end("deadlock", cycle_ - idle);
    }
    return results_.muted() || end("end", cycle_);
  }

 private:
  void report_image(int64_t image) {
    std::string hex;
    for (uint8_t byte : logits_) {
      hex += "0123456789abcdef"[byte >> 4];
      hex += "0123456789abcdef"[byte & 15];
    }
    results_.report("image %lld %lld %lld %s\n", static_cast<long long>(image),
                    static_cast<long long>(first_in_[static_cast<size_t>(image)]), static_cast<long long>(cycle_),
                    hex.c_str());
  }

  // The waveform first: who reads of the end finds it whole.
  bool end(const std::string& how, int64_t cycle) {
#if VM_TRACE
    if (trace_) trace_->close();
    trace_.reset();
#endif
    if (taps_ && how == "deadlock") taps_->report_standstill();
    if (taps_ && how == "end") taps_->report_cycles();
    results_.report("%s %lld\n", how.c_str(), static_cast<long long>(cycle));
    return false;
  }

  // The rest of a cycle whose inputs are set and settled.
  void tick() {
#if VM_TRACE
    const bool traced = trace_ && !results_.muted() && cycle_ >= trace_from_ && cycle_ <= trace_to_;
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

  int64_t images_, in_lanes_, in_beats_, out_lanes_, out_beats_, patience_;
  std::vector<uint8_t> patches_;
  Pauses source_pauses_, sink_pauses_;
  Results results_;
  std::unique_ptr<VerilatedContext> context_;
  std::unique_ptr<Vdut> dut_;
  std::unique_ptr<Taps> taps_;  // null: the design has no tap ports
  int64_t cycle_ = 0;
  std::vector<int64_t> first_in_;
  std::vector<uint8_t> logits_;
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
    if (!bench.run(reset_at)) return 0;
    bench.reset();
  }
  bench.run(INT64_MAX);
  return 0;
}
