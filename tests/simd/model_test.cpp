// The SystemC model: golden values, the plan's cycles in every decision, errors that stop it and are told.
#include <catch2/catch.hpp>

#include <fstream>
#include <nlohmann/json.hpp>

#include "models/simd_model/simulation.h"
#include "sw/golden/evaluator.h"
#include "tests/scratch_folder.h"
#include "tests/simd/samples.h"

namespace psaflow::test {
namespace {

Workload random_workload(const Sample& sample, size_t count, uint64_t seed) {
  Rng rng(seed);
  std::vector<uint8_t> images(count * sample.input.image_bytes());
  for (uint8_t& byte : images) byte = static_cast<uint8_t>(rng.below(256));
  return make_workload(sample.input, sample.network, images.data(), count);
}

SimdMapping mapping_of(const Sample& sample, SimdOptions options) {
  SimdPlan plan = plan_simd(sample.network, options);
  REQUIRE(plan.findings.empty());
  return std::move(*plan.mapping);
}

// Memories that make different parts of the hardware wait.
std::vector<SimdMemory> memories() {
  return {simd_memory("ddr4", 200, 16),
          simd_memory("ideal", 200, 16),
          {7, 3, 1, 256},
          {150, 40, 3, 300},
          {20, 90, 32, 1000}};
}

TEST_CASE("the model's values are golden's, its cycles the plan's, for networks, tiles and memories") {
  size_t turn = 0;
  for (const Sample& sample : simd_samples()) {
    for (int tile : kSimdTiles) {
      SimdOptions options;
      options.tile = tile;
      options.burst_beats = turn % 3 == 0 ? 16 : 64;
      options.outstanding_reads = turn % 4 == 0 ? 2 : 8;
      SimdMapping mapping = mapping_of(sample, options);
      SimdSimulationOptions run;
      run.memory = memories()[turn++ % memories().size()];
      CAPTURE(sample.name, tile, turn);
      const Workload workload = random_workload(sample, 9, turn);
      const SimdSimulation found = simulate_simd(sample.network, mapping, workload, run);
      CHECK(found.error == SimdError::kNone);
      CHECK(found.images == workload.count);
      CHECK(found.mismatches == 0);
      CHECK(found.logits == workload.golden);
      CHECK_FALSE(found.divergence);
      const SimdPrediction plan = predict_simd(mapping, run.memory, "rtl", workload.count);
      CHECK(found.times.done == plan.times.done);
      CHECK(found.times.passes == plan.times.passes);
      CHECK(found.latency_cycles == plan.latency_cycles);
      CHECK(found.ii_cycles == plan.ii_cycles);
      CHECK(found.most_outstanding <= std::min(options.outstanding_reads, run.memory.outstanding_reads + 1));
    }
  }
}

TEST_CASE("a memory that takes one read at a time, or two, has the plan's cycles, whatever the network") {
  for (const int at_a_time : {1, 2, 3}) {
    for (const Sample& sample : simd_samples()) {
      for (const int tile : kSimdTiles) {
        for (const auto& [outstanding, burst] :
             {std::pair(2, 16), std::pair(8, 16), std::pair(2, 64), std::pair(8, 64)}) {
          SimdOptions options;
          options.tile = tile;
          options.burst_beats = burst;
          options.outstanding_reads = outstanding;
          const SimdMapping mapping = mapping_of(sample, options);
          SimdSimulationOptions run;
          run.memory = {7, 3, at_a_time, 256};
          const int bursts = burst;
          const int reads = outstanding;
          CAPTURE(sample.name, tile, reads, bursts, at_a_time);
          const Workload workload = random_workload(sample, 9, 1);
          const SimdSimulation found = simulate_simd(sample.network, mapping, workload, run);
          const SimdPrediction plan = predict_simd(mapping, run.memory, "rtl", workload.count);
          CHECK(found.mismatches == 0);
          CHECK(found.times.done == plan.times.done);
          CHECK(found.times.passes == plan.times.passes);
        }
      }
    }
  }
}

TEST_CASE("a memory that hesitates has the plan's cycles, whatever the network; it takes longer, and values stay") {
  uint64_t seed = 0;
  for (const Sample& sample : simd_samples()) {
    for (const int tile : kSimdTiles) {
      for (const double stalls : {0.2, 0.7}) {
        SimdOptions options;
        options.tile = tile;
        options.burst_beats = seed % 3 == 0 ? 16 : 64;
        options.outstanding_reads = seed % 2 == 0 ? 2 : 8;
        const SimdMapping mapping = mapping_of(sample, options);
        SimdSimulationOptions run;
        run.memory = memories()[seed % memories().size()];
        const int64_t steady = predict_simd(mapping, run.memory, "rtl", 9).total_cycles;
        run.memory.pauses = std::make_shared<SimdPauses>(random_simd_pauses(stalls, ++seed));
        CAPTURE(sample.name, tile, stalls, seed);
        const Workload workload = random_workload(sample, 9, seed);
        const SimdSimulation found = simulate_simd(sample.network, mapping, workload, run);
        const SimdPrediction plan = predict_simd(mapping, run.memory, "rtl", workload.count);
        CHECK(found.mismatches == 0);
        CHECK(found.times.done == plan.times.done);
        CHECK(found.times.passes == plan.times.passes);
        CHECK(plan.total_cycles > steady);
      }
    }
  }
}

TEST_CASE("buffers that hold one pass alone: slower, and right") {
  const Sample sample = odd_resmlp(2, 40, 36, Activation::kPsa, 65, 16, 4);
  SimdOptions options;
  options.tile = 8;
  const SimdMapping usual = mapping_of(sample, options);
  int64_t most[4] = {};
  for (const SimdPass& pass : usual.program.passes) {
    most[0] = std::max<int64_t>(most[0], pass.constant_beats);
    most[1] = std::max<int64_t>(most[1], pass.weight_beats);
    most[2] = std::max<int64_t>(most[2], pass.table_beats);
    most[3] = std::max<int64_t>(most[3], pass.input_beats);
  }
  for (int64_t& beats : most) {
    int64_t power = 1;
    while (power < beats) power *= 2;
    beats = power;
  }
  options.capacities = {{"constant_beats", most[0]},
                        {"weight_beats", most[1]},
                        {"table_beats", most[2]},
                        {"input_beats", most[3]},
                        {"result_words", usual.program.result_pass().result_words}};
  const SimdMapping least = mapping_of(sample, options);
  const Workload workload = random_workload(sample, 9, 5);
  SimdSimulationOptions run;
  const SimdSimulation fast = simulate_simd(sample.network, usual, workload, run),
                       slow = simulate_simd(sample.network, least, workload, run);
  CHECK(fast.mismatches == 0);
  CHECK(slow.mismatches == 0);
  CHECK(slow.ii_cycles > fast.ii_cycles);
  CHECK(slow.times.passes == predict_simd(least, run.memory, "rtl", 9).times.passes);
}

TEST_CASE("the paper's profile: images one after the other, values golden") {
  const Sample sample = odd_resmlp(1, 23, 51, Activation::kRelu, 65, 16, 8);
  const SimdMapping mapping = mapping_of(sample, {});
  SimdSimulationOptions run;
  run.profile = "vitis-hls-2023.1";
  const Workload workload = random_workload(sample, 3, 6);
  const SimdSimulation found = simulate_simd(sample.network, mapping, workload, run);
  CHECK(found.mismatches == 0);
  CHECK(found.latency_cycles == predict_simd(mapping, run.memory, run.profile, 3).latency_cycles);
  CHECK(found.total_cycles == 3 * found.latency_cycles);
  CHECK(found.ii_cycles == found.latency_cycles);
}

TEST_CASE("a flipped bit is found where it was flipped") {
  const Sample sample = odd_resmlp(2, 40, 36, Activation::kPsa, 65, 16, 4);
  const SimdMapping mapping = mapping_of(sample, {});
  const Workload workload = random_workload(sample, 2, 7);
  const std::vector<std::string> taps = simd_taps(sample.network, mapping);
  CHECK(taps.size() > 8);
  for (const std::string& tap : taps) {
    SimdSimulationOptions run;
    run.fault = Fault{tap, 0, 3};
    const SimdSimulation found = simulate_simd(sample.network, mapping, workload, run);
    CAPTURE(tap);
    REQUIRE(found.divergence);
    CHECK(found.divergence->image == 0);
    CHECK(found.divergence->stage == tap);
    CHECK(found.divergence->token == 0);
    CHECK(found.divergence->channel == 3);
    CHECK(found.divergence->found == (found.divergence->expected ^ 1));
    CHECK(found.divergence->cycle > 0);
  }
}

TEST_CASE("bad programs and a memory that fails stop the run with a status, and the next run is right") {
  const Sample sample = straight_mixer();
  const SimdMapping mapping = mapping_of(sample, {});
  const Workload workload = random_workload(sample, 2, 8);
  const auto run_with = [&](size_t byte, uint8_t value) {
    std::vector<uint8_t> program = mapping.image;
    program[byte] = value;
    return simulate_simd(sample.network, mapping, workload, {}, &program);
  };
  CHECK(run_with(0, 'X').error == SimdError::kHeader);
  CHECK(run_with(4, 9).error == SimdError::kHeader);
  CHECK(run_with(8, 8).error == SimdError::kHeader);
  CHECK(run_with(12, 1).error == SimdError::kPassCount);
  const SimdSimulation pass = run_with(2 * 64 + 9, 0x7f);  // row_blocks of the second pass
  CHECK(pass.error == SimdError::kPass);
  CHECK(pass.error_pass == 1);
  CHECK(pass.images == 0);
  CHECK(run_with(2 * 64 + 28, 0x44).error == SimdError::kPass);  // parameter_offset, amid a beat
  SimdSimulationOptions failing;
  failing.fail_address = mapping.image.size() - 32;
  CHECK(simulate_simd(sample.network, mapping, workload, failing).error == SimdError::kReadResponse);
  failing.fail_address = (mapping.image.size() + 4095) / 4096 * 4096 + 4096;  // behind the images: the results
  CHECK(simulate_simd(sample.network, mapping, workload, failing).error == SimdError::kWriteResponse);
  CHECK(simulate_simd(sample.network, mapping, workload, {}).mismatches == 0);
}

TEST_CASE("the timeline is a trace of every pass") {
  const Sample sample = perceptron();
  const SimdMapping mapping = mapping_of(sample, {});
  const ScratchFolder folder;
  SimdSimulationOptions run;
  run.timeline_path = folder / "t.json";
  simulate_simd(sample.network, mapping, random_workload(sample, 4, 9), run);
  std::ifstream file(run.timeline_path);
  const auto events = nlohmann::json::parse(file)["traceEvents"];
  const auto slices = std::count_if(events.begin(), events.end(), [](const auto& e) { return e["ph"] == "X"; });
  CHECK(slices == 3 * (3 * static_cast<int>(mapping.program.passes.size()) + 1));
}

}  // namespace
}  // namespace psaflow::test
