// The whole accelerator as RTL behind its ports: programs one after the other, values as golden says, every pass in the cycles of the
// plan with a steady memory; a restless memory, errors, bad programs, reset amid a run.
#include <catch2/catch.hpp>
#include <memory>

#include "Vaccelerator8.h"
#include "models/simd/cycles.h"
#include "models/simd/registers.h"
#include "rtl_gen/cosim/harness/axi_memory.h"
#include "sw/golden/reference.h"
#include "tests/simd/samples.h"

namespace psaflow::test {
namespace {

namespace reg = simd_register;

SimdCapacities hardware_capacities() {
  SimdCapacities c;
  c.programs = 32;
  c.main_tiles = c.side_tiles = 128;
  c.input_beats = 512;
  c.constant_beats = 512;
  c.weight_beats = 512;
  c.table_beats = 4096;
  c.result_words = 1024;
  return c;
}

SimdOptions hardware_options() {
  SimdOptions o;
  o.tile = 8;
  o.bus_bytes = 16;
  o.burst_beats = 16;
  o.outstanding_reads = 4;
  const SimdCapacities c = hardware_capacities();
  for (const SimdBuffer& buffer : simd_buffers()) o.capacities[buffer.key] = c.*buffer.capacity;
  return o;
}

class Bench {
 public:
  Bench() { reset(); }

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
    times = {};
    issued_ = retired_ = 0;
    write(reg::kControl, kSimdClear);
    write(reg::kInterruptEnable, 1);
    write(reg::kImages, static_cast<uint32_t>(images));
    write(reg::kPasses, static_cast<uint32_t>(passes));
    write(reg::kProgramLow, 0);
    write(reg::kInputLow, static_cast<uint32_t>(input));
    write(reg::kResultLow, static_cast<uint32_t>(result));
    rtl_->s_axi_awvalid = rtl_->s_axi_wvalid = 1;
    rtl_->s_axi_awaddr = reg::kControl;
    rtl_->s_axi_wdata = kSimdStart;
    step();
    rtl_->s_axi_awvalid = rtl_->s_axi_wvalid = 0;
    rtl_->s_axi_bready = 1;
    zero_ = cycle_;  // the start is known in this cycle
    for (int64_t i = 0; i < until; ++i) {
      step();
      if (rtl_->interrupt_o != 0) return true;
    }
    return false;
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

  std::unique_ptr<Vaccelerator8> rtl_ = std::make_unique<Vaccelerator8>();
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

  Task(const Sample& s, size_t images_count, uint64_t seed) : sample(s), count(images_count) {
    SimdPlan plan = plan_simd(s.network, hardware_options());
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
  bool run(Bench& bench, int64_t until = 20'000'000) const {
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

TEST_CASE("programs one after the other: golden values, and with a steady memory the plan's cycles") {
  Bench bench;
  const SimdMemory memories[] = {simd_memory("ddr4", 200, 16), {1, 1, 64, 256}, {30, 9, 2, 300}, {90, 40, 1, 256}};
  size_t turn = 0;
  for (const Sample& sample : simd_samples()) {
    const Task task(sample, 4, ++turn);
    const SimdMemory& timing = memories[turn % 4];
    AxiMemory memory(16, AxiTiming{timing.read_latency_cycles, timing.write_latency_cycles, timing.outstanding_reads,
                                   timing.beat_interval_256});
    bench.memory = &memory;
    task.put(memory);
    CAPTURE(sample.name, turn);
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
}

TEST_CASE("a restless memory changes cycles, never values, and sees every rule kept") {
  Bench bench;
  uint64_t seed = 40;
  for (const Sample& sample : simd_samples()) {
    const Task task(sample, 3, ++seed);
    AxiMemory memory(16, uint64_t{seed});
    bench.memory = &memory;
    task.put(memory);
    CAPTURE(sample.name, seed, memory.problem);
    REQUIRE(task.run(bench));
    CHECK(memory.problem.empty());
    CHECK(bench.read(reg::kStatus) == kSimdDone);
    CHECK(task.found(memory) == task.wanted);
    CHECK(memory.most_outstanding <= 4);
    bench.memory = nullptr;
  }
}

TEST_CASE("errors, bad programs and a reset amid a run: a status, never a hang, and the next run is right") {
  Bench bench;
  const Sample sample = odd_resmlp(2, 40, 36, Activation::kPsa, 65, 16, 4);
  const Task task(sample, 2, 3);
  const auto status_of = [&](AxiMemory& memory) {
    bench.memory = &memory;
    REQUIRE(task.run(bench));
    CHECK(memory.problem.empty());
    CHECK(memory.quiet());
    const uint32_t status = bench.read(reg::kStatus);
    bench.memory = nullptr;
    return status;
  };
  const auto right_again = [&](uint64_t seed) {
    AxiMemory memory(16, uint64_t{seed});
    task.put(memory);
    CHECK(status_of(memory) == kSimdDone);
    CHECK(task.found(memory) == task.wanted);
  };
  const auto code = [](uint32_t status) { return static_cast<SimdError>(status >> 8 & 0xff); };
  const auto broken = [&](size_t byte, uint8_t value) {
    AxiMemory memory(16, uint64_t{byte});
    task.put(memory);
    memory.bytes[byte] = value;
    const uint32_t status = status_of(memory);
    CHECK((status & 7) == kSimdFailed);
    return status;
  };
  CHECK(code(broken(0, 'X')) == SimdError::kHeader);
  CHECK(code(broken(4, 2)) == SimdError::kHeader);
  CHECK(code(broken(8, 16)) == SimdError::kHeader);
  CHECK(code(broken(12, 3)) == SimdError::kPassCount);
  right_again(101);
  const uint32_t pass = broken(3 * 64 + 4, 0);  // steps of the third pass
  CHECK(code(pass) == SimdError::kPass);
  CHECK(pass >> 16 == 2);
  CHECK(code(broken(2 * 64 + 38, 0xff)) == SimdError::kPass);  // weight_beats
  right_again(102);
  for (const uint64_t from : {uint64_t{10}, task.mapping.image.size() / 2, task.input + 20}) {
    AxiMemory memory(16, from);
    task.put(memory);
    memory.fail_from = from;
    CAPTURE(from);
    CHECK(code(status_of(memory)) == SimdError::kReadResponse);
  }
  AxiMemory memory(16, uint64_t{7});
  task.put(memory);
  memory.fail_from = task.result;
  CHECK(code(status_of(memory)) == SimdError::kWriteResponse);
  right_again(103);
  for (const int64_t cycle : {3, 60, 700, 2500}) {  // reset
    AxiMemory left(16, static_cast<uint64_t>(cycle));
    task.put(left);
    bench.memory = &left;
    CHECK_FALSE(task.run(bench, cycle));
    bench.reset();
    CHECK(bench.read(reg::kStatus) == 0);
    bench.memory = nullptr;
    right_again(200 + static_cast<uint64_t>(cycle));
  }
  bench.write(reg::kImages, 0);
  AxiMemory idle(16, uint64_t{1});
  task.put(idle);
  bench.memory = &idle;
  CHECK(bench.run(0, task.mapping.program.passes.size(), task.input, task.result, 100));
  CHECK(code(bench.read(reg::kStatus)) == SimdError::kImageCount);
  CHECK(bench.run(1, 33, task.input, task.result, 100));
  CHECK(code(bench.read(reg::kStatus)) == SimdError::kPassCount);
  bench.memory = nullptr;
  right_again(104);
}

TEST_CASE("the registers say what the hardware is") {
  Bench bench;
  CHECK(bench.read(reg::kId) == kSimdMagic);
  CHECK(bench.read(reg::kVersion) == kSimdProgramVersion);
  CHECK(bench.read(reg::kShape) == (8u | 16u << 16));
  const SimdCapacities c = hardware_capacities();
  for (size_t i = 0; i < simd_buffers().size(); ++i)
    CHECK(bench.read(reg::kCapacities + 4 * static_cast<uint32_t>(i)) == c.*simd_buffers()[i].capacity);
  bench.write(reg::kResultHigh, 0x12345678);
  CHECK(bench.read(reg::kResultHigh) == 0x12345678);
  bench.write(reg::kStatus, 7);
  CHECK(bench.read(reg::kStatus) == 0);
}

}  // namespace
}  // namespace psaflow::test
