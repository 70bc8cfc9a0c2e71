#include <fmt/format.h>

#include <numeric>

#include "models/plan/cascade.h"
#include "models/plan/stage_timing.h"
#include "models/structure/memory.h"
#include "models/structure/structure.h"
#include "sw/base/error.h"

namespace psaflow {
namespace {

RomPort rom(const RomPlacement& roms, const std::string& port, const std::string& enable, const std::string& holds,
            int count, int width_bits, int depth_words, int64_t block_luts = 0) {
  return {port,
          enable,
          holds,
          count,
          width_bits,
          depth_words,
          lies_in_block_ram(roms, width_bits, depth_words, block_luts)};
}

int column_inputs(const Stage& stage) {
  return stage.packed ? kPackedCascadeInputs : kCascadeInputs;
}

// Read skewed, as the stage's DSP cascades take them: of block RAM, every bit through a shift register.
RomPort weight_rom(const RomPlacement& roms, const Stage& stage) {
  const LinearParams& p = *stage.linear();
  const int width = stage.pe * stage.simd * 8;
  RomPort port = rom(roms, "weight_rom", "weight_rom",
                     fmt::format("Weights [{}, {}], {} outputs x {} inputs a word", p.out, p.in, stage.pe, stage.simd),
                     1, width, stage.fold(), width);
  port.leaf = "weight_rom";
  port.parameters = {{"Simd", stage.simd},
                     {"Lanes", cascade_shape(stage).lanes},
                     {"Chain", column_inputs(stage)},
                     {"Packed", stage.packed ? 1 : 0}};
  return port;
}

LeafInstance linear(const RomPlacement& roms, const Stage& stage) {
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
          {weight_rom(roms, stage),
           rom(roms, "param_rom", "param_rom", "Shift and bias of each output", 1, pe * 13, p.out / pe)}};
}

LeafInstance affine(const RomPlacement& roms, const Stage& stage) {
  const int lanes = stage.in.lanes, channels = stage.in.elements;
  return {
      "affine_unit",
      {{"Elements", channels}, {"Lanes", lanes}},
      {rom(roms, "param_rom", "param_rom", "Shift, bias and weight of each channel", 1, lanes * 21, channels / lanes)}};
}

// A ROM a lane, each with the points of its channels one after the other. Where channels share tables, the leaf sees short
// vectors: as many elements as until table 0 falls on lane 0 again.
LeafInstance table(const RomPlacement& roms, const Stage& stage) {
  const TableParams& p = *stage.table();
  const int lanes = stage.in.lanes, elements = std::lcm(p.channels, lanes), channels = elements / lanes;
  PSAFLOW_CHECK(stage.in.elements % elements == 0, "a vector is whole rounds of tables");
  const std::vector<Parameter> shape = {{"Elements", elements}, {"Lanes", lanes}};
  if (p.points == 256)
    return {"table_unit", shape, {rom(roms, "table_rom", "table_rom", "Table points", lanes, 8, channels * p.points)}};
  const int odd = p.points / 2, even = p.points - odd;
  return {"lerp_unit",
          {shape[0], shape[1], {"IndexBits", p.lerp_log2()}},
          {rom(roms, "even_rom", "table_rom", "Even table points", lanes, 8, channels * even),
           rom(roms, "odd_rom", "table_rom", "Odd table points", lanes, 8, channels * odd)}};
}

// Reads what was written in order in nested loops, the innermost first: a count and a stride each, in beats.
LeafInstance patch_buffer(const Stage& stage) {
  const op::Patches& p = *stage.patches();
  const int lanes = stage.in.lanes, across = p.width / p.patch;
  std::vector<std::pair<int64_t, int64_t>> loops;
  int64_t beats = 0;  // of a unit
  if (p.planar) {
    PSAFLOW_CHECK(lanes == 1, "colour planes come byte by byte");
    const int64_t plane = int64_t{p.height} * p.width;
    loops = {{p.channels, plane},
             {p.patch, 1},
             {p.patch, p.width},
             {across, p.patch},
             {p.height / p.patch, int64_t{p.patch} * p.width}};
    beats = p.size();
  } else {
    const int64_t row = int64_t{p.patch} * p.channels / lanes;  // of a patch
    loops = {{row, 1}, {p.patch, row * across}, {across, row}, {1, 0}, {1, 0}};
    beats = row * across * p.patch;
  }
  LeafInstance leaf{"reorder_unit", {{"Lanes", lanes}, {"Beats", beats}}, {}};
  for (size_t i = 0; i < loops.size(); ++i) {
    leaf.parameters.push_back({fmt::format("Count{}", i), loops[i].first});
    leaf.parameters.push_back({fmt::format("Stride{}", i), loops[i].second});
  }
  return leaf;
}

}  // namespace

LeafInstance stage_structure(const Pipeline& pipeline, const Stage& stage) {
  const int lanes = stage.in.lanes, elements = stage.in.elements;
  switch (stage.kind) {
    case StageKind::kLinear:
      return linear(pipeline.roms, stage);
    case StageKind::kAffine:
      return affine(pipeline.roms, stage);
    case StageKind::kTable:
      return table(pipeline.roms, stage);
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
    case StageKind::kPatches:
      return patch_buffer(stage);
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
      if (stage.table()->channels < stage.in.elements) {
        return fmt::format("{} tables of {} points, which the channels share in turn; {}", stage.table()->channels,
                           stage.table()->points, shape_text(stage.in));
      }
      return fmt::format("learned function, {} table of {} points a channel; {}",
                         stage.table()->points == 256 ? "a direct" : "an interpolated", stage.table()->points,
                         shape_text(stage.in));
    case StageKind::kTranspose:
      return fmt::format("transpose, {} -> {}", shape_text(stage.in), shape_text(stage.out));
    case StageKind::kFork:
      return fmt::format("fork, {}", shape_text(stage.in));
    case StageKind::kAdd:
      return fmt::format("residual add, {}", shape_text(stage.in));
    case StageKind::kPatches:
      return fmt::format("patches of {0} x {0} out of lines of {1} pixels, {2}; {3} -> {4}", stage.patches()->patch,
                         stage.patches()->width, stage.patches()->planar ? "colour planes" : "channels together",
                         shape_text(stage.in), shape_text(stage.out));
    case StageKind::kArgMax:
      return fmt::format("argmax, {} values -> index of the highest", stage.in.elements);
    case StageKind::kPool:
      return fmt::format("average pool over {} vectors; {} -> {}", stage.in.vectors, shape_text(stage.in),
                         shape_text(stage.out));
  }
  return "";
}

LeafInstance fifo_structure(const Stream& stream) {
  return {"stream_fifo", {{"Width", stream.shape.lanes * 8}, {"Depth", stream.fifo_depth}}, {}};
}

Structure streaming_structure(const Pipeline& pipeline) {
  Structure structure;
  for (const Stage& stage : pipeline.stages) structure.stages.push_back(stage_structure(pipeline, stage));
  for (const Stream& stream : pipeline.streams) {
    const bool forked =
        stream.producer >= 0 && pipeline.stages[static_cast<size_t>(stream.producer)].kind == StageKind::kFork;
    structure.fifos.emplace_back();
    if (forked) continue;
    structure.fifos.back() = fifo_structure(stream);
  }
  return structure;
}

}  // namespace psaflow
