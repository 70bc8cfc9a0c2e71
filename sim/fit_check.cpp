#include "sim/fit_check.h"

#include <fmt/format.h>

#include "models/plan/cascade.h"
#include "sim/terminal.h"

namespace psaflow {
namespace {

// Bits of a block RAM, an UltraRAM and a LUT as memory (DS890; that every LUT could be one is in the design's favour).
constexpr int64_t kBramBits = 36864, kUramBits = 294912, kLutBits = 64;

int64_t stage_bits(const Stage& stage) {
  int64_t bits = 0;
  // 8 bits a weight; 8 of bias and 5 of shift an output. Inputs are held in DSPs, or twice in memory where the stage
  // takes them slice by slice.
  if (const LinearParams* l = stage.linear())
    bits += int64_t{8} * l->in * l->out + int64_t{13} * l->out + (stage.simd < l->in ? int64_t{2} * 8 * l->in : 0);
  if (stage.affine() != nullptr) bits += int64_t{21} * stage.affine()->channels();
  if (stage.table() != nullptr) bits += int64_t{8} * stage.table()->channels * stage.table()->points;
  if (stage.kind == StageKind::kTranspose) bits += int64_t{2} * 8 * stage.in.vectors * stage.in.elements;
  if (const op::Patches* p = stage.patches())
    bits += int64_t{2} * 8 * (p->planar ? p->size() : p->size() / (p->height / p->patch));
  return bits;
}

std::string megabits(int64_t bits) {
  return fmt::format("{:.1f} Mbit", static_cast<double>(bits) / 1e6);
}

}  // namespace

int64_t memory_bits(const Pipeline& pipeline) {
  int64_t bits = 0;
  for (const Stage& stage : pipeline.stages) bits += stage_bits(stage);
  for (const Stream& stream : pipeline.streams) bits += int64_t{8} * stream.fifo_depth * stream.shape.lanes;
  return bits;
}

std::vector<std::string> misfits(const Pipeline& pipeline, const Device& device) {
  std::vector<std::string> why;
  int64_t slices = 0;
  for (const Stage& stage : pipeline.stages) slices += dsps(stage);
  if (slices > device.dsp) {
    why.push_back(fmt::format("does not fit: {} has {} DSPs ({})", device.name, grouped(device.dsp),
                              "a target_fps or target_ii_cycles folds the linear stages"));
  }
  const int64_t bits = memory_bits(pipeline), luts = device.lut * kLutBits;
  const int64_t blocks = device.bram36 * kBramBits + device.uram * kUramBits;
  if (bits > blocks + luts) {
    why.push_back(fmt::format(
        "does not fit: its memories alone take at least {}; {} has {} in block RAM and UltraRAM, {} in LUTs",
        megabits(bits), device.name, megabits(blocks), megabits(luts)));
  }
  return why;
}

}  // namespace psaflow
