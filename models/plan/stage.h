// The streaming mapping of a network: stages joined by streams. Every node of the graph is served by a stage that
// points to it; forks and transposes are what this mapping needs beside them. Cycles, area, function, the SystemC
// processes and the RTL instances are all views of these plain structs; nothing here knows how any of them works.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sw/network/network.h"

namespace psaflow {

// The operators, then what only this mapping has.
enum class StageKind { kLinear, kAffine, kTable, kAdd, kPool, kArgMax, kPatches, kTranspose, kFork };
constexpr size_t kStageKinds = 9;

inline StageKind kind_of(const Operator& op) {
  return visit_operator(
      op, [](const op::Linear&) { return StageKind::kLinear; }, [](const op::Affine&) { return StageKind::kAffine; },
      [](const op::Lookup&) { return StageKind::kTable; }, [](const op::Add&) { return StageKind::kAdd; },
      [](const op::TokenMean&) { return StageKind::kPool; }, [](const op::ArgMax&) { return StageKind::kArgMax; },
      [](const op::Patches&) { return StageKind::kPatches; });
}

inline const char* to_string(StageKind kind) {
  constexpr std::array<const char*, kStageKinds> kNames = {"linear", "affine",  "table",     "add", "pool",
                                                           "argmax", "patches", "transpose", "fork"};
  return kNames[static_cast<size_t>(kind)];
}

// One image as it passes on a stream: `vectors` vectors of `elements` INT8 elements, `lanes` elements a beat (lanes
// divides elements).
struct StreamShape {
  int vectors = 0, elements = 0, lanes = 1;
  int beats_per_vector() const { return elements / lanes; }
  int64_t beats() const { return int64_t{vectors} * beats_per_vector(); }
  int64_t size() const { return int64_t{vectors} * elements; }
};

struct Stream {
  std::string name;                  // "PRODUCER->CONSUMER"
  int producer = -1, consumer = -1;  // stage indices; -1: the source or the sink of the accelerator
  StreamShape shape;
  int fifo_depth = 2;     // beats that the FIFO of this stream holds, at least 1
  bool residual = false;  // the short way round a sub-layer: its FIFO holds what the long way has in flight
};

struct Stage {
  std::string name;  // of its node ("blocks.0.token.mix"), or what it does ("blocks.0.token.transpose_in")
  StageKind kind = StageKind::kAffine;
  StreamShape in, out;  // of each input and each output
  std::vector<int> inputs,
      outputs;  // stream indices. kAdd: inputs = {long way, residual}; kFork: outputs = {long way, residual}

  const Node* node = nullptr;  // that it serves (non-owning: the network outlives the plan); nullptr: none
  // The node's constants; nullptr: its operator is another.
  const LinearParams* linear() const { return constants(get<op::Linear>()); }
  const AffineParams* affine() const { return constants(get<op::Affine>()); }
  const TableParams* table() const { return constants(get<op::Lookup>()); }
  const op::Patches* patches() const { return get<op::Patches>(); }
  bool relu() const { return linear() != nullptr && std::get<op::Linear>(node->op).relu; }

  // Folding of a linear stage, FINN's terms: `pe` outputs at a time, each from `simd` inputs a cycle; pe divides M,
  // simd divides K.
  int pe = 1, simd = 1;
  // Two outputs of a group share each multiplier (pe is even): half the DSPs, the same cycles.
  bool packed = false;
  // Cycles of compute a vector: (K / simd) * (M / pe). 0 for stages that only pass beats.
  int fold() const { return linear() == nullptr ? 0 : (linear()->in / simd) * (linear()->out / pe); }
  // Multipliers, each one a DSP. 0 likewise.
  int64_t multipliers() const { return linear() == nullptr ? 0 : int64_t{pe} * simd / (packed ? 2 : 1); }

  // The tensor that this stage's output must equal, which is its golden tap. A fork and a transpose repeat that of what
  // they pass on, so that a broken one is named itself.
  int tensor = 0;
  bool transposed = false;  // the stage streams the tensor's transpose

 private:
  template <typename Op>
  const Op* get() const {
    return node == nullptr ? nullptr : std::get_if<Op>(&node->op);
  }
  template <typename Op>
  static auto constants(const Op* op) -> decltype(&op->params) {
    return op == nullptr ? nullptr : &op->params;
  }
};

// How many cycles the parts of a stage take beyond one beat a cycle. A property of how a design is built, not of the
// network.
struct TimingProfile {
  std::string name;
  int linear_bubble_cycles = 0;  // idle cycles a linear stage adds to every vector
  // By kind: cycles from the beat that completes an input to the first output that depends on it, on an empty output
  // FIFO. Of a linear stage, multiply, requantize and registers ...
  std::array<int, kStageKinds> latency_cycles{};
  int linear_tree_cycles_per_level = 0;  // ... plus this for each level of the adder tree over `simd` products
  // Or instead of the tree: sums go down DSP cascades (cascade.h), and the stage moves as a whole, input side included.
  bool linear_cascades = false;
  int lerp_latency_cycles = 0;  // of a table that is interpolated

  int& latency(StageKind kind) { return latency_cycles[static_cast<size_t>(kind)]; }
  int latency(StageKind kind) const { return latency_cycles[static_cast<size_t>(kind)]; }
};

// "vitis-hls-2023.1" (the paper's build: one bubble a vector) or "rtl" (ours: bubble-free). UserError names the known
// ones.
const TimingProfile& timing_profile(const std::string& name);
std::vector<std::string> timing_profile_names();

// What ROMs are made of: LUTs, block RAM, or (kAuto) each what is the smaller share of the device.
enum class RomStyle { kAuto, kDistributed, kBlock };

struct RomPlacement {
  RomStyle style = RomStyle::kAuto;
  int luts_per_block_ram = 700;  // that the device has for each RAMB36: what one is worth
};

struct Pipeline {
  const Network* network = nullptr;  // non-owning
  TimingProfile profile;
  RomPlacement roms;
  std::vector<Stage> stages;    // in dataflow order: a stage's producers come before it
  std::vector<Stream> streams;  // streams[0] is the input, the last one the output
  double clock_mhz = 200;
};

// Values of an image's output, [classes].
inline size_t output_size(const Pipeline& pipeline) {
  return static_cast<size_t>(pipeline.streams.back().shape.size());
}

// Elements a beat, of every stream but the logits': what the scenario set or the plan chose.
inline int lanes(const Pipeline& pipeline) {
  return pipeline.streams.front().shape.lanes;
}

}  // namespace psaflow
