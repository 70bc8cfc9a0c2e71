// Block diagrams: what the hardware has is there with its figures, no text leaves its box, nothing runs through a box or over another text.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <pugixml.hpp>
#include <set>
#include <sstream>

#include "models/structure/simd.h"
#include "models/structure/simd_blocks.h"
#include "rtl_gen/generate/simd_design.h"
#include "rtl_gen/package/drawing.h"
#include "rtl_gen/package/simd_diagram.h"
#include "tests/package/small_ip.h"

using namespace psaflow;
using namespace psaflow::test;

namespace {

struct Area {
  int left = 0, top = 0, right = 0, bottom = 0;
  std::string text;
  bool meets(const Area& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
  bool holds(const Area& other) const {
    return left <= other.left && other.right <= right && top <= other.top && other.bottom <= bottom;
  }
};

// What a text takes at most, by its letters.
Area area_of_text(const pugi::xml_node& node) {
  const std::string css = node.attribute("class").value(), text = node.text().get();
  const int letter = css == "l" ? ip::kNameLetter : css == "h" ? 14 : css == "t" ? 8 : ip::kLetter;
  const int high = css == "l" ? 12 : css == "h" ? 17 : 9, low = css == "s" ? 2 : 3;
  const int x = node.attribute("x").as_int(), y = node.attribute("y").as_int();
  const int width = letter * static_cast<int>(text.size());
  const bool end = std::string(node.attribute("text-anchor").value()) == "end";
  return {end ? x - width : x, y - high, end ? x : x + width, y + low, text};
}

// Boxes with their texts; texts that belong to none; pieces of ways, as areas without a width.
struct Picture {
  Area whole;
  std::vector<Area> boxes, notes, pieces;
  std::vector<std::vector<Area>> texts;  // by box
  std::vector<Area> ends;                // of ways
  const std::vector<Area>& texts_of(const std::string& name) const {
    for (const std::vector<Area>& list : texts) {
      if (list.front().text == name) return list;
    }
    FAIL("no box " << name);
    return texts.front();
  }
  bool has(const std::string& name) const {
    for (const std::vector<Area>& list : texts) {
      if (list.front().text == name) return true;
    }
    return false;
  }
};

void add_pieces(Picture& picture, const std::string& path) {
  std::istringstream in(path);
  char verb = 0, comma = 0;
  int x = 0, y = 0;
  while (in >> verb) {
    const int from_x = x, from_y = y;
    if (verb == 'M') {
      in >> x >> comma >> y;
      continue;
    }
    REQUIRE((verb == 'H' || verb == 'V'));
    in >> (verb == 'H' ? x : y);
    picture.pieces.push_back(
        {std::min(x, from_x), std::min(y, from_y), std::max(x, from_x), std::max(y, from_y), path});
  }
  picture.ends.push_back({x, y, x, y, path});
}

Picture read_picture(const std::string& svg) {
  pugi::xml_document document;
  REQUIRE(document.load_string(svg.c_str()));
  Picture picture;
  const pugi::xml_node root = document.child("svg");
  picture.whole = {0, 0, root.attribute("width").as_int(), root.attribute("height").as_int(), "all"};
  bool in_box = false;
  for (const pugi::xml_node node : root.children()) {
    const std::string name = node.name();
    if (name == "rect") {
      in_box = !node.attribute("rx").empty();
      if (!in_box) continue;
      const int x = node.attribute("x").as_int(), y = node.attribute("y").as_int();
      picture.boxes.push_back({x, y, x + node.attribute("width").as_int(), y + node.attribute("height").as_int(), ""});
      picture.texts.emplace_back();
    } else if (name == "path") {
      in_box = false;
      add_pieces(picture, node.attribute("d").value());
    } else if (name == "text") {
      const Area area = area_of_text(node);
      const bool own = in_box && std::string(node.attribute("class").value()) != "t";
      (own ? picture.texts.back() : picture.notes).push_back(area);
    }
  }
  return picture;
}

void check_layout(const Picture& p) {
  for (size_t i = 0; i < p.boxes.size(); ++i) {
    INFO("box " << p.texts[i].front().text);
    CHECK(p.whole.holds(p.boxes[i]));
    for (size_t j = 0; j < i; ++j) CHECK_FALSE(p.boxes[i].meets(p.boxes[j]));
    for (size_t a = 0; a < p.texts[i].size(); ++a) {
      INFO("text " << p.texts[i][a].text);
      CHECK(p.boxes[i].holds(p.texts[i][a]));
      for (size_t b = 0; b < a; ++b) CHECK_FALSE(p.texts[i][a].meets(p.texts[i][b]));
    }
    for (const Area& note : p.notes) {
      INFO("note " << note.text);
      CHECK_FALSE(p.boxes[i].meets(note));
    }
    for (const Area& piece : p.pieces) {
      INFO("way " << piece.text);
      CHECK_FALSE(p.boxes[i].meets(piece));
    }
  }
  for (size_t i = 0; i < p.notes.size(); ++i) {
    INFO("note " << p.notes[i].text);
    CHECK(p.whole.holds(p.notes[i]));
    for (size_t j = 0; j < i; ++j) CHECK_FALSE(p.notes[i].meets(p.notes[j]));
    for (const Area& piece : p.pieces) {
      INFO("way " << piece.text);
      CHECK_FALSE(p.notes[i].meets(piece));
    }
  }
}

ip::Core core_of(const SimdHardware& hardware) {
  ip::Core core;
  core.top = "some_top";
  for (const sv::Port& p : rtl::simd_ports(hardware))
    core.ports.list.push_back({p.name, p.direction == sv::Direction::kInput, p.width, p.comment});
  core.buses = {{ip::Bus::Kind::kRegisters, "s_axi", true},
                {ip::Bus::Kind::kMemory, "m_axi", false},
                {ip::Bus::Kind::kInterrupt, "interrupt", false}};
  return core;
}

std::vector<SimdHardware> hardwares() {
  std::vector<SimdHardware> list;
  for (const int tile : kSimdTiles) {
    for (const int wider : {1, 2}) {
      for (const bool tables : {false, true}) {
        SimdHardware h;
        h.tile = tile;
        h.bus_bytes = std::max(8, tile) * wider;
        h.capacities = {33, 48, 24, 512, 1024, 65536, tables ? 131072 : 0, 2};
        list.push_back(h);
      }
    }
  }
  SimdHardware least;
  least.capacities = {1, 0, 0, 1, 1, 1, 0, 1};
  list.push_back(least);
  return list;
}

}  // namespace

TEST_CASE("the blocks of a fixed-size accelerator are of the modules of its structure, all of them") {
  for (const SimdHardware& hardware : hardwares()) {
    const SimdBlocks made = simd_blocks(hardware);
    const bool tables = hardware.capacities.table_beats > 0;
    std::set<std::string> names, modules, leaves, reached;
    for (const SimdBlock& block : made.blocks) {
      CHECK(names.insert(block.name).second);
      modules.insert(block.modules.begin(), block.modules.end());
    }
    for (const SimdLeaf& leaf : simd_structure(hardware)) leaves.insert(leaf.leaf.leaf);
    if (!tables) leaves.erase("simd_tables");
    CHECK(modules == leaves);
    for (const SimdPath& path : made.paths) {
      CHECK(names.count(path.from) == 1);
      reached.insert({path.from, path.to});
    }
    CHECK(reached == names);
  }
}

TEST_CASE(
    "a fixed-size accelerator's diagram: every block and buffer with its capacity, its ports, and a layout that can be "
    "read") {
  for (const SimdHardware& hardware : hardwares()) {
    const ip::Core core = core_of(hardware);
    const std::string svg = ip::simd_block_diagram(hardware, core);
    const Picture picture = read_picture(svg);
    check_layout(picture);
    const SimdBlocks made = simd_blocks(hardware);
    CHECK(picture.boxes.size() == made.blocks.size());
    CHECK(picture.ends.size() == made.paths.size() + core.buses.size() + 1);  // memory: read and write
    for (const SimdBlock& block : made.blocks) CHECK(picture.has(block.name));
    for (const SimdBuffer& buffer : simd_buffers()) {
      const int64_t capacity = hardware.capacities.*buffer.capacity;
      if (buffer.capacity == &SimdCapacities::table_beats && capacity == 0) continue;
      std::string all;
      for (const Area& text : picture.texts_of(buffer.what)) all += text.text + "\n";
      CHECK_THAT(all, Catch::Contains(fmt::format("\n{} {} of ", capacity, buffer.unit)));
    }
    CHECK(picture.has("tables") == (hardware.capacities.table_beats > 0));
    for (const std::string& text :
         {fmt::format("{0} x {0} DSP slices", hardware.tile),
          fmt::format("sums of {} bits", simd_accumulator_bits(hardware)),
          fmt::format("{} bits, addresses 40", hardware.bus_bytes * 8),
          fmt::format("bursts of up to 64 beats of {} bytes", hardware.bus_bytes), std::string("8 reads under way"),
          std::string("m_axi_ar*, m_axi_r*"), std::string("s_axi_*"), std::string(">interrupt<")})
      CHECK_THAT(svg, Catch::Contains(text));
    CHECK(svg == ip::simd_block_diagram(hardware, core));
  }
}

TEST_CASE("an accelerator without table units sends what it makes straight back") {
  SimdHardware hardware = hardwares().front();
  for (const int64_t beats : {0, 512}) {
    hardware.capacities.table_beats = beats;
    std::set<std::string> from;
    for (const SimdPath& path : simd_blocks(hardware).paths) {
      if (path.to == "activations" && path.bits > 0) from.insert(path.from);
    }
    CHECK(from == std::set<std::string>{beats == 0 ? "affines" : "tables"});
  }
}

TEST_CASE("a streaming IP's diagram keeps its text in its boxes") {
  const auto ip = small_ip("drawn", 3, true, {ImageForm::kInterleaved, true});
  const Picture picture = read_picture(ip->file("drawn.svg"));
  CHECK(picture.boxes.size() == ip->pipeline.stages.size());
  for (size_t i = 0; i < picture.boxes.size(); ++i) {
    for (const Area& text : picture.texts[i]) {
      INFO(text.text);
      CHECK(picture.boxes[i].holds(text));
    }
  }
}

TEST_CASE("both kinds of IP hold their diagram, and say so") {
  const auto streaming = small_ip("drawn");
  const auto simd = small_simd_ip("drawn");
  for (const std::vector<TextFile>* files : {&streaming->files, &simd->files}) {
    CHECK(read_picture(file_of(*files, "drawn.svg")).boxes.size() > 5);
    CHECK_THAT(file_of(*files, "README.md"), Catch::Contains("`drawn.svg`"));
    CHECK_THAT(file_of(*files, "manifest.json"), Catch::Contains("\"drawn.svg\""));
  }
}
