// Generated designs: the same text every time, accepted by Verilator and Yosys without a warning, ROM images that hold
// the model.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "models/plan/build.h"
#include "models/structure/memory.h"
#include "rtl_gen/cosim/build.h"
#include "rtl_gen/generate/design.h"
#include "rtl_gen/generate/names.h"
#include "rtl_gen/generate/rom_image.h"
#include "sw/base/file.h"
#include "sw/data/process.h"
#include "sw/golden/random_model.h"
#include "tests/scratch_folder.h"

using namespace psaflow;
using namespace psaflow::test;

namespace {

ModelConfig config(Activation activation, int embed, int hidden, int blocks) {
  ModelConfig c;
  c.patch = 8;
  c.embed = embed;
  c.hidden = hidden;
  c.blocks = blocks;
  c.activation = activation;
  return c;
}

struct Made {
  IntModel model;
  Pipeline pipeline;
  Design design;
};

Made make(const ModelConfig& c, int points, const StreamingOptions& options, const std::string& scenario = "unit-test",
          bool taps = false) {
  Made made;
  made.model = random_model(c, points, 7);
  made.pipeline = build_streaming(made.model.network, options);
  DesignOptions o;
  o.scenario = scenario;
  o.model = c;
  o.taps = taps;
  made.design = generate_design(made.pipeline, predict_cycles(made.pipeline), o);
  return made;
}

const TextFile& find(const std::vector<TextFile>& files, const std::string& name) {
  for (const TextFile& f : files) {
    if (f.name == name) return f;
  }
  FAIL("no file " << name);
  return files.front();
}

}  // namespace

TEST_CASE("the same scenario gives the same text; another name only other names") {
  const ModelConfig c = config(Activation::kPsa, 16, 8, 2);
  const Made a = make(c, 65, {}), b = make(c, 65, {});
  REQUIRE(a.design.rtl.size() == b.design.rtl.size());
  for (size_t i = 0; i < a.design.rtl.size(); ++i) CHECK(a.design.rtl[i].text == b.design.rtl[i].text);
  CHECK(a.design.manifest == b.design.manifest);
  const Made other = make(c, 65, {}, "another");
  for (const TextFile& f : a.design.rtl) {
    if (f.name.rfind("unit_test", 0) != 0) continue;
    INFO(f.name);
    CHECK(f.text.rfind("// Design unit-test, psaflow " PSAFLOW_VERSION ": ", 0) == 0);
    const std::string renamed = std::regex_replace(std::regex_replace(f.text, std::regex("unit-test"), "another"),
                                                   std::regex("unit_test"), "another");
    // From the module on: the title above it is wrapped, and a name of another length wraps it elsewhere.
    const auto body = [](const std::string& text) { return text.substr(text.find("\nmodule")); };
    CHECK(body(renamed) ==
          body(find(other.design.rtl, std::regex_replace(f.name, std::regex("unit_test"), "another")).text));
  }
}

TEST_CASE("names that are no identifiers") {
  CHECK(rtl::identifier("paper-psa-h96") == "paper_psa_h96");
  CHECK(rtl::identifier("small") == "d_small");  // a reserved word
  CHECK(rtl::identifier("9 lives") == "d_9_lives");
  CHECK(rtl::identifier("") == "d_");
  const Made odd = make(config(Activation::kRelu, 16, 8, 1), 65, {}, "stream-fifo\nendmodule");
  std::set<std::string> names;
  for (const TextFile& f : odd.design.rtl) CHECK(names.insert(f.name).second);
  const Made leaf = make(config(Activation::kRelu, 16, 8, 1), 65, {}, "stream-fifo");
  CHECK(leaf.design.top != "stream_fifo");
}

TEST_CASE("no name becomes a command in a comment") {
  const std::regex command("//\\s*(verilator|synopsys|synthesis)");
  for (const std::string& before : {std::string(), std::string(80, 'x') + " ", std::string(112, 'x') + " "}) {
    for (const char* name : {"verilator smoke", "synopsys translate_off", "synthesis"}) {
      INFO(before << name);
      const Made odd = make(config(Activation::kRelu, 16, 8, 1), 65, {}, before + name);
      for (const TextFile& f : odd.design.rtl) {
        if (f.name.rfind(odd.design.top, 0) != 0) continue;
        INFO(f.name);
        CHECK_FALSE(std::regex_search(f.text, command));
      }
    }
  }
}

TEST_CASE("ROM images") {
  rtl::RomImage image(13, 3);
  image.set(0, 0, 8, -1);
  image.set(0, 8, 5, 31);
  image.set(1, 0, 8, -128);
  image.set(2, 8, 5, 1);
  CHECK(image.text() == "1fff\n0080\n0100\n");
  CHECK_THROWS_AS(image.set(3, 0, 8, 0), std::logic_error);
  CHECK_THROWS_AS(image.set(0, 6, 8, 0), std::logic_error);
}

TEST_CASE("ROMs lie where they are the smaller share of the device") {
  const RomPlacement even{RomStyle::kAuto, 700};
  CHECK_FALSE(lies_in_block_ram(even, 768, 96));  // 1,536 LUTs; 11 block RAMs
  CHECK(lies_in_block_ram(even, 8, 96 * 256));    // 48 deep LUTs a bit; 6 block RAMs
  CHECK_FALSE(lies_in_block_ram({RomStyle::kAuto, 1 << 20}, 8, 1024));
  CHECK(lies_in_block_ram({RomStyle::kAuto, 1 << 20}, 8, 1025));  // however dear
  // 36 bits of 512 words are 288 LUTs or half a block RAM: where a block RAM is worth 575 LUTs or fewer.
  CHECK(lies_in_block_ram({RomStyle::kAuto, 575}, 36, 512));
  CHECK_FALSE(lies_in_block_ram({RomStyle::kAuto, 576}, 36, 512));
  CHECK_FALSE(lies_in_block_ram({RomStyle::kAuto, 575}, 36, 512, 1));
  CHECK(lies_in_block_ram({RomStyle::kBlock, 1 << 20}, 8, 2));
  CHECK_FALSE(lies_in_block_ram({RomStyle::kBlock, 1}, 8, 1));
  CHECK_FALSE(lies_in_block_ram({RomStyle::kDistributed, 1}, 8, 96 * 256));
  const auto is = [](int width, int depth, int64_t halves, int64_t segments) {
    INFO(width << " bits, " << depth << " words");
    CHECK(rom_blocks(width, depth).half_blocks == halves);
    CHECK(rom_blocks(width, depth).segments == segments);
  };
  is(36, 512, 1, 1);
  is(37, 512, 2, 1);
  is(72, 512, 2, 1);
  is(768, 96, 22, 1);
  // What Yosys 0.23 makes of deep ones.
  is(8, 4096, 2, 1);
  is(8, 4608, 2, 9);
  is(8, 5120, 3, 3);
  is(8, 9216, 4, 9);
  is(8, 10240, 5, 5);
  is(8, 12288, 6, 3);
  is(8, 16384, 8, 1);
  is(8, 24576, 11, 12);
  is(8, 36864, 16, 9);
  is(9, 8192, 4, 2);
  is(13, 9216, 7, 9);
  is(16, 2560, 3, 3);
  is(16, 16384, 15, 8);
  is(26, 3072, 5, 3);
  CHECK(rom_blocks(8, 4096).luts == 0);
  CHECK(rom_blocks(8, 5120).luts == 8);
  CHECK(rom_blocks(8, 9216).luts == 26);
  CHECK(rom_blocks(8, 24576).luts == 42);
  CHECK(rom_blocks(16, 16384).luts == 48);
  CHECK(rom_blocks(8, 24576).ffs == 4);
}

TEST_CASE("a ROM style reaches every ROM of a design") {
  for (const RomStyle style : {RomStyle::kDistributed, RomStyle::kBlock}) {
    StreamingOptions options;
    options.roms.style = style;
    const IntModel model = random_model(config(Activation::kPsa, 16, 8, 1), 65, 1);
    const Pipeline pipeline = build_streaming(model.network, options);
    size_t roms = 0;
    for (const LeafInstance& leaf : streaming_structure(pipeline).stages) {
      for (const RomPort& rom : leaf.roms) {
        CHECK(rom.block_ram == (style == RomStyle::kBlock && rom.depth_words > 1));
        ++roms;
      }
    }
    CHECK(roms > 10);
  }
}

TEST_CASE("weights lie in the ROM where the linear unit looks for them") {
  StreamingOptions options;
  options.dsp_packing = DspPacking::kOff;
  options.stages["blocks.0.channel.fc1"].pe = 2;
  options.stages["blocks.0.channel.fc1"].simd = 4;
  const Made made = make(config(Activation::kPsa, 16, 8, 1), 65, options);
  const LinearParams& fc1 = made.model.network.get<op::Linear>("blocks.0.channel.fc1").params;
  const std::string& weights = find(made.design.roms, "unit_test_blocks_0_channel_fc1_weight_rom.mem").text;
  const size_t digits = 2 * 2 * 4;
  for (int m = 0; m < 8; ++m) {
    for (int k = 0; k < 16; ++k) {
      // Word group * slices + slice; byte p * simd + j, byte 0 at the end of the line.
      const size_t word = static_cast<size_t>(m / 2 * 4 + k / 4), byte = static_cast<size_t>(m % 2 * 4 + k % 4);
      const std::string hex = weights.substr(word * (digits + 1) + digits - 2 * byte - 2, 2);
      CHECK(static_cast<int8_t>(std::stoi(hex, nullptr, 16)) == fc1.weight[static_cast<size_t>(m * 16 + k)]);
    }
  }
}

TEST_CASE("weights, packed or not: a byte for each output and input of a word, group by group, slice by slice") {
  StreamingOptions options;
  options.stages["blocks.0.channel.fc1"].pe = 4;
  options.stages["blocks.0.channel.fc1"].simd = 4;
  const Made made = make(config(Activation::kPsa, 16, 8, 1), 65, options);
  const LinearParams& fc1 = made.model.network.get<op::Linear>("blocks.0.channel.fc1").params;
  const std::string& weights = find(made.design.roms, "unit_test_blocks_0_channel_fc1_weight_rom.mem").text;
  constexpr size_t kDigits = 4 * 4 * 2;
  for (int m = 0; m < 8; ++m) {
    for (int k = 0; k < 16; ++k) {
      // Word group * slices + slice, byte p * simd + j; the last digits are byte 0.
      const auto word = static_cast<size_t>(m / 4 * 4 + k / 4), byte = static_cast<size_t>(m % 4 * 4 + k % 4);
      const std::string digits = weights.substr(word * (kDigits + 1) + kDigits - 2 - 2 * byte, 2);
      CHECK(static_cast<int8_t>(std::stoi(digits, nullptr, 16)) == fc1.weight[static_cast<size_t>(m * 16 + k)]);
    }
  }
  CHECK_THAT(find(made.design.rtl, "unit_test_blocks_0_channel_fc1.sv").text, Catch::Contains(".Packed     (1)"));
  CHECK_THAT(find(made.design.rtl, "unit_test_blocks_0_channel_fc2.sv").text, Catch::Contains(".Packed     (0)"));
  const auto json = nlohmann::json::parse(made.design.manifest);
  for (const auto& stage : json.at("stages")) {
    if (stage.at("kind") != "linear") continue;
    const bool packed = stage.at("name") == "blocks.0.channel.fc1";
    CHECK(stage.at("packed") == packed);
    CHECK(stage.at("multipliers") == stage.at("pe").get<int>() * stage.at("simd").get<int>() / (packed ? 2 : 1));
  }
}

TEST_CASE("the manifest tells ports, files, stages and the plan's cycles") {
  const Made made = make(config(Activation::kPsa, 16, 8, 1), 17, {});
  const auto json = nlohmann::json::parse(made.design.manifest);
  const CyclePrediction plan = predict_cycles(made.pipeline);
  CHECK(json.at("format") == "psaflow.rtl/1");
  CHECK(json.at("top") == "unit_test");
  CHECK(json.at("plan").at("ii_cycles") == plan.ii_cycles);
  CHECK(json.at("plan").at("latency_cycles") == plan.latency_cycles);
  CHECK(json.at("input").at("beats") == 16 * 192);
  CHECK(json.at("output").at("beats") == 10);
  CHECK(json.at("stages").size() == made.pipeline.stages.size());
  CHECK(json.at("fifos").size() == made.pipeline.streams.size());
  std::set<std::string> roms;
  for (const auto& stage : json.at("stages")) {
    for (const auto& rom : stage.at("roms")) {
      const std::string& text = find(made.design.roms, rom.at("file")).text;
      const size_t digits = (rom.at("width_bits").get<size_t>() + 3) / 4;
      CHECK(text.size() == rom.at("depth_words").get<size_t>() * (digits + 1));
      roms.insert(rom.at("file").get<std::string>());
    }
  }
  CHECK(roms.size() == made.design.roms.size());
  CHECK(json.at("rtl").size() == made.design.rtl.size());
}

TEST_CASE("generated designs are lint clean", "[.lint]") {
  StreamingOptions plain, wide, odd;
  wide.lanes = 4;
  odd.lanes = 2;
  odd.fifo_depth = 1;
  odd.stages["blocks.*.token.mix"].simd = 8;
  odd.stages["blocks.*.channel.fc1"].pe = 8;
  odd.stages["blocks.*.channel.fc2"].pe = 1;
  odd.stages["head"].simd = 3;
  const struct {
    const char* name;
    ModelConfig config;
    int points;
    StreamingOptions options;
    bool taps;
  } cases[] = {{"plain", config(Activation::kPsa, 16, 8, 1), 65, plain, false},
               {"wide", config(Activation::kPsa, 16, 32, 2), 256, wide, true},
               {"odd", config(Activation::kRelu, 12, 24, 1), 65, odd, false},
               {"shortest tables", config(Activation::kFixed, 4, 4, 1), 3, wide, true},
               {"verilator smoke", config(Activation::kRelu, 4, 4, 1), 65, wide, false}};
  for (const auto& c : cases) {
    INFO(c.name);
    const ScratchFolder scratch;
    const Made made = make(c.config, c.points, c.options, c.name, c.taps);
    const std::string folder = scratch / "rtl";
    CHECK(lint_rtl(made.design, folder) == "");
    for (const TextFile& rom : made.design.roms) write_file_atomic(folder + "/" + rom.name, rom.text);
    std::string script = "read_verilog -sv";
    for (const TextFile& f : made.design.rtl) script += " " + f.name;
    ProcessOptions process;
    process.folder = folder;
    script += "; hierarchy -check -top " + made.design.top + "; proc; check -assert";
    const ProcessResult result =
        run_process({"yosys", "-q", "-e", ".", "-w", "Literal has a width", "-p", script}, process);
    INFO(result.messages);
    CHECK(result.ok());
  }
}
