#include "rtl_gen/synth/calibration.h"

#include <map>

#include "models/plan/build.h"
#include "models/plan/cycles.h"
#include "models/plan/legal.h"
#include "models/simd/mapping.h"
#include "sw/base/error.h"
#include "sw/golden/ports.h"
#include "sw/golden/random_model.h"
#include "sw/io/sha256.h"

namespace psaflow {
namespace {

struct NetworkShape {
  int embed, hidden, patch, points;
};

// Blocks beyond the first hold the same leaves.
constexpr NetworkShape kShapes[] = {{96, 96, 4, 65}, {64, 160, 4, 256}, {48, 72, 8, 17}};
constexpr int64_t kSlower[] = {
    0, 1, 4};  // II against the least; 0: unfolded, as a scenario without a target is, and one product a DSP

constexpr int kSumWidths[] = {24, 30};  // of tiles, whose other ones those networks choose

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

}  // namespace

std::vector<SynthUnit> calibration_units(FpgaFamily family) {
  const bool small = family == FpgaFamily::kSeries7;
  std::map<std::string, SynthUnit> units;
  for (const NetworkShape& shape : kShapes) {
    const IntModel model = network_of(Activation::kPsa, shape, 1);
    for (int lanes : legal_lanes(model.network)) {
      if (lanes != 1 && lanes != 2 && lanes != 4 && lanes != 8) continue;
      StreamingOptions options;
      options.lanes = lanes;
      const int64_t least = predict_ii(build_streaming(model.network, options));
      for (int64_t slower : kSlower) {
        if (lanes == 8 && (slower == 0 || small)) continue;  // the largest leaves
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
  const auto add = [&units](const char* module, std::vector<Parameter> parameters) {
    const SynthUnit unit{module, std::move(parameters)};
    units.emplace(unit.text(), unit);
  };
  // FIFOs of LUT RAM, and of wide block RAM.
  for (const int width : {8, 32, 128}) {
    for (const int depth : {5, 20, 40, 100, 200, 1000}) add("stream_fifo", {{"Width", width}, {"Depth", depth}});
  }
  // Transposes of so few words that they are LUT RAM.
  for (const auto& [elements, lanes] : {std::pair(8, 1), std::pair(16, 2), std::pair(16, 4)})
    add("transpose_unit", {{"Vectors", 16}, {"Elements", elements}, {"Lanes", lanes}});
  // What raw images and classes need.
  for (const int lanes : {1, 2}) {
    for (const int elements : {10, 100}) add("argmax_unit", {{"Elements", elements}, {"Lanes", lanes}});
  }
  for (const ImageForm form : {ImageForm::kPlanar, ImageForm::kInterleaved}) {
    for (const NetworkShape& shape : {kShapes[0], kShapes[2]}) {
      const IntModel model = with_ports(network_of(Activation::kRelu, shape, 1), {form, false});
      for (int lanes : legal_lanes(model.network)) {
        StreamingOptions options;
        options.lanes = lanes;
        const Pipeline pipeline = build_streaming(model.network, options);
        for (const Stage& stage : pipeline.stages) {
          if (stage.patches() == nullptr) continue;
          const LeafInstance leaf = stage_structure(pipeline, stage);
          units.emplace(SynthUnit{leaf.leaf, leaf.parameters}.text(), SynthUnit{leaf.leaf, leaf.parameters});
        }
      }
    }
  }
  // The fixed-size accelerator: every tile, of a network with tables and of one without.
  for (const NetworkShape& shape : {kShapes[0], kShapes[1]}) {
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
  for (const int tile : kSimdTiles) {
    if (small && tile > 8) continue;
    for (const int width : kSumWidths) add("simd_tile", {{"Tile", tile}, {"AccWidth", width}});
  }
  // Leaves of all kinds in turn, so that a few at a time keep all cores busy.
  std::map<std::string, SynthUnit> mixed;
  for (const auto& [text, unit] : units) mixed.emplace(sha256_hex(text.data(), text.size()), unit);
  std::vector<SynthUnit> list;
  for (const auto& [key, unit] : mixed) list.push_back(unit);
  return list;
}

}  // namespace psaflow
