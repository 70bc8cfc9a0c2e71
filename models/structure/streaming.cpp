#include <fmt/format.h>

#include "models/plan/cascade.h"
#include "models/plan/stage_timing.h"
#include "models/structure/memory.h"
#include "models/structure/structure.h"
#include "sw/base/error.h"

namespace psaflow {
namespace {

RomPort rom(const std::string& port, const std::string& enable, const std::string& holds, int count, int width_bits,
            int depth_words) {
  return {port, enable, holds, count, width_bits, depth_words, prefers_block_ram(width_bits, depth_words)};
}

int column_inputs(const Stage& stage) {
  return stage.packed ? kPackedCascadeInputs : kCascadeInputs;
}

// Read skewed, as the stage's DSP cascades take them.
RomPort weight_rom(const Stage& stage) {
  const LinearParams& p = *stage.linear();
  RomPort port = rom("weight_rom", "weight_rom",
                     fmt::format("Weights [{}, {}], {} outputs x {} inputs a word", p.out, p.in, stage.pe, stage.simd),
                     1, stage.pe * stage.simd * 8, stage.fold());
  port.leaf = "weight_rom";
  port.parameters = {{"Simd", stage.simd},
                     {"Lanes", cascade_shape(stage).lanes},
                     {"Chain", column_inputs(stage)},
                     {"Packed", stage.packed ? 1 : 0}};
  return port;
}

LeafInstance linear(const Stage& stage) {
  const LinearParams& p = *stage.linear();
  const int pe = stage.pe, simd = stage.simd;
  return {"linear_unit",
          {{"InElements", p.in},
           {"OutElements", p.out},
           {"LanesIn", stage.in.lanes},
           {"LanesOut", stage.out.lanes},
           {"Pe", pe},
           {"Simd", simd},
           {"Relu", stage.relu() ? 1 : 0},
           {"Packed", stage.packed ? 1 : 0},
           {"Chain", column_inputs(stage)}},
          {weight_rom(stage), rom("param_rom", "param_rom", "Shift and bias of each output", 1, pe * 13, p.out / pe)}};
}

LeafInstance affine(const Stage& stage) {
  const int lanes = stage.in.lanes, channels = stage.in.elements;
  return {"affine_unit",
          {{"Elements", channels}, {"Lanes", lanes}},
          {rom("param_rom", "param_rom", "Shift, bias and weight of each channel", 1, lanes * 21, channels / lanes)}};
}

// A ROM a lane, each with the points of its channels one after the other.
LeafInstance table(const Stage& stage) {
  const TableParams& p = *stage.table();
  const int lanes = stage.in.lanes, channels = p.channels / lanes;
  const std::vector<Parameter> shape = {{"Elements", p.channels}, {"Lanes", lanes}};
  if (p.points == 256)
    return {"table_unit", shape, {rom("table_rom", "table_rom", "Table points", lanes, 8, channels * p.points)}};
  const int odd = p.points / 2, even = p.points - odd;
  return {"lerp_unit",
          {shape[0], shape[1], {"IndexBits", p.lerp_log2()}},
          {rom("even_rom", "table_rom", "Even table points", lanes, 8, channels * even),
           rom("odd_rom", "table_rom", "Odd table points", lanes, 8, channels * odd)}};
}

}  // namespace

LeafInstance stage_structure(const Pipeline& pipeline, const Stage& stage) {
  const int lanes = stage.in.lanes, elements = stage.in.elements;
  switch (stage.kind) {
    case StageKind::kLinear:
      return linear(stage);
    case StageKind::kAffine:
      return affine(stage);
    case StageKind::kTable:
      return table(stage);
    case StageKind::kTranspose:
      return {"transpose_unit", {{"Vectors", stage.in.vectors}, {"Elements", elements}, {"Lanes", lanes}}, {}};
    case StageKind::kAdd:
      return {"add_unit", {{"Lanes", lanes}}, {}};
    case StageKind::kPool:
      PSAFLOW_CHECK(1 << tree_levels(stage.in.vectors) == stage.in.vectors,
                    "a pool averages a power of two of vectors");
      return {
          "pool_unit", {{"VectorsLog2", tree_levels(stage.in.vectors)}, {"Elements", elements}, {"Lanes", lanes}}, {}};
    case StageKind::kArgMax:
      return {"argmax_unit", {{"Elements", elements}, {"Lanes", lanes}}, {}};
    case StageKind::kFork: {
      const auto depth = [&](size_t output) {
        return pipeline.streams[static_cast<size_t>(stage.outputs[output])].fifo_depth;
      };
      return {"stream_fork", {{"Width", lanes * 8}, {"LongDepth", depth(0)}, {"ShortDepth", depth(1)}}, {}};
    }
  }
  PSAFLOW_CHECK(false, "unknown stage kind");
}

std::string shape_text(const StreamShape& shape) {
  return fmt::format("{} vector{} of {}, {} a beat", shape.vectors, shape.vectors == 1 ? "" : "s", shape.elements,
                     shape.lanes);
}

std::string stage_text(const Stage& stage) {
  switch (stage.kind) {
    case StageKind::kLinear:
      return fmt::format("linear {} -> {}{} on {} vector{} an image; pe {}, simd {}{}: {} step{} a vector",
                         stage.in.elements, stage.out.elements, stage.relu() ? " with ReLU" : "", stage.in.vectors,
                         stage.in.vectors == 1 ? "" : "s", stage.pe, stage.simd,
                         stage.packed ? ", two outputs a DSP" : "", stage.fold(), stage.fold() == 1 ? "" : "s");
    case StageKind::kAffine:
      return fmt::format("affine, {}", shape_text(stage.in));
    case StageKind::kTable:
      return fmt::format("learned function, {} table of {} points a channel; {}",
                         stage.table()->points == 256 ? "a direct" : "an interpolated", stage.table()->points,
                         shape_text(stage.in));
    case StageKind::kTranspose:
      return fmt::format("transpose, {} -> {}", shape_text(stage.in), shape_text(stage.out));
    case StageKind::kFork:
      return fmt::format("fork, {}", shape_text(stage.in));
    case StageKind::kAdd:
      return fmt::format("residual add, {}", shape_text(stage.in));
    case StageKind::kArgMax:
      return fmt::format("argmax, {} values -> index of the highest", stage.in.elements);
    case StageKind::kPool:
      return fmt::format("average pool over {} vectors; {} -> {}", stage.in.vectors, shape_text(stage.in),
                         shape_text(stage.out));
  }
  return "";
}

Structure streaming_structure(const Pipeline& pipeline) {
  Structure structure;
  for (const Stage& stage : pipeline.stages) structure.stages.push_back(stage_structure(pipeline, stage));
  for (const Stream& stream : pipeline.streams) {
    const bool forked =
        stream.producer >= 0 && pipeline.stages[static_cast<size_t>(stream.producer)].kind == StageKind::kFork;
    structure.fifos.emplace_back();
    if (forked) continue;
    structure.fifos.back() =
        LeafInstance{"stream_fifo", {{"Width", stream.shape.lanes * 8}, {"Depth", stream.fifo_depth}}, {}};
  }
  return structure;
}

}  // namespace psaflow
