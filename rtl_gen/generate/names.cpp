#include "rtl_gen/generate/names.h"

#include <fmt/format.h>

#include <cctype>

#include "rtl_gen/syntax/syntax.h"

namespace psaflow::rtl {

std::string identifier(const std::string& name) {
  std::string id;
  for (char c : name) {
    const auto u = static_cast<unsigned char>(c);
    id += u < 128 && std::isalnum(u) != 0 ? static_cast<char>(std::tolower(u)) : '_';
  }
  return sv::is_identifier(id) ? id : "d_" + id;
}

std::string before_fifo(const Pipeline& pipeline, const Stream& stream) {
  return stream.producer < 0 ? "s" : identifier(pipeline.stages[static_cast<size_t>(stream.producer)].name) + "_out";
}

std::string behind_fifo(const Pipeline& pipeline, const Stream& stream) {
  if (stream.consumer < 0) return "m";
  const Stage& consumer = pipeline.stages[static_cast<size_t>(stream.consumer)];
  const std::string id = identifier(consumer.name);
  if (consumer.kind != StageKind::kAdd) return id + "_in";
  const bool is_long = &pipeline.streams[static_cast<size_t>(consumer.inputs[0])] == &stream;
  return id + (is_long ? "_long" : "_short");
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
    case StageKind::kPool:
      return fmt::format("average pool over {} vectors; {} -> {}", stage.in.vectors, shape_text(stage.in),
                         shape_text(stage.out));
  }
  return "";
}

}  // namespace psaflow::rtl
