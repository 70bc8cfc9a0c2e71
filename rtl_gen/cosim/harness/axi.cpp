// Drives the fixed-size accelerator under Verilator: a host that writes registers and waits for the interrupt, and memory behind the
// AXI4 port. Reads and writes plain files, as the streaming accelerator's harness does.
//
//   program RUN    RUN: lines "key value"
//
// Appends to `results`: "image I CYCLE" when an image's results are in memory, and at the end "pass P LOADED START LAST RETIRED" for
// every pass of every image and "end CYCLES STATUS PROBLEM...". The memory's bytes from `result_address` on go to `out`. Cycles count
// from the one in which the start is known.
#include <verilated.h>

#include <cstring>
#include <memory>

#include "Vdut.h"
#include "axi_memory.h"
#include "files.h"
#if VM_TRACE_FST
#include <verilated_fst_c.h>
using Trace = VerilatedFstC;
#elif VM_TRACE
#include <verilated_vcd_c.h>
using Trace = VerilatedVcdC;
#endif

namespace {

struct PassTimes {
  int64_t loaded = 0, start = 0, last = 0, retired = 0;
};

AxiMemory make_memory(const Settings& s) {
  const auto bus = static_cast<int>(s.number("bus_bytes"));
  AxiTiming timing;
  timing.read_latency_cycles = static_cast<int>(s.number("read_latency"));
  timing.write_latency_cycles = static_cast<int>(s.number("write_latency"));
  timing.outstanding_reads = static_cast<int>(s.number("memory_outstanding"));
  timing.beat_interval_256 = static_cast<int>(s.number("beat_interval_256"));
  const auto pauses = [&s](const char* key) {  // 32-bit little-endian numbers
    const std::vector<uint8_t> bytes = s.has(key) ? read_bytes(s.text(key)) : std::vector<uint8_t>();
    std::vector<uint32_t> cycles(bytes.size() / 4);
    if (!bytes.empty()) std::memcpy(cycles.data(), bytes.data(), bytes.size());
    return AxiPauses(std::move(cycles));
  };
  timing.read_requests = pauses("read_requests");
  timing.read_latencies = pauses("read_latencies");
  timing.read_beats = pauses("read_beats");
  timing.write_requests = pauses("write_requests");
  timing.write_beats = pauses("write_beats");
  timing.write_responses = pauses("write_responses");
  return AxiMemory(bus, timing);
}

class Bench {
 public:
  explicit Bench(const Settings& s)
      : settings_(s),
        bus_(static_cast<size_t>(s.number("bus_bytes"))),
        memory_(make_memory(s)),
        context_(std::make_unique<VerilatedContext>()),
        events_(std::fopen(s.text("results").c_str(), "w")) {
    if (events_ == nullptr) fail("cannot write " + s.text("results"));
    memory_.bytes = read_bytes(s.text("memory"));
    context_->randReset(2);  // registers and memories without a reset start with random contents
    context_->randSeed(1);
#if VM_TRACE
    context_->traceEverOn(true);
#endif
    dut_ = std::make_unique<Vdut>(context_.get());
#if VM_TRACE
    if (s.has("trace")) {
      trace_ = std::make_unique<Trace>();
      dut_->trace(trace_.get(), 99);
      trace_->open(s.text("trace").c_str());
    }
#endif
  }
  ~Bench() {
    dut_->final();
#if VM_TRACE
    if (trace_) trace_->close();
#endif
    std::fclose(events_);
  }

  void run() {
    dut_->aresetn = 0;
    for (int i = 0; i < 3; ++i) step();
    dut_->aresetn = 1;
    const auto word = [this](const char* key) { return static_cast<uint32_t>(settings_.number(key)); };
    write(0x10, 1);
    write(0x14, word("images"));
    write(0x18, word("passes"));
    write(0x20, 0);
    write(0x28, word("input_address"));
    write(0x30, word("result_address"));
    write(0x24, 0);
    write(0x2c, 0);
    write(0x34, 0);
    dut_->s_axi_bready = 1;
    dut_->s_axi_awvalid = dut_->s_axi_wvalid = 1;
    dut_->s_axi_awaddr = 0x08;
    dut_->s_axi_wdata = 1;
    step();
    dut_->s_axi_awvalid = dut_->s_axi_wvalid = 0;
    zero_ = cycle_;
    running_ = true;
    int64_t idle = 0;
    while (dut_->interrupt_o == 0 && idle < settings_.number("patience")) {
      moved_ = false;
      step();
      idle = moved_ ? 0 : idle + 1;
    }
    const int64_t cycles = cycle_ - zero_;
    running_ = false;
    const uint32_t status = dut_->interrupt_o != 0 ? read(0x0c) : 0;
    for (size_t p = 0; p < passes_.size(); ++p)
      std::fprintf(events_, "pass %zu %lld %lld %lld %lld\n", p, static_cast<long long>(passes_[p].loaded),
                   static_cast<long long>(passes_[p].start), static_cast<long long>(passes_[p].last),
                   static_cast<long long>(passes_[p].retired));
    const auto from = static_cast<size_t>(settings_.number("result_address"));
    FILE* const out = std::fopen(settings_.text("out").c_str(), "wb");
    if (out == nullptr ||
        std::fwrite(memory_.bytes.data() + from, 1, memory_.bytes.size() - from, out) != memory_.bytes.size() - from ||
        std::fclose(out) != 0)
      fail("cannot write " + settings_.text("out"));
    std::fprintf(events_, "end %lld %u %s\n", static_cast<long long>(cycles), status, memory_.problem.c_str());
  }

 private:
  void write(uint32_t address, uint32_t value) {
    dut_->s_axi_bready = 1;
    dut_->s_axi_awvalid = dut_->s_axi_wvalid = 1;
    dut_->s_axi_awaddr = static_cast<uint8_t>(address);
    dut_->s_axi_wdata = value;
    dut_->s_axi_wstrb = 0xf;
    do step();
    while (!write_taken_);
    dut_->s_axi_awvalid = dut_->s_axi_wvalid = 0;
    step();
  }
  uint32_t read(uint32_t address) {
    dut_->s_axi_rready = 0;
    dut_->s_axi_arvalid = 1;
    dut_->s_axi_araddr = static_cast<uint8_t>(address);
    step();
    dut_->s_axi_arvalid = 0;
    dut_->s_axi_rready = 1;
    step();
    return read_data_;
  }

  void step() {
    const AxiIn in = memory_.offer(cycle_ - zero_);
    dut_->m_axi_arready = in.ar_ready;
    dut_->m_axi_awready = in.aw_ready;
    dut_->m_axi_wready = in.w_ready;
    dut_->m_axi_rvalid = in.r_valid;
    dut_->m_axi_rlast = in.r_last;
    dut_->m_axi_rresp = static_cast<uint8_t>(in.r_resp);
    dut_->m_axi_bvalid = in.b_valid;
    dut_->m_axi_bresp = static_cast<uint8_t>(in.b_resp);
    if (in.r_valid) std::memcpy(&dut_->m_axi_rdata, in.r_data, bus_);
    dut_->aclk = 0;
    dut_->eval();
    write_taken_ = dut_->s_axi_awready != 0;
    read_data_ = dut_->s_axi_rdata;
    if (dut_->aresetn != 0) {
      AxiOut out;
      out.ar_valid = dut_->m_axi_arvalid;
      out.ar_addr = dut_->m_axi_araddr;
      out.ar_len = dut_->m_axi_arlen;
      out.ar_size = dut_->m_axi_arsize;
      out.ar_burst = dut_->m_axi_arburst;
      out.aw_valid = dut_->m_axi_awvalid;
      out.aw_addr = dut_->m_axi_awaddr;
      out.aw_len = dut_->m_axi_awlen;
      out.aw_size = dut_->m_axi_awsize;
      out.aw_burst = dut_->m_axi_awburst;
      out.w_valid = dut_->m_axi_wvalid;
      out.w_last = dut_->m_axi_wlast;
      out.w_strobe = dut_->m_axi_wstrb;
      out.r_ready = dut_->m_axi_rready;
      out.b_ready = dut_->m_axi_bready;
      if (out.w_valid) {
        const auto* data = reinterpret_cast<const uint8_t*>(&dut_->m_axi_wdata);
        out.w_data.assign(data, data + bus_);
      }
      moved_ = moved_ || out.ar_valid || in.r_valid || out.aw_valid || out.w_valid || in.b_valid;
      memory_.take(cycle_ - zero_, out);
      if (running_) record();
    }
#if VM_TRACE
    const bool traced = trace_ && running_ && cycle_ - zero_ >= settings_.number("trace_from") &&
                        cycle_ - zero_ <= settings_.number("trace_to");
    if (traced) trace_->dump(static_cast<uint64_t>(2 * (cycle_ - zero_)));
#endif
    dut_->aclk = 1;
    dut_->eval();
#if VM_TRACE
    if (traced) trace_->dump(static_cast<uint64_t>(2 * (cycle_ - zero_) + 1));
#endif
    ++cycle_;
  }

  void record() {
    const int64_t now = cycle_ - zero_;
    if (dut_->probe_loaded_o != 0) {
      passes_.emplace_back();
      passes_.back().loaded = now;
    }
    if (dut_->probe_issued_o != 0) passes_.at(issued_++).last = now;
    if (dut_->probe_take_o != 0) passes_.at(issued_).start = now + 1;
    if (dut_->probe_retire_o != 0) passes_.at(retired_++).retired = now;
    if (dut_->probe_done_o != 0) {
      std::fprintf(events_, "image %lld %lld\n", static_cast<long long>(images_++), static_cast<long long>(now));
      std::fflush(events_);
    }
    moved_ = moved_ || dut_->probe_take_o != 0 || dut_->probe_issued_o != 0 || dut_->probe_retire_o != 0;
  }

  const Settings& settings_;
  size_t bus_;
  AxiMemory memory_;
  std::unique_ptr<VerilatedContext> context_;
  FILE* events_;
  std::unique_ptr<Vdut> dut_;
#if VM_TRACE
  std::unique_ptr<Trace> trace_;
#endif
  int64_t cycle_ = 0, zero_ = 0, images_ = 0;
  bool running_ = false, moved_ = false, write_taken_ = false;
  uint32_t read_data_ = 0;
  std::vector<PassTimes> passes_;
  size_t issued_ = 0, retired_ = 0;
};

}  // namespace

int main(int argc, char* argv[]) {
  if (argc != 2) fail("usage: program RUN");
  const Settings settings(argv[1]);
  Bench(settings).run();
  return 0;
}
