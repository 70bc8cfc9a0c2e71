// The clock model: levels of what was measured, of its like, of ROMs; the deepest leaf of a design; ranks.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "models/clock/clock_model.h"
#include "models/explore/explorer.h"
#include "models/plan/build.h"
#include "models/structure/structure.h"
#include "sw/base/error.h"
#include "sw/golden/random_model.h"
#include "tests/error_text.h"
#include "tests/scratch_folder.h"

using namespace psaflow;
using namespace psaflow::test;
using Catch::Matchers::Contains;

namespace {

const SynthUnit kShort = {"stream_fifo", {{"Width", 8}, {"Depth", 16}}};
const SynthUnit kLong = {"stream_fifo", {{"Width", 8}, {"Depth", 5000}}};

ClockModel small_model() {
  return ClockModel(levels_line(kShort, {1, 0}) + "# a comment\n" + levels_line(kLong, {4, 9}), "f");
}

PlacedLeaf placed(int luts, int carries, double mhz) {
  return {kShort, {luts, carries}, mhz};
}

}  // namespace

TEST_CASE("levels: what was measured, and the measured leaf most like another") {
  const ClockModel model = small_model();
  CHECK(model.levels(kShort) == LogicLevels{1, 0});
  CHECK(model.levels(kLong) == LogicLevels{4, 9});
  CHECK(model.levels({"stream_fifo", {{"Width", 9}, {"Depth", 40}}}) == LogicLevels{1, 0});
  CHECK(model.levels({"stream_fifo", {{"Width", 16}, {"Depth", 2000}}}) == LogicLevels{4, 9});
  CHECK_THAT(error_of([&] { model.levels({"argmax_unit", {}}); }), Contains("argmax_unit") && Contains("calibrate"));
}

TEST_CASE("levels of a ROM follow from its depth") {
  const ClockModel model = small_model();
  const auto rom = [](int depth, int block) {
    return SynthUnit{"const_rom", {{"Width", 8}, {"Depth", depth}, {"BlockRam", block}}};
  };
  CHECK(model.levels(rom(64, 0)) == LogicLevels{1, 0});
  CHECK(model.levels(rom(65, 0)) == LogicLevels{1, 1});
  CHECK(model.levels(rom(512, 0)) == LogicLevels{1, 3});
  CHECK(model.levels(rom(1024, 0)) == LogicLevels{2, 4});
  CHECK(model.levels(rom(1024, 1)) == LogicLevels{0, 0});
}

TEST_CASE("the deepest kind of a design, the first of several") {
  const ClockModel model = small_model();
  const std::vector<CountedUnit> units = {{"FIFO", kShort, 3}, {"residual FIFO", kLong, 1}, {"other", kLong, 1}};
  const DeepestUnit deepest = deepest_unit(model, units);
  CHECK(deepest.kind == "residual FIFO");
  CHECK(deepest.levels == LogicLevels{4, 9});
  CHECK(to_text(deepest) == "4 levels of LUTs and 9 of carries, in residual FIFO");
}

TEST_CASE("lines that are none are refused, by name") {
  for (const char* line : {"stream_fifo Width=8 : 1", "stream_fifo Width : 1 2", "stream_fifo Width=8 1 2",
                           "stream_fifo Width=8 : 1 2 3", "stream_fifo Width=8 : one 2"}) {
    INFO(line);
    CHECK_THAT(error_of([&] { ClockModel(line, "f.txt"); }), Contains("f.txt") && Contains(line));
  }
  for (const char* line :
       {"stream_fifo Width=8 : 1 2", "stream_fifo Width=8 : 1 2 0", "stream_fifo Width=8 : 1 2 3 4"}) {
    INFO(line);
    CHECK_THAT(error_of([&] { parse_placed(line, "f.txt"); }), Contains("f.txt") && Contains(line));
  }
}

TEST_CASE("placed leaves are read as they are written") {
  const PlacedLeaf leaf = {kLong, {4, 9}, 123.25};
  const std::vector<PlacedLeaf> read = parse_placed("# x\n" + placed_line(leaf), "f");
  REQUIRE(read.size() == 1);
  CHECK(read[0].unit.text() == kLong.text());
  CHECK(read[0].levels == leaf.levels);
  CHECK(read[0].mhz == Approx(123.25));
}

TEST_CASE("rank correlation: alike, the other way round, ties, nothing to rank") {
  CHECK(rank_correlation({placed(1, 0, 300), placed(2, 0, 200), placed(2, 1, 100)}) == Approx(1));
  CHECK(rank_correlation({placed(1, 0, 100), placed(2, 0, 200), placed(3, 0, 300)}) == Approx(-1));
  // Ranks 1.5 1.5 3 of levels, 1 2 3 of periods: 0.5 * sqrt(3), by hand.
  CHECK(rank_correlation({placed(1, 0, 300), placed(1, 0, 200), placed(2, 0, 100)}) == Approx(std::sqrt(3) / 2));
  CHECK(rank_correlation({placed(1, 0, 300), placed(1, 0, 200)}) == 0);
  CHECK(rank_correlation({}) == 0);
}

TEST_CASE("what is built in knows the leaves of any design, and was placed in numbers") {
  for (const Activation activation : {Activation::kPsa, Activation::kRelu}) {
    ModelConfig config;
    config.activation = activation;
    config.embed = 40, config.hidden = 36, config.blocks = 2;
    const IntModel model = random_model(config, 33, 1);
    const Pipeline pipeline = build_streaming(model.network, {});
    const DeepestUnit deepest =
        deepest_unit(ClockModel::builtin(), count_units(pipeline, streaming_structure(pipeline)));
    CHECK(deepest.levels.luts >= 2);
    CHECK(deepest.levels.luts <= 4);
  }
  CHECK(placed_leaves().size() >= 12);
  // What the READMEs say of them is what the files hold.
  const std::string said = fmt::format("rank correlation {:.2f}", rank_correlation(placed_leaves()));
  for (const char* readme : {"/models/README.md", "/rtl_gen/lib/README.md"}) {
    const std::string text = read_text(std::string(PSAFLOW_SOURCE_DIR) + readme);
    CHECK_THAT(text, Contains(said) && Contains(fmt::format("{} leaves", placed_leaves().size())));
  }
}
