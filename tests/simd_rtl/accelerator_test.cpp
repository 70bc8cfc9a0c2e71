// The whole accelerator as RTL behind its ports: programs one after the other, values as golden says, every pass in the cycles of the
// plan with a steady memory; a restless memory, errors, bad programs, reset amid a run.
#include <catch2/catch.hpp>

#include "Vaccelerator8.h"
#include "tests/simd_rtl/accelerator_bench.h"

namespace psaflow::test {
namespace {

using Bench8 = AcceleratorBench<Vaccelerator8>;
constexpr int kTile = 8;

TEST_CASE("programs one after the other: golden values, and with a steady memory the plan's cycles") {
  Bench8 bench;
  const SimdMemory memories[] = {simd_memory("ddr4", 200, 16), {1, 1, 64, 256}, {30, 9, 2, 300}, {90, 40, 1, 256}};
  size_t turn = 0;
  for (const Sample& sample : simd_samples()) {
    check_as_planned(bench, Task(sample, kTile, 4, turn + 1), memories[turn % 4]);
    ++turn;
  }
}

TEST_CASE("a memory that hesitates as it was drawn: the plan's cycles all the same") {
  Bench8 bench;
  uint64_t seed = 70;
  for (const Sample& sample : simd_samples()) {
    for (const double stalls : {0.1, 0.5, 0.8}) {
      SimdMemory timing = ++seed % 2 == 0 ? simd_memory("ddr4", 200, 16) : SimdMemory{30, 9, 2, 300};
      timing.pauses = std::make_shared<SimdPauses>(random_simd_pauses(stalls, seed));
      CAPTURE(seed, stalls);
      check_as_planned(bench, Task(sample, kTile, 3, seed), timing);
    }
  }
}

TEST_CASE("one hardware, many networks: the flagship, others than ResMLPs, odd ones, without reset between") {
  Bench8 bench;
  check_many_networks(bench, kTile, 2);
}

TEST_CASE("a restless memory changes cycles, never values, and sees every rule kept") {
  Bench8 bench;
  uint64_t seed = 40;
  for (const Sample& sample : simd_samples()) {
    const Task task(sample, kTile, 3, ++seed);
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
  Bench8 bench;
  const Sample sample = odd_resmlp(2, 40, 36, Activation::kPsa, 65, 16, 4);
  const Task task(sample, kTile, 2, 3);
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
  CHECK(code(broken(3 * 64 + 28, 0x44)) == SimdError::kPass);  // parameter_offset, amid a beat
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

// Starts written about the end of a run, cycle by cycle: what comes before it is passed over, what comes after it is another run, right
// like the first. One of them is taken in the very cycle after the end, so that the interrupt stands for a single cycle.
TEST_CASE("a start as a run ends: the next run or none, and nothing left over") {
  Bench8 bench;
  const Sample sample = odd_resmlp(2, 40, 36, Activation::kPsa, 65, 16, 4);
  const Task task(sample, kTile, 2, 3);
  const size_t passes = task.mapping.program.passes.size();
  const SimdMemory timing = simd_memory("ddr4", 200, 16);
  int64_t length = 0;
  int taken = 0, passed_over = 0, at_once = 0;
  for (int64_t offset = -6; offset <= 4; ++offset) {
    AxiMemory memory(16, axi_timing(timing));
    task.put(memory);
    bench.memory = &memory;
    if (length == 0) {  // how long a run is
      bench.begin(task.count, passes, task.input, task.result);
      while (!bench.cycle(false)) ++length;
    }
    CAPTURE(offset, length);
    bench.begin(task.count, passes, task.input, task.result);
    int ends = 0, first_interrupt = 0;
    bool stood = false;
    for (int64_t i = 0; i < 3 * length; ++i) {
      const bool stands = bench.cycle(i == length + offset);
      if (stands && !stood) {
        ++ends;
        CHECK(task.found(memory) == task.wanted);
        std::fill(memory.bytes.begin() + static_cast<ptrdiff_t>(task.result), memory.bytes.end(), 0xa5);
      }
      first_interrupt += stands && ends == 1 ? 1 : 0;
      stood = stands;
    }
    CHECK(memory.problem.empty());
    CHECK(memory.quiet());
    CHECK(bench.read(reg::kStatus) == kSimdDone);
    CHECK(bench.read(reg::kImagesDone) == task.count);
    REQUIRE((ends == 1 || ends == 2));
    CHECK((ends == 2 || taken == 0));  // once one is taken, all later ones are
    ++(ends == 2 ? taken : passed_over);
    at_once += ends == 2 && first_interrupt == 1 ? 1 : 0;
    bench.memory = nullptr;
  }
  CHECK(taken >= 3);
  CHECK(passed_over >= 3);
  CHECK(at_once == 1);
}

TEST_CASE("the registers say what the hardware is") {
  Bench8 bench;
  CHECK(bench.read(reg::kId) == kSimdMagic);
  CHECK(bench.read(reg::kVersion) == kSimdProgramVersion);
  CHECK(bench.read(reg::kShape) == (8u | 16u << 16));
  const SimdCapacities c = hardware_capacities(kTile);
  for (size_t i = 0; i < simd_buffers().size(); ++i)
    CHECK(bench.read(reg::kCapacities + 4 * static_cast<uint32_t>(i)) == c.*simd_buffers()[i].capacity);
  bench.write(reg::kResultHigh, 0x12345678);
  CHECK(bench.read(reg::kResultHigh) == 0x12345678);
  bench.write(reg::kStatus, 7);
  CHECK(bench.read(reg::kStatus) == 0);
}

}  // namespace
}  // namespace psaflow::test
