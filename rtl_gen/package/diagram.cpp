#include "rtl_gen/package/diagram.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "models/structure/structure.h"
#include "rtl_gen/package/drawing.h"

namespace psaflow::ip {
namespace {

constexpr int kLeft = 40, kTop = 90, kBoxWidth = 560, kBoxHeight = 40, kPitch = 66;
constexpr int kTrack = 22;  // between ways that go round stages

const char* colour(const Stage& stage) {
  switch (stage.kind) {
    case StageKind::kLinear:
      return fill::kLinear;
    case StageKind::kAffine:
      return fill::kAffine;
    case StageKind::kTable:
      return fill::kTable;
    case StageKind::kAdd:
    case StageKind::kPool:
    case StageKind::kArgMax:
      return fill::kElementwise;
    case StageKind::kPatches:
    case StageKind::kTranspose:
    case StageKind::kFork:
      return fill::kMemory;
  }
  return fill::kNone;
}

class Diagram {
 public:
  Diagram(const Pipeline& pipeline, const std::string& top) : pipeline_(pipeline), top_(top) {}

  std::string draw() {
    const auto stages = static_cast<int>(pipeline_.stages.size());
    for (const Stream& stream : pipeline_.streams) {
      const int from = stream.producer, to = stream.consumer < 0 ? stages : stream.consumer;
      if (to == from + 1) {
        down(stream, from);
      } else {
        round(stream, from, to);
      }
    }
    for (int i = 0; i < stages; ++i) box(i);
    const int width = kLeft + kBoxWidth + kTrack * static_cast<int>(tracks_.size() + 1) + 190;
    const int height = kTop + kPitch * stages + 60;
    drawing_.label(kLeft, kTop - kPitch + kBoxHeight, "s_axis: " + shape_text(pipeline_.streams.front().shape));
    drawing_.label(kLeft, y(stages) + 14, "m_axis: " + shape_text(pipeline_.streams.back().shape));
    return drawing_.svg(width, height, kLeft, top_);
  }

 private:
  static int y(int stage) { return kTop + kPitch * stage; }

  static std::string fifo_text(const Stream& stream) {
    return fmt::format("FIFO {} x {} bits", stream.fifo_depth, stream.shape.lanes * 8);
  }

  void down(const Stream& stream, int from) {
    const int x = kLeft + kBoxWidth / 3, low = y(from) + kBoxHeight, high = y(from + 1);
    drawing_.way(fmt::format("M{},{} V{}", x, low, high), kForward);
    drawing_.note(x + 8, low + 17, fifo_text(stream));
  }

  // On the first track that is free from one stage to the other.
  void round(const Stream& stream, int from, int to) {
    size_t track = 0;
    const auto busy = [&](const std::pair<int, int>& way) { return from < way.second && way.first < to; };
    while (track < tracks_.size() && std::any_of(tracks_[track].begin(), tracks_[track].end(), busy)) ++track;
    if (track == tracks_.size()) tracks_.emplace_back();
    tracks_[track].push_back({from, to});
    const int edge = kLeft + kBoxWidth, x = edge + kTrack * static_cast<int>(track + 1);
    const int high = y(from) + kBoxHeight / 2 + 8, low = y(to) + kBoxHeight / 2 - 8;
    drawing_.way(fmt::format("M{0},{1} H{2} V{3} H{0}", edge, high, x, low), kRound);
    drawing_.note(x + 6, high + 16, fifo_text(stream));
  }

  void box(int index) {
    const Stage& stage = pipeline_.stages[static_cast<size_t>(index)];
    std::string text = stage_text(stage);
    constexpr size_t kMost = static_cast<size_t>((kBoxWidth - 16) / kLetter);
    if (text.size() > kMost) text = text.substr(0, kMost - 3) + "...";
    drawing_.box({kLeft, y(index), kBoxWidth, kBoxHeight}, colour(stage), stage.name, {text});
  }

  const Pipeline& pipeline_;
  const std::string& top_;
  std::vector<std::vector<std::pair<int, int>>> tracks_;  // by track: stages that a way leaves and reaches
  Drawing drawing_;
};

}  // namespace

std::string block_diagram(const Pipeline& pipeline, const std::string& top) {
  return Diagram(pipeline, top).draw();
}

}  // namespace psaflow::ip
