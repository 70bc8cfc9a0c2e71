#include "models/structure/simd_blocks.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/simd/program.h"
#include "models/simd/registers.h"
#include "models/structure/simd.h"
#include "sw/base/error.h"

namespace psaflow {
namespace {

using Kind = SimdBlockKind;

std::string size_text(int64_t bytes) {
  return bytes < 1024 ? fmt::format("{} bytes", bytes) : fmt::format("{:g} KiB", static_cast<double>(bytes) / 1024);
}

class Blocks {
 public:
  explicit Blocks(const SimdHardware& hardware) : hw_(hardware), leaves_(simd_structure(hardware)) {}

  SimdBlocks make() {
    control();
    buffers();
    datapath();
    paths();
    return std::move(made_);
  }

 private:
  int64_t parameter(const char* module, const char* name) const {
    for (const SimdLeaf& leaf : leaves_) {
      for (const Parameter& p : leaf.leaf.parameters) {
        if (leaf.leaf.leaf == module && p.name == name) return p.value;
      }
    }
    PSAFLOW_CHECK(false, "a parameter of the structure");
  }
  int count(const char* module) const {
    return std::find_if(leaves_.begin(), leaves_.end(), [=](const SimdLeaf& leaf) { return leaf.leaf.leaf == module; })
        ->count;
  }
  bool has_tables() const { return parameter("simd_tables", "TableBeats") > 0; }

  void block(const char* name, Kind kind, std::vector<std::string> modules, std::vector<std::string> text) {
    made_.blocks.push_back({name, kind, std::move(modules), std::move(text)});
  }
  void path(const char* from, const char* to, int bits, const char* carries = "") {
    made_.paths.push_back({from, to, bits, carries});
  }

  void control() {
    block("registers", Kind::kBus, {"simd_registers"},
          {fmt::format("AXI4-Lite, {} words of 32 bits", simd_register::kEnd / 4),
           "addresses in memory, images, start, status"});
    block("run control", Kind::kControl, {"simd_control"},
          {"start and end of a run, errors, cycles", "the interrupt, from done or error until cleared"});
    block(
        "passes", Kind::kControl, {"simd_passes"},
        {fmt::format("the next descriptor, {} bytes", kSimdDescriptorBytes), "which pass may begin, which is retired"});
    block("sequencer", Kind::kControl, {"simd_issue", "simd_rows"},
          {"blocks of a pass, a step a cycle, gaps", "addresses of every buffer, flags of every row"});
    block("read master", Kind::kBus, {"simd_loader"},
          {fmt::format("AXI4, bursts of up to {} beats of {} bytes", parameter("simd_loader", "BurstBeats"),
                       parameter("simd_loader", "BusBytes")),
           fmt::format("{} reads under way; checks every pass", parameter("simd_loader", "Outstanding"))});
    block("write master", Kind::kBus, {"simd_writer"},
          {fmt::format("AXI4, bursts of up to {} beats of {} bytes", parameter("simd_writer", "BurstBeats"),
                       parameter("simd_writer", "BusBytes")),
           "one write under way, a word of results a beat"});
  }

  // "48 tiles of 16 x 16 bytes: 12 KiB".
  std::string capacity_text(const SimdBuffer& buffer) const {
    const int64_t count = hw_.capacities.*buffer.capacity, bytes = hw_.bytes(buffer.capacity);
    const std::string unit = buffer.unit;
    const std::string each = unit == "tiles" ? fmt::format("{0} x {0}", hw_.tile)
                                             : std::to_string(unit == "words"   ? hw_.tile
                                                              : unit == "beats" ? hw_.bus_bytes
                                                                                : kSimdDescriptorBytes);
    return fmt::format("{} {} of {} bytes: {}", count, unit, each, size_text(bytes));
  }

  void buffers() {
    const int points = 256, words = hw_.words_per_beat();
    struct About {
      int64_t SimdCapacities::*capacity;
      const char* module;
      std::string text;
    };
    const About abouts[] = {
        {&SimdCapacities::programs, "simd_ram", "and a header; a copy for each of its readers"},
        {&SimdCapacities::main_tiles, "simd_activations",
         fmt::format("{} diagonal banks: a row or a column a cycle", hw_.tile)},
        {&SimdCapacities::side_tiles, "simd_ram", "row by row; a row read and one written a cycle"},
        {&SimdCapacities::input_beats, "simd_ring", "ring, filled ahead of the passes"},
        {&SimdCapacities::constant_beats, "simd_ring", "ring: biases, shifts, affines"},
        {&SimdCapacities::weight_beats, "simd_ring", "ring, filled ahead of the passes"},
        {&SimdCapacities::table_beats, "simd_tables",
         fmt::format("{} memories of {} bits, {} points a channel", hw_.tile, 8 * words, points)},
        {&SimdCapacities::result_words, "simd_writer", "ring, until all of an image are there"},
    };
    for (const SimdBuffer& buffer : simd_buffers()) {
      const auto about = std::find_if(std::begin(abouts), std::end(abouts),
                                      [&](const About& a) { return a.capacity == buffer.capacity; });
      PSAFLOW_CHECK(about != std::end(abouts), "a buffer that no picture knows");
      const bool tables = buffer.capacity == &SimdCapacities::table_beats;
      if (tables && !has_tables()) continue;
      block(buffer.what, tables ? Kind::kTable : Kind::kMemory, {about->module}, {capacity_text(buffer), about->text});
    }
  }

  void datapath() {
    const int64_t tile = parameter("simd_tile", "Tile"), lanes = count("simd_lane");
    block("operands", Kind::kOperands, {"simd_operands"},
          {fmt::format("{0} values that differ by row, {0} by column", tile),
           "image or activations with weights, either way"});
    block("tile", Kind::kLinear, {"simd_tile"},
          {fmt::format("{0} x {0} DSP slices, an outer product a cycle", tile),
           fmt::format("sums of {} bits; layers, means, copies", parameter("simd_tile", "AccWidth"))});
    block("block constants", Kind::kOperands, {"simd_constants"},
          {fmt::format("{} words of {} bytes: what the lanes need", SimdPipeline::kConstants, tile),
           "of a block, fetched during the block before"});
    block("requantise", Kind::kLinear, {"simd_lane"},
          {fmt::format("{} lanes: round, shift, bias, saturate", lanes), "ReLU or not"});
    block("affine", Kind::kAffine, {"simd_lane"}, {fmt::format("{} DSP slices", lanes), "before the add"});
    block("add", Kind::kElementwise, {"simd_lane"},
          {fmt::format("{} lanes, saturating", lanes), "a residual, or none"});
    block("affines", Kind::kAffine, {"simd_lane"},
          {fmt::format("{} DSP slices", 2 * lanes), "one of the main side, one of the residual's"});
    block("argmax", Kind::kElementwise, {"simd_results"}, {"rows as they come, or", "the index of the highest value"});
  }

  void paths() {
    const int beat = hw_.bus_bytes * 8, word = hw_.tile * 8;
    path("registers", "run control", 0, "start");
    path("registers", "read master", static_cast<int>(parameter("simd_registers", "AddrWidth")), "addresses");
    path("run control", "passes", 0, "start, halt");
    path("program", "passes", beat);
    path("passes", "sequencer", kSimdDescriptorBytes * 8, "a pass");
    path("read master", "program", beat);
    for (const char* to : {"images", "weights", "constants"}) path("read master", to, beat, "beats");
    if (has_tables()) path("read master", "tables", beat, "beats");
    for (const char* to : {"images", "weights", "constants", "activations", "residuals"})
      path("sequencer", to, 0, "addresses");
    if (has_tables()) path("sequencer", "tables", 0, "addresses");
    for (const char* from : {"images", "weights", "activations"}) path(from, "operands", word);
    path("operands", "tile", 2 * word);
    path("constants", "block constants", word);
    // Of a lane, as simd_constants gives them.
    constexpr int kShift = 5, kBias = 8, kAffine = kShift + kBias + 8;
    path("block constants", "requantise", hw_.tile * (kShift + kBias), "constants");
    path("block constants", "affine", hw_.tile * kAffine, "constants");
    path("block constants", "affines", 2 * hw_.tile * kAffine, "constants");
    path("tile", "requantise", hw_.tile * static_cast<int>(parameter("simd_tile", "AccWidth")), "a row of sums");
    path("requantise", "affine", word);
    path("affine", "add", word);
    path("residuals", "add", word);
    path("add", "affines", word);
    path("affines", "residuals", word, "residual");
    const char* const main = has_tables() ? "tables" : "affines";
    if (has_tables()) path("affines", "tables", word, "main");
    path(main, "activations", word, "turned back");
    path(main, "argmax", word);
    path("argmax", "results", word);
    path("results", "write master", word);
  }

  const SimdHardware& hw_;
  std::vector<SimdLeaf> leaves_;
  SimdBlocks made_;
};

}  // namespace

SimdBlocks simd_blocks(const SimdHardware& hardware) {
  return Blocks(hardware).make();
}

}  // namespace psaflow
