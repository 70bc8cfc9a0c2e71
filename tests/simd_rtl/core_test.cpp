// The core of the fixed-size accelerator as RTL: every network on one piece of hardware, one after the other without reset, results
// as golden says, passes in the cycles of the plan.
#include <catch2/catch.hpp>
#include <cstring>
#include <deque>
#include <memory>

#include "Vcore4.h"
#include "Vcore8.h"
#include "models/simd/datapath.h"
#include "sw/golden/reference.h"
#include "tests/rtl/stream_bench.h"
#include "tests/simd/samples.h"

namespace psaflow::test {
namespace {

struct PassCycles {
  int64_t loaded = 0, start = 0, last_step = 0, retired = 0;
};

// Fills the rings as a memory of one beat a cycle would, as far ahead as they have space.
template <typename Core>
class CoreBench {
 public:
  CoreBench(int tile, const SimdCapacities& capacities) {
    hardware_.tile = tile;
    hardware_.capacities = capacities;
    core_->rst_ni = 0;
    core_->wr_en_i = 0;
    core_->go_i = 0;
    tick();
    tick();
    core_->rst_ni = 1;
  }

  SimdOptions options() const {
    SimdOptions o;
    o.tile = hardware_.tile;
    for (const SimdBuffer& buffer : simd_buffers()) o.capacities[buffer.key] = hardware_.capacities.*buffer.capacity;
    return o;
  }

  // pause: the probability that a cycle brings no beat.
  std::vector<int8_t> run(const Network& network, const SimdMapping& mapping, const int8_t* images, size_t count,
                          double pause, Rng& rng, std::vector<PassCycles>& cycles) {
    const SimdProgram& program = mapping.program;
    const size_t passes = program.passes.size(), visits = passes * count;
    const auto bus = static_cast<size_t>(hardware_.bus_bytes), tile = static_cast<size_t>(hardware_.tile);
    std::vector<uint8_t> packed(count * program.image_bytes), results;
    for (size_t i = 0; i < count; ++i)
      pack_simd_image(network, mapping, images + i * static_cast<size_t>(network.input().size()),
                      packed.data() + i * program.image_bytes);
    int64_t space[] = {hardware_.capacities.input_beats, hardware_.capacities.constant_beats,
                       hardware_.capacities.weight_beats, hardware_.capacities.table_beats};
    std::deque<std::pair<int, const uint8_t*>> beats;  // ring, data; of the pass that is being loaded
    size_t queued = 0, loaded = 0, taken = 0, retired = 0;
    cycles.assign(visits, {});
    core_->image_beats_i = static_cast<uint16_t>(program.passes.front().input_beats);
    int64_t idle = 0;
    while (retired < visits || beats_of(results) < count * program.result_pass().result_words) {
      if (beats.empty() && queued < visits) {
        const SimdPass& pass = program.passes[queued % passes];
        const int64_t need[] = {pass.input_beats, pass.constant_beats, pass.weight_beats, pass.table_beats};
        bool fits = true;
        for (int r = 0; r < 4; ++r) fits = fits && need[r] <= space[r];
        if (fits) {
          const uint8_t* at = mapping.image.data() + pass.parameter_offset;
          const uint8_t* image = packed.data() + queued / passes * program.image_bytes;
          for (int r = 0; r < 4; ++r) {
            space[r] -= need[r];
            const uint8_t*& from = r == 0 ? image : at;
            for (int64_t b = 0; b < need[r]; ++b, from += bus) beats.push_back({r, from});
          }
          ++queued;
        }
      }
      core_->wr_en_i = 0;
      if (!beats.empty() && rng.uniform() >= pause) {
        core_->wr_en_i = static_cast<uint8_t>(1 << beats.front().first);
        std::memcpy(&core_->wr_data_i, beats.front().second, bus);
        beats.pop_front();
      }
      // What may begin is known a cycle after its last beat.
      core_->go_i = taken < loaded ? 1 : 0;
      if (taken < visits)
        std::memcpy(&core_->desc_i, mapping.image.data() + (taken % passes + 1) * kSimdDescriptorBytes,
                    kSimdDescriptorBytes);
      core_->eval();
      if (core_->wr_en_i != 0 && beats.empty()) cycles[loaded++].loaded = cycle_;
      if (core_->retire_o != 0) {
        const SimdPass& pass = program.passes[retired % passes];
        cycles[retired++].retired = cycle_;
        if (pass.release_input) space[0] += program.passes.front().input_beats;
        space[1] += pass.constant_beats;
        space[2] += pass.weight_beats;
        space[3] += pass.table_beats;
      }
      if (core_->result_valid_o != 0) {
        const auto* bytes = reinterpret_cast<const uint8_t*>(&core_->result_o);
        results.insert(results.end(), bytes, bytes + tile);
        results.resize(results.size() + bus - tile);
      }
      idle = core_->take_o != 0 || core_->retire_o != 0 || !beats.empty() || core_->issued_o != 0 ? 0 : idle + 1;
      if (core_->issued_o != 0) cycles[issued_++ - base_].last_step = cycle_;
      if (core_->take_o != 0) cycles[taken++].start = cycle_ + 1;
      tick();
      if (idle > 100000) break;
    }
    base_ = issued_;
    std::vector<int8_t> answers(count * static_cast<size_t>(mapping.classes));
    REQUIRE(results.size() == count * program.result_bytes);
    for (size_t i = 0; i < count; ++i)
      unpack_simd_result(mapping, results.data() + i * program.result_bytes,
                         answers.data() + i * static_cast<size_t>(mapping.classes));
    return answers;
  }

 private:
  size_t beats_of(const std::vector<uint8_t>& results) const {
    return results.size() / static_cast<size_t>(hardware_.bus_bytes);
  }
  void tick() {
    core_->clk_i = 0;
    core_->eval();
    core_->clk_i = 1;
    core_->eval();
    ++cycle_;
  }

  SimdHardware hardware_;
  std::unique_ptr<Core> core_ = std::make_unique<Core>();
  int64_t cycle_ = 0;
  size_t issued_ = 0, base_ = 0;
};

template <typename Core>
void run_all(int tile, const SimdCapacities& capacities) {
  CoreBench<Core> bench(tile, capacities);
  uint64_t seed = static_cast<uint64_t>(tile);
  for (int round = 0; round < 2; ++round) {
    for (const Sample& sample : simd_samples()) {
      const SimdPlan plan = plan_simd(sample.network, bench.options());
      CAPTURE(sample.name, tile, ++seed);
      if (!plan.mapping) {
        WARN(sample.name << " does not fit: " << plan.findings[0].path << " " << plan.findings[0].allowed);
        continue;
      }
      const SimdProgram& program = plan.mapping->program;
      const auto values = static_cast<size_t>(sample.network.input().size());
      const size_t count = 3;
      Rng rng(seed);
      std::vector<int8_t> images(count * values);
      for (int8_t& v : images) v = random_int8(rng);
      std::vector<PassCycles> cycles;
      const std::vector<int8_t> found =
          bench.run(sample.network, *plan.mapping, images.data(), count, round == 0 ? 0 : 0.6, rng, cycles);
      for (size_t i = 0; i < count; ++i) {
        Int8Matrix patches(sample.network.input().rows, sample.network.input().cols);
        std::copy(images.begin() + static_cast<ptrdiff_t>(i * values),
                  images.begin() + static_cast<ptrdiff_t>((i + 1) * values), patches.data.begin());
        const std::vector<int8_t> wanted = run_reference(sample.network, patches);
        CHECK(std::equal(wanted.begin(), wanted.end(), found.begin() + static_cast<ptrdiff_t>(i * wanted.size())));
      }
      for (size_t v = 0; v < cycles.size(); ++v) {
        const SimdPass& pass = program.passes[v % program.passes.size()];
        CAPTURE(v);
        int64_t start = cycles[v].loaded + 2;
        if (v > 0) start = std::max(start, cycles[v - 1].last_step + 1 + pass.gap_cycles);
        CHECK(cycles[v].start == start);
        CHECK(cycles[v].last_step == start + pass.issue_cycles() - 1);
        CHECK(cycles[v].retired == cycles[v].last_step + SimdPipeline::retire(tile));
      }
    }
  }
}

SimdCapacities capacities(int64_t tiles, int64_t constants, int64_t weights, int64_t tables) {
  SimdCapacities c;
  c.programs = 64;
  c.main_tiles = c.side_tiles = tiles;
  c.input_beats = 512;
  c.constant_beats = constants;
  c.weight_beats = weights;
  c.table_beats = tables;
  c.result_words = 1 << 12;
  return c;
}

TEST_CASE("the core of 4 x 4: every network, one after the other") {
  run_all<Vcore4>(4, capacities(256, 256, 512, 2048));
}
TEST_CASE("the core of 8 x 8: every network, one after the other") {
  run_all<Vcore8>(8, capacities(128, 512, 512, 4096));
}

}  // namespace
}  // namespace psaflow::test
