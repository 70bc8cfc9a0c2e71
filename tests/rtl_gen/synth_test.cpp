// What a design takes of an FPGA: its units, Yosys' statistics read, costs kept, and Yosys itself on two small leaves.
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "models/structure/memory.h"
#include "rtl_gen/synth/synthesis.h"
#include "rtl_gen/synth/yosys.h"
#include "tests/error_text.h"
#include "tests/plan/small_models.h"
#include "tests/support/fake_yosys.h"

using namespace psaflow;
using namespace psaflow::test;
using Catch::Matchers::Contains;

namespace {

SynthUnit rom(int width, int depth, bool block_ram) {
  return {"const_rom", {{"Width", width}, {"Depth", depth}, {"BlockRam", block_ram ? 1 : 0}}};
}

// As synth_xilinx left a FIFO of 40 bytes (Yosys 0.23, `stat -tech xilinx`).
const char* const kFifoStat = R"(
20. Printing statistics.

=== unit_0 ===

   Number of wires:                  0
   Number of processes:              0
   Number of cells:                  1
     $paramod$f5486df5273d97c2a5e6bfc4d77170292d80c71d\stream_fifo      1

   Estimated number of LCs:          0

=== design hierarchy ===

   unit_0                            1
     $paramod$f5486df5273d97c2a5e6bfc4d77170292d80c71d\stream_fifo      1

   Number of wires:                 84
   Number of wire bits:            273
   Number of public wires:          16
   Number of public wire bits:      50
   Number of memories:               0
   Number of memory bits:            0
   Number of processes:              0
   Number of cells:                 94
     CARRY4                          8
     FDRE                           25
     FDSE                            1
     INV                            16
     LUT2                            2
     LUT4                            6
     LUT5                            6
     LUT6                           22
     MUXF7                           6
     RAM64M8                         2

   Estimated number of LCs:         34

)";

}  // namespace

TEST_CASE("a ROM in LUTs: a LUT6 a bit for each 64 words, two bits in one up to 32 words") {
  CHECK(rom_luts(13, 1) == 0);
  CHECK(rom_luts(13, 2) == 13);
  CHECK(rom_luts(13, 65) == 26);
  CHECK(rom_luts(8, 512) == 64);
  CHECK(rom_luts(8, 513) == 8 * (9 + 1));    // 2 groups of 512: one LUT6 a bit joins them
  CHECK(rom_luts(8, 2560) == 8 * (40 + 2));  // 5 groups: two
  CHECK(rom_paired_luts(13, 1) == 0);
  CHECK(rom_paired_luts(13, 32) == 7);
  CHECK(rom_paired_luts(13, 33) == 13);
  CHECK(rom_paired_luts(8, 2560) == rom_luts(8, 2560));
}

TEST_CASE("units of a structure, by hand") {
  Pipeline pipeline;
  Structure structure;
  const auto stage = [&](StageKind kind, const LeafInstance& leaf) {
    pipeline.stages.emplace_back();
    pipeline.stages.back().kind = kind;
    structure.stages.push_back(leaf);
  };
  const auto stream = [&](bool residual, std::optional<LeafInstance> fifo) {
    pipeline.streams.emplace_back();
    pipeline.streams.back().residual = residual;
    structure.fifos.push_back(std::move(fifo));
  };
  const auto affine = [](int depth, bool block_ram) {
    return LeafInstance{"affine_unit", {{"Elements", 8}}, {{"param_rom", "param_rom", "", 1, 21, depth, block_ram}}};
  };
  stage(StageKind::kTable,
        {"lerp_unit",
         {{"Elements", 6}, {"Lanes", 3}},
         {{"even_rom", "table_rom", "", 3, 8, 66, false}, {"odd_rom", "table_rom", "", 3, 8, 64, false}}});
  stage(StageKind::kTable, {"table_unit", {{"Elements", 6}}, {}});
  stage(StageKind::kAffine, affine(4, false));
  stage(StageKind::kAffine, affine(4, true));
  stage(StageKind::kAffine, affine(4, false));
  stage(StageKind::kFork, {"stream_fork", {{"Width", 8}}, {}});
  const LeafInstance fifo = {"stream_fifo", {{"Width", 8}, {"Depth", 2}}, {}};
  stream(false, fifo);
  stream(true, fifo);
  stream(false, std::nullopt);
  stream(false, fifo);

  std::vector<std::string> lines;
  for (const CountedUnit& u : count_units(pipeline, structure))
    lines.push_back(fmt::format("{} {}: {}", u.count, u.kind, u.unit.text()));
  CHECK(lines ==
        std::vector<std::string>{
            "2 FIFO: stream_fifo Width=8 Depth=2", "3 affine: affine_unit Elements=8",
            "2 affine: const_rom Width=21 Depth=4 BlockRam=0", "1 affine: const_rom Width=21 Depth=4 BlockRam=1",
            "1 fork: stream_fork Width=8", "1 function: lerp_unit Elements=6 Lanes=3",
            "1 function: table_unit Elements=6", "3 function: const_rom Width=8 Depth=64 BlockRam=0",
            "3 function: const_rom Width=8 Depth=66 BlockRam=0", "1 residual FIFO: stream_fifo Width=8 Depth=2"});
}

TEST_CASE("Yosys' statistics, as recorded") {
  const FpgaCost fifo = parse_stat(kFifoStat);
  CHECK(fifo.lut == 16 + 2 + 6 + 6 + 22 + 2 * 8);
  CHECK(fifo.paired_lut == 34);
  CHECK(fifo.ff == 26);
  CHECK(fifo.dsp + fifo.bram18 + fifo.uram == 0);
  const FpgaCost cost = parse_stat(stat_text(
      "     DSP48E2  3\n     RAM32M  2\n     RAMB18E2  1\n     RAMB36E2  5\n     SRL16E  4\n     URAM288  6", 21, 9));
  CHECK(cost.lut == 2 * 4 + 4);
  CHECK(cost.dsp == 3);
  CHECK(cost.bram36() == 5.5);
  CHECK(cost.uram == 6);
  CHECK(cost.ff == 0);
  FpgaCost sum;
  sum.add(cost, 2);
  sum.add(fifo);
  CHECK(sum.bram36() == 11);
  CHECK(sum.lut == 24 + 68);
}

TEST_CASE("statistics that we would misread are refused") {
  const auto error = [](const std::string& text) { return error_of([&] { parse_stat(text); }); };
  CHECK_THAT(error("=== unit_0 ===\n"), Contains("no totals of the hierarchy") && Contains("Yosys 0.23"));
  CHECK_THAT(error(stat_text("     RAM4096X1  3", 3)), Contains("a cell RAM4096X1"));
  CHECK_THAT(error(stat_text("     3   LUT6", 3)), Contains("3   LUT6"));
  CHECK_THAT(error(stat_text("     LUT6  3", 4)), Contains("3 of 4 cells"));
  const std::string whole = kFifoStat;
  CHECK_THAT(error(whole.substr(0, whole.find("RAM64M8"))), Contains("92 of 94 cells"));
  CHECK_THAT(error(whole.substr(0, whole.rfind("   Estimated"))), Contains("no estimated number"));
}

TEST_CASE("costs are kept one by one, whatever becomes of the others") {
  const ScratchFolder scratch;
  FakeYosys yosys(stat_text("     LUT6  7", 7));
  SynthOptions options;
  options.cache_dir = scratch / "cache";
  options.threads = 1;
  size_t last = 0;
  options.progress = [&](size_t done, size_t all) {
    CHECK(done >= last);
    CHECK(all == 3);  // distinct ones, without the ROM in LUTs
    last = done;
  };
  const std::vector<SynthUnit> units = {{"add_unit", {{"Lanes", 1}}},
                                        rom(8, 32, false),
                                        {"add_unit", {{"Lanes", 2}}},
                                        {"add_unit", {{"Lanes", 1}}},
                                        {"stream_fifo", {{"Width", 8}, {"Depth", 2}}}};
  yosys.refuse("stream_fifo");
  try {
    unit_costs(units, options);
    FAIL("nothing was refused");
  } catch (const std::runtime_error& error) {
    CHECK_THAT(error.what(), Contains("stream_fifo Width=8 Depth=2 failed: units.sv:1: ERROR: refused (the log: "));
  }
  yosys.refuse("");
  options.progress = {};
  const int64_t before = yosys.runs();
  UnitCosts costs = unit_costs(units, options);
  CHECK(yosys.runs() == before + 1);
  CHECK(costs.yosys == "Yosys 0.23 (of a test)");
  std::vector<int64_t> luts;
  for (const FpgaCost& cost : costs.costs) luts.push_back(cost.lut);
  CHECK(luts == std::vector<int64_t>{7, 8, 7, 7, 7});
  CHECK(costs.costs[1].ff == 8);
  std::vector<int> levels;
  for (const LogicLevels& of_unit : costs.levels) levels.push_back(of_unit.luts);
  CHECK(levels == std::vector<int>{2, 1, 2, 2, 2});
  CHECK(costs.costs[1].paired_lut == 4);

  yosys.answer(stat_text("     LUT6  9", 9));  // kept: nobody asks
  const int64_t asked = yosys.runs();
  costs = unit_costs(units, options);
  CHECK(yosys.runs() == asked);
  CHECK(costs.synthesised == 0);
  CHECK(costs.costs[0].lut == 7);
  CHECK(costs.levels[0].luts == 2);
  std::filesystem::path damaged;
  for (const auto& entry : std::filesystem::directory_iterator(scratch / "cache/synth")) damaged = entry.path();
  write_text(damaged, "=== design hierarchy ===\n");
  costs = unit_costs(units, options);
  CHECK(costs.synthesised == 1);
  CHECK(yosys.runs() == asked + 1);
  for (const auto& entry : std::filesystem::directory_iterator(scratch / "cache"))  // nothing half-done stays
    CHECK(entry.path().filename().string().rfind("aside-", 0) != 0);
}

TEST_CASE("groups that come before a failing one are kept") {
  const ScratchFolder scratch;
  FakeYosys yosys(stat_text("     LUT6  7", 7));
  SynthOptions options;
  options.cache_dir = scratch / "cache";
  options.threads = 1;
  // The longest text first: that group has been answered when the other fails.
  const std::vector<SynthUnit> units = {{"stream_fifo", {{"Width", 8}, {"Depth", 2}}}, {"add_unit", {{"Lanes", 1}}}};
  yosys.refuse("add_unit");
  CHECK_THROWS_AS(unit_costs(units, options), std::runtime_error);
  CHECK(unit_costs({units[0]}, options).synthesised == 0);
}

TEST_CASE("a network's synthesis is the sum over its leaves") {
  const ScratchFolder scratch;
  const FakeYosys yosys(stat_text("     LUT6  7\n     RAMB18E2  1", 8));
  const IntModel model = random_model(network(8, 8, 1, 32, 8), 65, 1);
  StreamingOptions o = options("rtl", 2);
  o.dsp_packing = DspPacking::kOff;
  const Pipeline pipeline = build_streaming(model.network, o);
  SynthOptions synth;
  synth.cache_dir = scratch / "cache";
  const Synthesis result = synthesise(pipeline, synth);
  std::map<std::string, int> rows;
  int leaves = 0;
  for (const SynthRow& row : result.rows) {
    rows[row.kind + (row.roms ? " ROMs" : "")] = row.count;
    if (!row.roms) leaves += row.count;
    if (!row.roms) CHECK(row.cost.lut == 7 * row.count);
  }
  // Counted by hand: a token and a channel mixing between embedding, pool and head.
  CHECK(rows == std::map<std::string, int>{{"FIFO", 15},
                                           {"residual FIFO", 2},
                                           {"fork", 2},
                                           {"add", 2},
                                           {"affine", 4},
                                           {"affine ROMs", 4},
                                           {"linear", 5},
                                           {"linear ROMs", 10},
                                           {"function", 2},
                                           {"pool", 1},
                                           {"function ROMs", 8},
                                           {"transpose", 2}});
  CHECK(result.total.bram18 == leaves);  // each ROM is in LUTs
  int64_t rom_lut = 0;
  for (const CountedUnit& unit : result.units) {
    if (unit.kind == "pool") CHECK(unit.unit.text() == "pool_unit VectorsLog2=4 Elements=8 Lanes=2");
    if (unit.unit.is_rom())
      rom_lut += unit.count * rom_luts(static_cast<int>(unit.unit.parameter("Width")),
                                       static_cast<int>(unit.unit.parameter("Depth")));
  }
  CHECK(result.total.lut == 7 * leaves + rom_lut);
  CHECK(result.levels.luts == 2);
}

TEST_CASE("levels of logic are those of the longest path") {
  using Json = nlohmann::json;
  const auto cell = [](const char* type, const Json& inputs, const Json& outputs) {
    Json made = {{"type", type}, {"port_directions", Json::object()}, {"connections", Json::object()}};
    const auto connect = [&made](const Json& ports, const char* direction) {
      for (const auto& [port, nets] : ports.items()) {
        made["port_directions"][port] = direction;
        made["connections"][port] = nets;
      }
    };
    connect(inputs, "input");
    connect(outputs, "output");
    return made;
  };
  const auto lut = [&cell](const std::vector<int>& inputs, int output) {
    Json ports = Json::object();
    for (size_t i = 0; i < inputs.size(); ++i) ports[fmt::format("I{}", i)] = {inputs[i]};
    return cell("LUT6", ports, {{"O", {output}}});
  };
  const auto text = [](const Json& cells) {
    return Json{{"modules", {{"top", {{"cells", cells}}}, {"empty", {{"cells", Json::object()}}}}}}.dump();
  };
  // Nets 1..9 come from registers. LUT -> LUT -> carry -> carry -> LUT; and three LUTs that the carries do not lie behind.
  const Json cells = {
      {"a", lut({1, 2}, 10)},
      {"b", lut({10, 3}, 11)},
      {"low", cell("CARRY4", {{"CI", {"0"}}, {"S", {11, 4, 4, 4}}, {"DI", {1, 1, 1, 1}}},
                   {{"CO", {20, 21, 22, 23}}, {"O", {24, 25, 26, 27}}})},
      {"high", cell("CARRY4", {{"CI", {23}}, {"S", {4, 4, 4, 40}}, {"DI", {1, 1, 1, 1}}},
                    {{"CO", {30, 31, 32, 33}}, {"O", {34, 35, 36, 37}}})},
      {"c", lut({34}, 12)},
      // Hangs on a bit of the chain below the one that it feeds: no circle.
      {"d", lut({36}, 40)},
      // Written with what is deep, read at once.
      {"ram", cell("RAM64M", {{"DIA", {12}}, {"WE", {40}}, {"WCLK", {9}}, {"ADDRA", {1, 2}}}, {{"DOA", {50}}})}};
  const auto levels = parse_levels(text(cells));
  CHECK(levels.at("top").luts == 3);  // a, b, through both chains to d, and to the upper one's last bit
  CHECK(levels.at("top").carries == 3);
  CHECK(levels.at("empty").luts == 0);
  Json ram = {{"ram", cells.at("ram")}};
  CHECK(parse_levels(text(ram)).at("top").luts == 1);
  ram["ram"]["connections"]["ADDRA"] = {12, 2};
  ram["a"] = lut({1}, 12);
  CHECK(parse_levels(text(ram)).at("top").luts == 2);

  const auto error = [&](const Json& netlist) { return error_of([&] { parse_levels(text(netlist)); }); };
  CHECK_THAT(error({{"a", lut({11}, 10)}, {"b", lut({10}, 11)}}), Contains("logic in a circle"));
  CHECK_THAT(error({{"a", lut({1}, 10)}, {"b", lut({2}, 10)}}), Contains("two cells drive a net"));
  CHECK_THAT(error({{"a", {{"type", "NEW"}}}}), Contains("NEW"));
  CHECK_THAT(error_of([] { parse_levels("{"); }), Contains("Yosys 0.23"));
}

TEST_CASE("Yosys itself: a FIFO as recorded, an adder, ROMs in block RAM as many as their shape asks", "[.yosys]") {
  const ScratchFolder scratch;
  SynthOptions options;
  options.cache_dir = scratch / "cache";
  const UnitCosts costs =
      unit_costs({{"stream_fifo", {{"Width", 8}, {"Depth", 40}}}, rom(8, 4096, true), rom(36, 2048, true)}, options);
  CHECK(costs.synthesised == 3);
  CHECK(costs.costs[0].lut == 68);
  CHECK(costs.levels[0].luts == 2);
  CHECK(costs.costs[0].ff == 26);
  CHECK(costs.costs[0].bram18 == 0);
  CHECK(costs.costs[1].bram18 == rom_blocks(8, 4096).half_blocks);
  CHECK(costs.costs[2].bram18 == rom_blocks(36, 2048).half_blocks);
  CHECK(costs.costs[1].dsp == 0);
}
