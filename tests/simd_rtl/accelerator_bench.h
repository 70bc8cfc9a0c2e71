// The whole accelerator as RTL behind its ports, and what runs on it: a host that writes registers, a memory at the AXI4 port, networks
// as programs and images in it. Cycles of every pass are recorded as the plan tells them.
#pragma once
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "models/simd/cycles.h"
#include "models/simd/registers.h"
#include "rtl_gen/cosim/harness/axi_memory.h"
#include "sw/golden/model.h"
#include "sw/golden/reference.h"
#include "tests/simd/samples.h"

namespace psaflow::test {

namespace reg = simd_register;

// Buffers of the hardware under test, as CMakeLists.txt verilates it: what the widest network of the tests needs, and more.
inline SimdCapacities hardware_capacities(int tile) {
  SimdCapacities c;
  c.programs = 32;
  c.main_tiles = tile == 8 ? 384 : 128;
  c.side_tiles = tile == 8 ? 128 : 32;
  c.input_beats = 512;
  c.constant_beats = 1024;
  c.weight_beats = 4096;
  c.table_beats = 8192;
  c.result_words = 1024;
  return c;
}

inline SimdOptions hardware_options(int tile) {
  SimdOptions o;
  o.tile = tile;
  o.bus_bytes = 16;
  o.burst_beats = 16;
  o.outstanding_reads = 4;
  const SimdCapacities c = hardware_capacities(tile);
  for (const SimdBuffer& buffer : simd_buffers()) o.capacities[buffer.key] = c.*buffer.capacity;
  return o;
}

inline AxiTiming axi_timing(const SimdMemory& m) {
  AxiTiming timing{m.read_latency_cycles, m.write_latency_cycles, m.outstanding_reads, m.beat_interval_256};
  if (!m.pauses) return timing;
  timing.read_requests = AxiPauses(m.pauses->read_requests);
  timing.read_latencies = AxiPauses(m.pauses->read_latencies);
  timing.read_beats = AxiPauses(m.pauses->read_beats);
  timing.write_requests = AxiPauses(m.pauses->write_requests);
  timing.write_beats = AxiPauses(m.pauses->write_beats);
  timing.write_responses = AxiPauses(m.pauses->write_responses);
  return timing;
}

// Vaccelerator: the class that Verilator made of simd_accelerator.
template <typename Vaccelerator>
class AcceleratorBench {
 public:
  AcceleratorBench() { reset(); }

  void reset() {
    rtl_->aresetn = 0;
    for (int i = 0; i < 3; ++i) step();
    rtl_->aresetn = 1;
    if (memory != nullptr) memory->reset();
  }
  void write(uint32_t address, uint32_t value) {
    rtl_->s_axi_awvalid = rtl_->s_axi_wvalid = 1;
    rtl_->s_axi_awaddr = static_cast<uint8_t>(address);
    rtl_->s_axi_wdata = value;
    rtl_->s_axi_wstrb = 0xf;
    do step();
    while (!write_taken_);
    rtl_->s_axi_awvalid = rtl_->s_axi_wvalid = 0;
    rtl_->s_axi_bready = 1;
    step();
    rtl_->s_axi_bready = 0;
  }
  uint32_t read(uint32_t address) {
    rtl_->s_axi_arvalid = 1;
    rtl_->s_axi_araddr = static_cast<uint8_t>(address);
    do step();
    while (!read_taken_);
    rtl_->s_axi_arvalid = 0;
    rtl_->s_axi_rready = 1;
    step();
    rtl_->s_axi_rready = 0;
    return read_data_;
  }

  // A run from the registers' writing on; `until`: cycles, then it is left alone. True: the interrupt came.
  bool run(size_t images, size_t passes, uint64_t input, uint64_t result, int64_t until = 20'000'000) {
    begin(images, passes, input, result);
    for (int64_t i = 0; i < until; ++i) {
      step();
      if (rtl_->interrupt_o != 0) return true;
    }
    return false;
  }

  // The registers and the start of a run.
  void begin(size_t images, size_t passes, uint64_t input, uint64_t result) {
    times = {};
    issued_ = retired_ = 0;
    write(reg::kControl, kSimdClear);
    write(reg::kInterruptEnable, 1);
    write(reg::kImages, static_cast<uint32_t>(images));
    write(reg::kPasses, static_cast<uint32_t>(passes));
    write(reg::kProgramLow, 0);
    write(reg::kInputLow, static_cast<uint32_t>(input));
    write(reg::kResultLow, static_cast<uint32_t>(result));
    cycle(true);
    zero_ = cycle_;  // the start is known in this cycle
  }

  // A cycle, in which a start is written, or nothing. True: the interrupt stands after it.
  bool cycle(bool start) {
    if (start) {
      rtl_->s_axi_awaddr = reg::kControl;
      rtl_->s_axi_wdata = kSimdStart;
      rtl_->s_axi_wstrb = 0xf;
    }
    rtl_->s_axi_awvalid = rtl_->s_axi_wvalid = start ? 1 : 0;
    step();
    rtl_->s_axi_awvalid = rtl_->s_axi_wvalid = 0;
    rtl_->s_axi_bready = 1;
    return rtl_->interrupt_o != 0;
  }

  AxiMemory* memory = nullptr;
  SimdTimes times;

 private:
  void step() {
    AxiIn in;
    if (memory != nullptr) in = memory->offer(cycle_ - zero_);
    rtl_->m_axi_arready = in.ar_ready;
    rtl_->m_axi_awready = in.aw_ready;
    rtl_->m_axi_wready = in.w_ready;
    rtl_->m_axi_rvalid = in.r_valid;
    rtl_->m_axi_rlast = in.r_last;
    rtl_->m_axi_rresp = static_cast<uint8_t>(in.r_resp);
    rtl_->m_axi_bvalid = in.b_valid;
    rtl_->m_axi_bresp = static_cast<uint8_t>(in.b_resp);
    if (in.r_valid) std::memcpy(&rtl_->m_axi_rdata, in.r_data, 16);
    rtl_->aclk = 0;
    rtl_->eval();
    write_taken_ = rtl_->s_axi_awready != 0 && rtl_->s_axi_wready != 0;
    read_taken_ = rtl_->s_axi_arready != 0;
    read_data_ = rtl_->s_axi_rdata;
    if (memory != nullptr && rtl_->aresetn != 0) {
      AxiOut out;
      out.ar_valid = rtl_->m_axi_arvalid;
      out.ar_addr = rtl_->m_axi_araddr;
      out.ar_len = rtl_->m_axi_arlen;
      out.ar_size = rtl_->m_axi_arsize;
      out.ar_burst = rtl_->m_axi_arburst;
      out.aw_valid = rtl_->m_axi_awvalid;
      out.aw_addr = rtl_->m_axi_awaddr;
      out.aw_len = rtl_->m_axi_awlen;
      out.aw_size = rtl_->m_axi_awsize;
      out.aw_burst = rtl_->m_axi_awburst;
      out.w_valid = rtl_->m_axi_wvalid;
      out.w_last = rtl_->m_axi_wlast;
      out.w_strobe = rtl_->m_axi_wstrb;
      out.r_ready = rtl_->m_axi_rready;
      out.b_ready = rtl_->m_axi_bready;
      const auto* data = reinterpret_cast<const uint8_t*>(&rtl_->m_axi_wdata);
      out.w_data.assign(data, data + 16);
      memory->take(cycle_ - zero_, out);
      record();
    }
    rtl_->aclk = 1;
    rtl_->eval();
    ++cycle_;
  }

  void record() {
    const int64_t now = cycle_ - zero_;
    if (rtl_->probe_loaded_o != 0) {
      times.passes.emplace_back();
      times.passes.back().loaded = now;
    }
    if (rtl_->probe_issued_o != 0) times.passes.at(issued_++).last_step = now;
    if (rtl_->probe_take_o != 0) times.passes.at(issued_).start = now + 1;
    if (rtl_->probe_retire_o != 0) times.passes.at(retired_++).retired = now;
    if (rtl_->probe_done_o != 0) times.done.push_back(now);
  }

  std::unique_ptr<Vaccelerator> rtl_ = std::make_unique<Vaccelerator>();
  int64_t cycle_ = 0, zero_ = 0;
  size_t issued_ = 0, retired_ = 0;
  bool write_taken_ = false, read_taken_ = false;
  uint32_t read_data_ = 0;
};

// A network's program, its images and what they give, in memory.
struct Task {
  const Sample& sample;
  SimdMapping mapping;
  size_t count;
  std::vector<int8_t> images, wanted;
  uint64_t input = 0, result = 0, end = 0;

  Task(const Sample& s, int tile, size_t images_count, uint64_t seed) : sample(s), count(images_count) {
    SimdPlan plan = plan_simd(s.network, hardware_options(tile));
    if (!plan.mapping) throw std::runtime_error(plan.findings[0].path + " " + plan.findings[0].allowed);
    mapping = std::move(*plan.mapping);
    const auto values = static_cast<size_t>(s.network.input().size());
    images.resize(count * values);
    Rng rng(seed);
    for (int8_t& v : images) v = random_int8(rng);
    for (size_t i = 0; i < count; ++i) {
      Int8Matrix patches(s.network.input().rows, s.network.input().cols);
      std::copy(images.begin() + static_cast<ptrdiff_t>(i * values),
                images.begin() + static_cast<ptrdiff_t>((i + 1) * values), patches.data.begin());
      const std::vector<int8_t> one = run_reference(s.network, patches);
      wanted.insert(wanted.end(), one.begin(), one.end());
    }
    const auto pages = [](uint64_t bytes) { return (bytes + 4095) / 4096 * 4096; };
    input = pages(mapping.image.size());
    result = input + pages(uint64_t{mapping.program.image_bytes} * count);
    end = result + pages(uint64_t{mapping.program.result_bytes} * count);
  }
  void put(AxiMemory& memory) const {
    memory.bytes.assign(end, 0xa5);
    std::copy(mapping.image.begin(), mapping.image.end(), memory.bytes.begin());
    for (size_t i = 0; i < count; ++i)
      pack_simd_image(sample.network, mapping, images.data() + i * static_cast<size_t>(sample.network.input().size()),
                      memory.bytes.data() + input + i * mapping.program.image_bytes);
  }
  template <typename AnyBench>
  bool run(AnyBench& bench, int64_t until = 20'000'000) const {
    return bench.run(count, mapping.program.passes.size(), input, result, until);
  }
  std::vector<int8_t> found(const AxiMemory& memory) const {
    std::vector<int8_t> values(wanted.size());
    for (size_t i = 0; i < count; ++i)
      unpack_simd_result(mapping, memory.bytes.data() + result + i * mapping.program.result_bytes,
                         values.data() + i * static_cast<size_t>(mapping.classes));
    return values;
  }
};

// Runs it on a steady memory, without a reset: golden's values, and every pass in the cycles of the plan.
template <typename AnyBench>
void check_as_planned(AnyBench& bench, const Task& task, const SimdMemory& timing) {
  AxiMemory memory(16, axi_timing(timing));
  bench.memory = &memory;
  task.put(memory);
  CAPTURE(task.sample.name);
  REQUIRE(task.run(bench));
  CHECK(memory.problem.empty());
  CHECK(bench.read(reg::kStatus) == kSimdDone);
  CHECK(bench.read(reg::kImagesDone) == task.count);
  CHECK(task.found(memory) == task.wanted);
  const SimdTimes plan = predict_simd(task.mapping, timing, "rtl", task.count).times;
  CHECK(bench.times.done == plan.done);
  REQUIRE(bench.times.passes.size() == plan.passes.size());
  for (size_t p = 0; p < plan.passes.size(); ++p) {
    CAPTURE(p);
    CHECK(bench.times.passes[p].loaded == plan.passes[p].loaded);
    CHECK(bench.times.passes[p].start == plan.passes[p].start);
    CHECK(bench.times.passes[p].last_step == plan.passes[p].last_step);
    CHECK(bench.times.passes[p].retired == plan.passes[p].retired);
  }
  bench.memory = nullptr;
}

// What one piece of hardware must run: the flagship, the networks that are no ResMLP, two odd ResMLPs.
inline std::vector<Sample> many_networks() {
  const IntModel flagship = load_int_model(PSAFLOW_SOURCE_DIR "/sw/zoo/psa-h96/model.safetensors");
  return {{"psa-h96", flagship.config, flagship.network},
          perceptron(),
          straight_mixer(),
          nested_residuals(),
          three_readers(),
          odd_resmlp(2, 40, 36, Activation::kPsa, 65, 16, 4),
          odd_resmlp(6, 96, 192, Activation::kPsa, 65, 32, 4)};
}

// All of them on the bench's hardware, one after the other and again in the other order, nothing between.
template <typename AnyBench>
void check_many_networks(AnyBench& bench, int tile, size_t images) {
  const SimdMemory timing = simd_memory("ddr4", 200, 16);
  std::vector<Sample> networks = many_networks();
  for (uint64_t turn = 0; turn < 2; ++turn) {
    for (const Sample& sample : networks) check_as_planned(bench, Task(sample, tile, images, turn), timing);
    std::reverse(networks.begin(), networks.end());
  }
}

}  // namespace psaflow::test
