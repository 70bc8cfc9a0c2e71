// What stands against a mapping, what the published figures say of the cycles, and that no value is read before it is
// written.
#include <catch2/catch.hpp>

#include <map>

#include "models/simd/cycles.h"
#include "models/simd/parameters.h"
#include "tests/simd/samples.h"

namespace psaflow::test {
namespace {

IntModel paper_model(int hidden, Activation activation) {
  ModelConfig config;
  config.hidden = hidden;
  config.activation = activation;
  return random_model(config, 65, 1);
}

SimdMapping paper_mapping(int hidden, Activation activation, int tile = 16) {
  SimdOptions options;
  options.tile = tile;
  SimdPlan plan = plan_simd(paper_model(hidden, activation).network, options);
  REQUIRE(plan.mapping);
  return std::move(*plan.mapping);
}

TEST_CASE("the paper's three latencies: one calibrates the profile, two are predicted within 1 %") {
  const auto latency = [](int hidden, Activation activation) {
    return predict_simd(paper_mapping(hidden, activation), {}, "vitis-hls-2023.1", 1).latency_cycles;
  };
  CHECK(latency(96, Activation::kRelu) == 29215);  // calibrated
  CHECK(static_cast<double>(latency(192, Activation::kRelu)) == Approx(47681).epsilon(0.01));
  CHECK(static_cast<double>(latency(96, Activation::kPsa)) == Approx(29441).epsilon(0.01));
}

TEST_CASE("our hardware keeps the tile busy over 95 % of the cycles, and takes fewer than 27,000 for the flagship") {
  const SimdMapping mapping = paper_mapping(96, Activation::kPsa);
  const SimdPrediction p = predict_simd(mapping, simd_memory("ddr4", 200, 16), "rtl", 32);
  CHECK(p.ii_cycles < 27000);
  const auto useful = static_cast<double>(mapping.useful_cycles(paper_model(96, Activation::kPsa).network));
  CHECK(useful / static_cast<double>(p.ii_cycles) > 0.95);
  int64_t sum = 0;
  for (const SimdLayerCycles& layer : p.layers) sum += layer.compute + layer.idle + layer.drain + layer.stall;
  CHECK(sum == p.ii_cycles);
}

TEST_CASE("elementwise operators ride along: a ResMLP is a pass a linear layer, and one for the mean") {
  for (const Activation activation : {Activation::kRelu, Activation::kPsa})
    CHECK(paper_mapping(96, activation).program.passes.size() == 15);
}

TEST_CASE("what does not fit is told with layer, buffer, need and capacity") {
  const IntModel model = paper_model(96, Activation::kPsa);
  const SimdMapping usual = paper_mapping(96, Activation::kPsa);
  for (const SimdBuffer& buffer : simd_buffers()) {
    SimdOptions options;
    options.capacities[buffer.key] = 0;
    const SimdPlan plan = plan_simd(model.network, options);
    CAPTURE(buffer.key);
    CHECK_FALSE(plan.mapping);
    REQUIRE(plan.findings.size() == 1);
    CHECK(plan.findings[0].path == std::string("buffers.") + buffer.key);
    CHECK(plan.findings[0].found == std::string("0 ") + buffer.unit);
    CHECK(plan.findings[0].allowed.find(buffer.what) != std::string::npos);
    CHECK(plan.findings[0].allowed.find("layer ") != std::string::npos);
    // The least that is named is enough, one less is not.
    const int64_t least = std::stoll(plan.findings[0].allowed.substr(9));
    int64_t power = 1;
    while (power < least) power *= 2;
    options.capacities[buffer.key] = buffer.ring ? power : least;
    CHECK(plan_simd(model.network, options).mapping);
    options.capacities[buffer.key] = buffer.ring ? power / 2 : least - 1;
    CHECK_FALSE(plan_simd(model.network, options).mapping);
    options.capacities[buffer.key] = 3 * power;
    CHECK(plan_simd(model.network, options).mapping.has_value() == !buffer.ring);
    CHECK(usual.hardware.capacities.*buffer.capacity >= least);
  }
  SimdOptions options;
  options.capacities["main_tiles"] = 10;
  const std::string allowed = plan_simd(model.network, options).findings.at(0).allowed;
  CHECK(allowed == "at least 48: what layer blocks.0.token.mix needs of the buffer of activations");
}

TEST_CASE("an argmax in the middle is refused by name") {
  Network n(1, 4);
  int x = n.add("which", op::ArgMax{}, {0});
  n.add("fc", linear_of(1, 2), {x});
  Rng rng(1);
  const Network network = random_constants(std::move(n), 65, rng);
  const SimdPlan plan = plan_simd(network, {});
  REQUIRE(plan.findings.size() == 1);
  CHECK(plan.findings[0].path == "model which");
}

TEST_CASE("what every network of the tests becomes: a program, or a reason by name") {
  size_t refused = 0;
  for (const Sample& sample : no_resmlps()) {
    const SimdPlan plan = plan_simd(sample.network, {});
    CAPTURE(sample.name);
    CHECK(plan.mapping.has_value() == plan.findings.empty());
    if (plan.mapping) continue;
    ++refused;
    CHECK(plan.findings[0].path.rfind("model ", 0) == 0);
    CHECK(plan.findings[0].found == "raw images");
  }
  CHECK(refused + 5 == no_resmlps().size());
}

TEST_CASE("programs survive their bytes, and the hardware's checks see what is wrong with them") {
  const SimdMapping mapping = paper_mapping(96, Activation::kPsa);
  const SimdProgram again = decode_program(mapping.image.data(), mapping.image.size(), mapping.hardware);
  CHECK(encode_program(again) == encode_program(mapping.program));
  CHECK(again.passes.size() == mapping.program.passes.size());
  CHECK(check_program(again, mapping.hardware).empty());
  const auto broken = [&](uint32_t SimdPass::*field, uint32_t value) {
    SimdProgram program = again;
    program.passes[1].*field = value;
    return check_program(program, mapping.hardware).size();
  };
  CHECK(broken(&SimdPass::steps, 0) == 1);
  CHECK(broken(&SimdPass::block_cycles, 63) == 1);
  CHECK(broken(&SimdPass::row_blocks, 60000) > 0);
  CHECK(broken(&SimdPass::source_tile, 1000) == 1);
  CHECK(broken(&SimdPass::main_tile, 1000) == 1);
  CHECK(broken(&SimdPass::residual_tile, 1000) == 1);
  CHECK(broken(&SimdPass::weight_beats, 1u << 20) == 1);
  CHECK(broken(&SimdPass::table_beats, 1u << 20) == 1);
}

// Every element's reads and writes, cycle by cycle, in the schedule that the gaps allow at the earliest.
TEST_CASE("no activation or residual is read before it has been written") {
  for (const Sample& sample : simd_samples()) {
    for (int tile : kSimdTiles) {
      SimdOptions options;
      options.tile = tile;
      const SimdPlan plan = plan_simd(sample.network, options);
      const SimdProgram& program = plan.mapping->program;
      const int64_t t = tile;
      std::map<int64_t, int64_t> main, side;  // first cycle in which a row of a tile can be read, by tile * t + row
      int64_t free = 0;
      for (size_t p = 0; p < program.passes.size(); ++p) {
        const SimdPass& pass = program.passes[p];
        const int64_t start = free + pass.gap_cycles;
        int64_t slack = INT64_MAX;
        for (int64_t b = 0; b < pass.blocks(); ++b) {
          const int64_t last = start + (b + 1) * pass.block_cycles - 1, rb = b / pass.col_blocks,
                        cb = b % pass.col_blocks;
          const auto read = [&](const std::map<int64_t, int64_t>& written, int64_t place, int64_t cycle) {
            const auto found = written.find(place);
            REQUIRE(found != written.end());
            slack = std::min(slack, cycle - found->second);
          };
          for (int64_t k = 0; k < pass.steps && !pass.from_input; ++k) {
            const int64_t cycle = last - pass.steps + 1 + k;
            if (pass.over_tokens) {
              read(main, (pass.source_tile + k / t * pass.source_row_tiles + cb) * t + k % t, cycle);
            } else {
              const int64_t source = pass.source_tile + rb * pass.source_row_tiles + (pass.diagonal ? cb : k / t);
              for (int64_t r = 0; r < t; ++r) read(main, source * t + r, cycle);
            }
          }
          for (int64_t r = 0; r < t && pass.add; ++r)
            read(side, (pass.residual_tile + b) * t + r, last + SimdPipeline::kSideRead + r);
        }
        for (int64_t b = 0; b < pass.blocks(); ++b) {
          const int64_t last = start + (b + 1) * pass.block_cycles - 1;
          for (int64_t r = 0; r < t; ++r) {
            if (pass.to_main) main[(pass.main_tile + b) * t + r] = last + SimdPipeline::kMainWrite + r + 1;
            if (pass.to_side) side[(pass.side_tile + b) * t + r] = last + SimdPipeline::kSideWrite + r + 1;
          }
        }
        free = start + pass.issue_cycles();
        CAPTURE(sample.name, tile, p, pass.gap_cycles, slack);
        CHECK(slack >= 0);
        CHECK((pass.gap_cycles == 0 || slack < t));  // no longer than needed, but for a tile's rows
      }
    }
  }
}

}  // namespace
}  // namespace psaflow::test
