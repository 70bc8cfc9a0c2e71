#include "rtl_gen/synth/calibration.h"

#include <map>

#include "models/plan/build.h"
#include "models/plan/cycles.h"
#include "models/plan/legal.h"
#include "models/simd/mapping.h"
#include "sw/base/error.h"
#include "sw/golden/random_model.h"
#include "sw/io/sha256.h"

namespace psaflow {
namespace {

struct NetworkShape {
  int embed, hidden, patch, points;
};

// Blocks beyond the first hold the same leaves.
constexpr NetworkShape kShapes[] = {{96, 96, 4, 65}, {64, 160, 4, 256}};
constexpr int64_t kSlower[] = {
    0, 1, 4};  // II against the least; 0: unfolded, as a scenario without a target is, and one product a DSP

// A network of random weights: all that areas depend on is shapes.
IntModel network_of(Activation activation, const NetworkShape& shape, int blocks) {
  ModelConfig config;
  config.activation = activation;
  config.embed = shape.embed;
  config.hidden = shape.hidden;
  config.patch = shape.patch;
  config.blocks = blocks;
  return random_model(config, shape.points, 1);
}

struct StreamingDesign {
  const char* name;
  Activation activation;
  NetworkShape shape;
  int blocks, lanes;
  int64_t slower;  // as above
};
constexpr StreamingDesign kStreamingDesigns[] = {
    {"stream-psa-40x36-w1", Activation::kPsa, {40, 36, 4, 33}, 2, 1, 0},
    {"stream-psa-72x144-w1-half", Activation::kPsa, {72, 144, 4, 256}, 3, 1, 2},
    {"stream-relu-48x96-w4", Activation::kRelu, {48, 96, 8, 65}, 4, 4, 1},
    {"stream-psa-96x96-w8", Activation::kPsa, {96, 96, 4, 65}, 4, 8, 1},
    {"stream-relu-96x192-w1", Activation::kRelu, {96, 192, 4, 65}, 4, 1, 0},
    {"stream-psa-128x64-w2-third", Activation::kPsa, {128, 64, 4, 17}, 6, 2, 3},
    {"stream-table-24x24-w1", Activation::kFixed, {24, 24, 8, 256}, 1, 1, 1},
    {"stream-psa-120x80-w8-tenth", Activation::kPsa, {120, 80, 4, 129}, 2, 8, 10},
};

struct SimdDesign {
  const char* name;
  Activation activation;
  NetworkShape shape;
  int blocks, tile;
};
constexpr SimdDesign kSimdDesigns[] = {
    {"simd-psa-40x36-t4", Activation::kPsa, {40, 36, 4, 33}, 2, 4},
    {"simd-psa-72x144-t8", Activation::kPsa, {72, 144, 4, 256}, 3, 8},
    {"simd-relu-96x192-t16", Activation::kRelu, {96, 192, 4, 65}, 6, 16},
    {"simd-psa-128x64-t32", Activation::kPsa, {128, 64, 4, 17}, 6, 32},
};

// Folded so that it is `slower` times slower than it could be; 0: unfolded, one product a DSP.
StreamingOptions folded(const Network& network, int lanes, int64_t slower) {
  StreamingOptions options;
  options.lanes = lanes;
  options.dsp_packing = slower > 0 ? DspPacking::kAuto : DspPacking::kOff;
  if (slower > 0) options.target_ii_cycles = slower * predict_ii(build_streaming(network, options));
  return options;
}

}  // namespace

std::vector<SynthUnit> calibration_units() {
  std::map<std::string, SynthUnit> units;
  for (const NetworkShape& shape : kShapes) {
    const IntModel model = network_of(Activation::kPsa, shape, 1);
    for (int lanes : legal_lanes(model.network)) {
      if (lanes != 1 && lanes != 2 && lanes != 4) continue;
      StreamingOptions options;
      options.lanes = lanes;
      const int64_t least = predict_ii(build_streaming(model.network, options));
      for (int64_t slower : kSlower) {
        options.target_ii_cycles.reset();
        if (slower > 0) options.target_ii_cycles = least * slower;
        options.residual_fifo_depth = slower == 0 ? 6300 / lanes : slower == 1 ? 64 * lanes : 800;
        options.dsp_packing = slower > 0 ? DspPacking::kAuto : DspPacking::kOff;
        const Pipeline pipeline = build_streaming(model.network, options);
        for (const CountedUnit& counted : count_units(pipeline, streaming_structure(pipeline))) {
          if (!counted.unit.is_rom()) units.emplace(counted.unit.text(), counted.unit);
        }
      }
    }
  }
  // The fixed-size accelerator: every tile, of a network with tables and of one without.
  for (const NetworkShape& shape : kShapes) {
    const bool tables = shape.embed == kShapes[0].embed;
    const IntModel model = network_of(tables ? Activation::kPsa : Activation::kRelu, shape, 1);
    for (const int tile : kSimdTiles) {
      SimdOptions options;
      options.tile = tile;
      const SimdPlan plan = plan_simd(model.network, options);
      PSAFLOW_CHECK(plan.mapping.has_value(), "the grid's networks fit");
      for (const CountedUnit& counted : count_units(simd_structure(plan.mapping->hardware)))
        units.emplace(counted.unit.text(), counted.unit);
    }
  }
  // Leaves of all kinds in turn, so that a few at a time keep all cores busy.
  std::map<std::string, SynthUnit> mixed;
  for (const auto& [text, unit] : units) mixed.emplace(sha256_hex(text.data(), text.size()), unit);
  std::vector<SynthUnit> list;
  for (const auto& [key, unit] : mixed) list.push_back(unit);
  return list;
}

std::vector<ValidationDesign> validation_designs() {
  std::vector<ValidationDesign> designs;
  for (const StreamingDesign& d : kStreamingDesigns) {
    const IntModel model = network_of(d.activation, d.shape, d.blocks);
    const Pipeline pipeline = build_streaming(model.network, folded(model.network, d.lanes, d.slower));
    designs.push_back({d.name, count_units(pipeline, streaming_structure(pipeline))});
  }
  for (const SimdDesign& d : kSimdDesigns) {
    const IntModel model = network_of(d.activation, d.shape, d.blocks);
    SimdOptions options;
    options.tile = d.tile;
    const SimdPlan plan = plan_simd(model.network, options);
    PSAFLOW_CHECK(plan.mapping.has_value(), "these networks fit");
    designs.push_back({d.name, count_units(simd_structure(plan.mapping->hardware))});
  }
  return designs;
}

}  // namespace psaflow
