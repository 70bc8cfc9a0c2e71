#include "rtl_gen/package/simd_diagram.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "models/structure/simd_blocks.h"
#include "rtl_gen/package/drawing.h"
#include "sw/base/error.h"

namespace psaflow::ip {
namespace {

constexpr int kLeft = 208, kTop = 110, kWidth = 300, kHeight = 56, kAcross = 396, kDown = 88;
constexpr int kShared = 44;                            // space above the buffers, for what goes to all of them
constexpr int kUpper = 12, kMiddle = 28, kLower = 46;  // of a box's side, where ways leave and arrive
constexpr int kTrack = 20, kTurn = 24;                 // between ways at the edge; from the last turn to a box
constexpr int kData = 90, kControl = 210;              // of a box's top and bottom, where shared ways leave and arrive

// Columns from the left, lines from the top. The middle column is what a row goes through; a block that the hardware has not leaves its
// line to the next.
struct Place {
  const char* name;
  int column, line;
};
constexpr Place kPlaces[] = {
    {"registers", 0, 0},     {"run control", 1, 0},     {"passes", 2, 0},       // control
    {"read master", 0, 1},   {"program", 1, 1},         {"sequencer", 2, 1},    //
    {"constants", 0, 2},     {"weights", 1, 2},         {"images", 2, 2},       // what memory fills
    {"operands", 1, 3},      {"block constants", 0, 3}, {"activations", 2, 3},  //
    {"tile", 1, 4},          {"requantise", 1, 5},      {"affine", 1, 6},       // the way through
    {"add", 1, 7},           {"residuals", 2, 7},       {"affines", 1, 8},      //
    {"tables", 1, 9},        {"argmax", 1, 10},         {"results", 0, 10},     //
    {"write master", 0, 11},
};
constexpr int kBufferLine = 2, kTableLine = 9;

const char* colour(SimdBlockKind kind) {
  switch (kind) {
    case SimdBlockKind::kBus:
    case SimdBlockKind::kControl:
      return fill::kNone;
    case SimdBlockKind::kMemory:
    case SimdBlockKind::kOperands:
      return fill::kMemory;
    case SimdBlockKind::kLinear:
      return fill::kLinear;
    case SimdBlockKind::kAffine:
      return fill::kAffine;
    case SimdBlockKind::kTable:
      return fill::kTable;
    case SimdBlockKind::kElementwise:
      return fill::kElementwise;
  }
  return fill::kNone;
}

class Diagram {
 public:
  Diagram(const SimdHardware& hardware, const Core& core)
      : hw_(hardware), core_(core), blocks_(simd_blocks(hardware)), tables_(has("tables")) {}

  std::string draw() {
    ways();
    buses();
    for (const SimdBlock& block : blocks_.blocks) {
      PSAFLOW_CHECK(block.text.size() <= 2, "a box has two lines");
      drawing_.box(at(block.name), colour(block.kind), block.name, block.text,
                   fmt::format("{}", fmt::join(block.modules, ", ")));
    }
    drawing_.label(kLeft, 56,
                   fmt::format("fixed-size accelerator, {0} x {0} multiply-accumulates; dashed: control", hw_.tile));
    return drawing_.svg(edge() + 4 * kTrack, at("write master").bottom() + 34, kLeft, core_.top);
  }

 private:
  static int column(int c) { return kLeft + kAcross * c; }
  static int edge() { return column(2) + kWidth + kTrack; }
  // Two heights above the buffers.
  static int shared(bool control) { return kTop + kDown + kHeight + (control ? 28 : 52); }

  bool has(const std::string& name) const {
    return std::any_of(blocks_.blocks.begin(), blocks_.blocks.end(),
                       [&](const SimdBlock& b) { return b.name == name; });
  }

  static const Place& place(const std::string& name) {
    const auto* found =
        std::find_if(std::begin(kPlaces), std::end(kPlaces), [&](const Place& p) { return name == p.name; });
    PSAFLOW_CHECK(found != std::end(kPlaces), "a block without a place in the picture");
    return *found;
  }
  int line(const Place& p) const { return p.line - (!tables_ && p.line > kTableLine ? 1 : 0); }
  Box at(const std::string& name) const {
    const Place& p = place(name);
    return {column(p.column), kTop + kDown * line(p) + (p.line < kBufferLine ? 0 : kShared), kWidth, kHeight};
  }

  // Longer ones first: ways that leave a box together share pieces, and the shorter ones begin where they part.
  void ways() {
    std::vector<SimdPath> paths = blocks_.paths;
    const auto length = [this](const SimdPath& path) {
      const Box a = at(path.from), b = at(path.to);
      return std::abs(a.x - b.x) + std::abs(a.y - b.y);
    };
    std::stable_sort(paths.begin(), paths.end(),
                     [&](const SimdPath& a, const SimdPath& b) { return length(a) > length(b); });
    for (const SimdPath& path : paths) way(path);
  }

  // The width, where it is that of every such way from the block, and what goes there.
  std::string text_of(const SimdPath& path) const {
    const bool one = std::all_of(blocks_.paths.begin(), blocks_.paths.end(), [&](const SimdPath& p) {
      return p.from != path.from || p.carries != path.carries || p.bits == path.bits;
    });
    if (path.bits == 0 || !one) return path.carries;
    return fmt::format("{} bits{}{}", path.bits, path.carries.empty() ? "" : ", ", path.carries);
  }

  // Whether a way is the first to take a piece that begins here; only the first draws it, and tells what it is.
  bool first(int x, int y) { return begun_.insert({x, y}).second; }
  void tell(const SimdPath& path, int x, int y) { drawing_.note(x, y, text_of(path)); }

  void way(const SimdPath& path) {
    const Place &p = place(path.from), &q = place(path.to);
    const Box a = at(path.from), b = at(path.to);
    const bool control = path.bits == 0, right = p.column < q.column;
    std::string d;
    if (p.line < kBufferLine && q.line == kBufferLine) {  // from above to the buffers
      const int out = a.x + (control ? kControl : kData), in = b.x + (control ? kControl : kData), y = shared(control);
      if (first(out, a.bottom())) {
        d = fmt::format("M{},{} V{} H{} V{}", out, a.bottom(), y, in, b.y);
        tell(path, control ? out - kData : out + 8, y - 6);
      } else {
        d = fmt::format("M{},{} V{}", in, y, b.y);
      }
    } else if (p.line < kBufferLine && q.line > kBufferLine && control) {  // down at the right of everything
      const int y = b.y + kUpper;
      if (first(a.right(), a.y + kMiddle)) {
        d = fmt::format("M{},{} H{} V{} H{}", a.right(), a.y + kMiddle, edge(), y, b.right());
        tell(path, a.right() + 6, a.y + kMiddle - 5);
      } else {
        d = fmt::format("M{},{} H{}", edge(), y, b.right());
      }
    } else if (p.line < kBufferLine && q.line > kBufferLine) {  // or, from what goes to the buffers, at the left
      d = fmt::format("M{},{} H{} V{} H{}", a.x + kData, shared(false), kLeft - kTrack, b.y + kMiddle, b.x);
    } else if (p.column == q.column) {
      const int x = a.x + kWidth / 2;
      PSAFLOW_CHECK(line(q) == line(p) + 1, "a way within a column that passes no box");
      d = fmt::format("M{},{} V{}", x, a.bottom(), b.y);
      tell(path, x + 8, (a.bottom() + b.y) / 2 + 4);
    } else if (p.line == q.line) {
      d = fmt::format("M{},{} H{}", right ? a.right() : a.x, a.y + kMiddle, right ? b.x : b.right());
      tell(path, std::min(a.right(), b.right()) + 8, a.y + kMiddle + 13);
    } else if (p.line > kBufferLine && line(q) == line(p) - 1) {  // to the box above the free place beside
      d = fmt::format("M{},{} H{} V{}", a.right(), a.y + kUpper, b.x + kControl, b.bottom());
      tell(path, a.right() + 8, a.y + kUpper - 5);
    } else if (p.line > kBufferLine && q.line < p.line) {  // back to the beginning
      d = fmt::format("M{},{} H{} V{} H{}", a.right(), a.y + kLower, edge() + kTrack, b.y + kLower, b.right());
      tell(path, a.right() + 8, a.y + kLower - 5);
    } else {  // between two columns
      const int out = right ? a.right() : a.x, in = right ? b.x : b.right(), turn = right ? in - kTurn : in + kTurn;
      const int y = b.y + (q.line < p.line ? kLower : right ? kMiddle : kUpper);
      if (first(out, a.y + kMiddle)) {
        d = fmt::format("M{},{} H{} V{} H{}", out, a.y + kMiddle, turn, y, in);
        tell(path, std::min(out, turn) + 8, a.y + kMiddle - 5);
      } else {
        d = fmt::format("M{},{} H{}", turn, y, in);
      }
    }
    const bool back = p.line > kBufferLine && q.line < p.line;
    drawing_.way(d, back ? kRound : kForward, control);
  }

  const Ports::Port& port(const std::string& name) const {
    const auto found = std::find_if(core_.ports.list.begin(), core_.ports.list.end(),
                                    [&](const Ports::Port& p) { return p.name == name; });
    PSAFLOW_CHECK(found != core_.ports.list.end(), "a port of the accelerator");
    return *found;
  }

  // An interface at the left of a box: names of ports above the arrow, widths below.
  void bus(const char* block, bool out, const std::string& ports, const std::string& bits) {
    const Box box = at(block);
    const int y = box.y + kMiddle, end = 24;
    drawing_.way(out ? fmt::format("M{},{} H{}", box.x, y, end) : fmt::format("M{},{} H{}", end, y, box.x), kForward);
    drawing_.note(end, y - 6, ports);
    drawing_.note(end, y + 14, bits);
  }

  void buses() {
    for (const Bus& b : core_.buses) {
      const auto width = [&](const char* name) { return port(b.name + "_" + name).width; };
      const auto bits = [&](const char* data, const char* address) {
        return fmt::format("{} bits, addresses {}", width(data), width(address));
      };
      if (b.kind == Bus::Kind::kRegisters) {
        bus("registers", false, b.name + "_*", bits("rdata", "araddr"));
      } else if (b.kind == Bus::Kind::kMemory) {
        bus("read master", false, fmt::format("{0}_ar*, {0}_r*", b.name), bits("rdata", "araddr"));
        bus("write master", true, fmt::format("{0}_aw*, {0}_w*, {0}_b*", b.name), bits("wdata", "awaddr"));
      } else if (b.kind == Bus::Kind::kInterrupt) {
        const Box box = at("run control");
        const int x = box.x + kWidth / 2;
        drawing_.way(fmt::format("M{},{} V{}", x, box.y, box.y - 34), kForward, true);
        drawing_.note(x + 8, box.y - 14, port(b.name).name);
      }
    }
  }

  const SimdHardware& hw_;
  const Core& core_;
  SimdBlocks blocks_;
  bool tables_;
  Drawing drawing_;
  std::set<std::pair<int, int>> begun_;  // where shared pieces of ways are
};

}  // namespace

std::string simd_block_diagram(const SimdHardware& hardware, const Core& core) {
  return Diagram(hardware, core).draw();
}

}  // namespace psaflow::ip
