#include "rtl_gen/package/diagram.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "models/structure/structure.h"
#include "sw/base/svg.h"

namespace psaflow::ip {
namespace {

constexpr int kLeft = 40, kTop = 90, kBoxWidth = 560, kBoxHeight = 40, kPitch = 66;
constexpr int kTrack = 22;  // between ways that go round stages
constexpr int kLetter = 7;  // pixels, about, of a letter

const char* colour(const Stage& stage) {
  switch (stage.kind) {
    case StageKind::kLinear:
      return "#cfe2f3";
    case StageKind::kAffine:
      return "#e2ecd9";
    case StageKind::kTable:
      return "#fdebd0";
    case StageKind::kAdd:
    case StageKind::kPool:
    case StageKind::kArgMax:
      return "#eadcf0";
    case StageKind::kPatches:
    case StageKind::kTranspose:
    case StageKind::kFork:
      return "#eeeeee";
  }
  return "#ffffff";
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
    end(kTop - kPitch + kBoxHeight, "s_axis: " + shape_text(pipeline_.streams.front().shape));
    end(y(stages) + 14, "m_axis: " + shape_text(pipeline_.streams.back().shape));
    return fmt::format(
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\">\n"
               "<!-- SPDX-License-Identifier: MIT -->\n"
               "<style>{2} .s {{ font: 10px sans-serif; fill: #555 }}</style>\n"
               "<defs><marker id=\"a\" markerWidth=\"8\" markerHeight=\"8\" refX=\"7\" refY=\"4\" orient=\"auto\">"
               "<path d=\"M0,0 L8,4 L0,8 z\" fill=\"#444\"/></marker></defs>\n"
               "<rect width=\"{0}\" height=\"{1}\" fill=\"white\"/>\n<text x=\"{3}\" y=\"34\" class=\"h\">{4}</text>\n",
               width, height, kSvgLettering, kLeft, xml_text(top_)) +
           body_ + "</svg>\n";
  }

 private:
  static int y(int stage) { return kTop + kPitch * stage; }

  void end(int at, const std::string& text) {
    body_ += fmt::format("<text x=\"{}\" y=\"{}\" class=\"t\">{}</text>\n", kLeft, at, xml_text(text));
  }

  static std::string fifo_text(const Stream& stream) {
    return fmt::format("FIFO {} x {} bits", stream.fifo_depth, stream.shape.lanes * 8);
  }

  void down(const Stream& stream, int from) {
    const int x = kLeft + kBoxWidth / 3, low = y(from) + kBoxHeight, high = y(from + 1);
    body_ += fmt::format(
        "<path d=\"M{0},{1} V{2}\" stroke=\"#444\" fill=\"none\" marker-end=\"url(#a)\"/>"
        "<text x=\"{3}\" y=\"{4}\" class=\"s\">{5}</text>\n",
        x, low, high, x + 8, low + 17, fifo_text(stream));
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
    body_ += fmt::format(
        "<path d=\"M{0},{1} H{2} V{3} H{0}\" stroke=\"#a33\" fill=\"none\" marker-end=\"url(#a)\"/>"
        "<text x=\"{4}\" y=\"{5}\" class=\"s\">{6}</text>\n",
        edge, high, x, low, x + 6, high + 16, fifo_text(stream));
  }

  void box(int index) {
    const Stage& stage = pipeline_.stages[static_cast<size_t>(index)];
    std::string text = stage_text(stage);
    constexpr size_t kMost = static_cast<size_t>(kBoxWidth / (kLetter - 1));
    if (text.size() > kMost) text = text.substr(0, kMost - 3) + "...";
    body_ += fmt::format(
        "<rect x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{3}\" rx=\"4\" fill=\"{4}\" stroke=\"#444\"/>"
        "<text x=\"{5}\" y=\"{6}\" class=\"l\">{7}</text><text x=\"{5}\" y=\"{8}\" class=\"s\">{9}</text>\n",
        kLeft, y(index), kBoxWidth, kBoxHeight, colour(stage), kLeft + 8, y(index) + 16, xml_text(stage.name),
        y(index) + 32, xml_text(text));
  }

  const Pipeline& pipeline_;
  const std::string& top_;
  std::vector<std::vector<std::pair<int, int>>> tracks_;  // by track: stages that a way leaves and reaches
  std::string body_;
};

}  // namespace

std::string block_diagram(const Pipeline& pipeline, const std::string& top) {
  return Diagram(pipeline, top).draw();
}

}  // namespace psaflow::ip
