// Scenario files: every key lands where it belongs, and every mistake is answered with file, line, key and what is
// allowed.
#include "models/scenario/scenario.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "models/scenario/devices.h"
#include "sw/base/error.h"
#include "sw/io/yaml_reader.h"

using namespace psaflow;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

const char kMinimal[] =
    "name: tiny\n"
    "model: {synthetic: {}}\n"
    "data: {dir: images}\n"
    "accelerator: {kind: streaming}\n";

std::string error_of(const std::string& text) {
  try {
    parse_scenario(text, "dir/s.yaml");
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

// The minimal scenario with one of its lines replaced; lines count from 1.
std::string with_line(int line, const std::string& replacement) {
  std::string text, rest = kMinimal;
  for (int i = 1; !rest.empty(); ++i) {
    const size_t end = rest.find('\n') + 1;
    text += i == line ? replacement + "\n" : rest.substr(0, end);
    rest.erase(0, end);
  }
  return text;
}

}  // namespace

TEST_CASE("defaults of a minimal scenario") {
  const Scenario s = parse_scenario(kMinimal, "dir/s.yaml");
  CHECK(s.name == "tiny");
  CHECK(s.description.empty());
  CHECK(s.model_path.empty());
  REQUIRE(s.synthetic);
  CHECK(s.synthetic->config.embed == 96);
  CHECK(s.synthetic->config.activation == Activation::kPsa);
  CHECK(s.synthetic->table_points == 65);
  CHECK(s.data.dir == "dir/images");
  CHECK(s.data.test_split);
  CHECK(s.data.limit == 256);
  CHECK(s.target.device == "xcu50");
  CHECK(s.streaming().profile == "rtl");
  CHECK(s.target.clock_mhz == 200);
  CHECK(s.streaming().lanes == 1);
  CHECK(s.streaming().dsp_packing == DspPacking::kAuto);
  CHECK(s.streaming().roms.style == RomStyle::kAuto);
  CHECK(s.streaming().roms.luts_per_block_ram == 648);  // 871,680 / 1,344
  CHECK(s.streaming().fifo_depth == 2);
  CHECK_FALSE(s.streaming().residual_fifo_depth);
  CHECK(s.streaming().stages.empty());
  CHECK(s.claimed_ii_cycles == 0);
  CHECK(s.streaming().file == "dir/s.yaml");
}

TEST_CASE("images of one's own") {
  const std::string tail = "accelerator: {kind: streaming}\n", head = "name: own\nmodel: m.safetensors\ndata: ";
  const Scenario s = parse_scenario(head + "{images: x.npy, labels: ../y.npy, limit: 3}\n" + tail, "dir/s.yaml");
  CHECK(s.data.images_path == "dir/x.npy");
  CHECK(s.data.labels_path == "y.npy");
  CHECK(s.data.limit == 3);
  CHECK(s.data.is_own());
  const Scenario all = parse_scenario(head + "{images: x.npy}\n" + tail, "s.yaml");
  CHECK(all.data.labels_path.empty());
  CHECK(all.data.limit == 0);
  const auto error = [&](const std::string& data) { return error_of(head + data + "\n" + tail); };
  CHECK(error("{images: x.npy, split: test}") ==
        "dir/s.yaml:3: data.split: found the key; allowed: only beside dir, a folder of CIFAR-10's files");
  CHECK(error("{dir: d, labels: y.npy}") ==
        "dir/s.yaml:3: data.labels: found the key; allowed: only without dir, beside images: FILE.npy");
  CHECK(error("{labels: y.npy}").find("data.images") != std::string::npos);
}

TEST_CASE("every key") {
  const Scenario s = parse_scenario(
      "# a comment\n"
      "name: full\n"
      "description: >\n"
      "  two\n"
      "  lines\n"
      "model: ../zoo/m.safetensors\n"
      "data: {dir: /abs/images, split: train, images: all}\n"
      "accelerator:\n"
      "  kind: streaming\n"
      "  device: xck26\n"
      "  clock_mhz: 187.5\n"
      "  profile: vitis-hls-2023.1\n"
      "  lanes: 4\n"
      "  dsp_packing: off\n"
      "  rom_style: block\n"
      "  fifo_depth: 3\n"
      "  residual_fifo_depth: 700\n"
      "  stages:\n"
      "    head: {pe: 2, simd: 48, packed: true, fifo_depth: 9}\n"
      "    \"blocks.*.add\": {residual_fifo_depth: 11}\n"
      "claims: {ii_cycles: 6240, fps: 32051, source: the paper}\n",
      "scenarios/full.yaml");
  CHECK(s.description == "two lines\n");
  CHECK(s.model_path == "zoo/m.safetensors");
  CHECK_FALSE(s.synthetic);
  CHECK(s.data.dir == "/abs/images");
  CHECK_FALSE(s.data.test_split);
  CHECK(s.data.limit == 0);
  CHECK(s.target.device == "xck26");
  CHECK(s.target.clock_mhz == 187.5);
  CHECK(s.streaming().profile == "vitis-hls-2023.1");
  CHECK(s.streaming().lanes == 4);
  CHECK(s.streaming().dsp_packing == DspPacking::kOff);
  CHECK(s.streaming().roms.style == RomStyle::kBlock);
  CHECK(s.streaming().roms.luts_per_block_ram == 813);  // 117,120 / 144
  CHECK(s.streaming().fifo_depth == 3);
  CHECK(s.streaming().residual_fifo_depth == 700);
  REQUIRE(s.streaming().stages.size() == 2);
  CHECK(s.streaming().stages.at("head").pe == 2);
  CHECK(s.streaming().stages.at("head").simd == 48);
  CHECK(s.streaming().stages.at("head").packed == true);
  CHECK(s.streaming().stages.at("head").fifo_depth == 9);
  CHECK_FALSE(s.streaming().stages.at("head").residual_fifo_depth);
  CHECK(s.streaming().stages.at("blocks.*.add").residual_fifo_depth == 11);
  CHECK(s.claimed_ii_cycles == 6240);
  CHECK(s.claimed_fps == 32051);
  CHECK(s.claim_source == "the paper");
}

TEST_CASE("a synthetic model has the dimensions it was given, and its seed fixes it") {
  const auto load = [](int seed) {
    return load_scenario_model(
        parse_scenario(with_line(2, fmt::format("model: {{synthetic: {{activation: bspline, embed: 48, hidden: 40, "
                                                "blocks: 2, patch: 8, table_points: 17, seed: {}}}}}",
                                                seed)),
                       "s"));
  };
  const IntModel model = load(7);
  CHECK(model.config.tokens() == 16);
  CHECK(model.config.features() == 192);
  CHECK(model.network.find("blocks.1.token.mix") != nullptr);
  CHECK(model.network.find("blocks.2.token.mix") == nullptr);
  CHECK(model.network.get<op::Linear>("blocks.1.channel.fc1").params.out == 40);
  CHECK(model.network.get<op::Lookup>("blocks.0.channel.psa1").params.points == 17);
  const auto embed = [](const IntModel& m) { return m.network.get<op::Linear>("embed").params.weight; };
  CHECK(embed(load(7)) == embed(model));
  CHECK(embed(load(8)) != embed(model));
}

TEST_CASE("errors name file, line, key, value and what is allowed") {
  struct Case {
    std::string text;
    std::vector<std::string> parts;
  };
  const Case cases[] = {
      {with_line(1, "nmae: tiny"), {"dir/s.yaml:1: ", "'nmae'", "did you mean 'name'?", "description"}},
      {with_line(1, ""), {"dir/s.yaml:2: name", "no such key"}},
      {with_line(1, "name:"), {"dir/s.yaml:1: name", "nothing", "text"}},
      {with_line(1, "name: [a]"), {"dir/s.yaml:1: name", "a list", "text"}},
      {with_line(1, "name: a\nname: b"), {"dir/s.yaml:2: name", "second time", "line 1"}},
      {with_line(2, "model: {sinthetic: {}}"), {"dir/s.yaml:2: model", "'sinthetic'", "did you mean 'synthetic'?"}},
      {with_line(2, "model: {synthetic: {embed: 0}}"), {"dir/s.yaml:2: model.synthetic.embed", "'0'", "1..1024"}},
      {with_line(2, "model: {synthetic: {embed: 1e3}}"), {"model.synthetic.embed", "'1e3'", "an integer"}},
      {with_line(2, "model: {synthetic: {embed: \"96\"}}"), {"model.synthetic.embed", "'96'", "an integer"}},
      {with_line(2, "model: {synthetic: {patch: 3}}"), {"model.synthetic.patch", "found 3", "1, 2, 4, 8, 16"}},
      {with_line(2, "model: {synthetic: {table_points: 64}}"), {"model.synthetic.table_points", "found 64", "65"}},
      {with_line(2, "model: {synthetic: {activation: relu, table_points: 65}}"),
       {"model.synthetic.table_points", "relu"}},
      {with_line(2, "model: {synthetic: {activation: gelu}}"),
       {"model.synthetic.activation", "'gelu'", "did you mean 'relu'?", "bspline"}},
      {with_line(2, "model: [a, b]"), {"dir/s.yaml:2: model", "path"}},
      {with_line(2, "# none"), {"model", "no such key"}},
      {with_line(3, "data: images"), {"dir/s.yaml:3: data", "'images'", "a map", "dir, split, images"}},
      {with_line(3, "data: {dir: x, images: 0}"),
       {"dir/s.yaml:3: data.images", "'0'", "all, or an integer in 1..1000000"}},
      {with_line(3, "data: {dir: x, images: -3}"), {"data.images", "'-3'"}},
      {with_line(3, "data: {dir: x, split: validation}"), {"data.split", "'validation'", "test, train"}},
      {with_line(4, "accelerator: {kind: streming}"), {"dir/s.yaml:4: accelerator.kind", "did you mean 'streaming'?"}},
      {with_line(4, "accelerator: {}"), {"dir/s.yaml:4: accelerator.kind", "no such key", "streaming"}},
      {with_line(4, "accelerator:\n  kind: streaming\n  laens: 4"),
       {"dir/s.yaml:6: accelerator: ", "'laens'", "did you mean 'lanes'?"}},
      {with_line(4, "accelerator:\n  kind: streaming\n  device: xcu999"),
       {"dir/s.yaml:6: accelerator.device", "'xcu999'", "xcu50, xck26, xczu3eg"}},
      {with_line(4, "accelerator: {kind: streaming, clock_mhz: 0}"), {"accelerator.clock_mhz", "'0'", "1..2000"}},
      {with_line(4, "accelerator: {kind: streaming, clock_mhz: nan}"), {"accelerator.clock_mhz", "'nan'"}},
      {with_line(4, "accelerator: {kind: streaming, clock_mhz: .inf}"), {"accelerator.clock_mhz", "'.inf'"}},
      {with_line(4, "accelerator: {kind: streaming, lanes: 99999999999999999999}"), {"accelerator.lanes", "1..1024"}},
      {with_line(4, "accelerator: {kind: streaming, profile: vitis}"),
       {"accelerator.profile", "'vitis'", "vitis-hls-2023.1", "rtl"}},
      {with_line(4, "accelerator: {kind: streaming, residual_fifo_depth: automatic}"),
       {"accelerator.residual_fifo_depth", "auto, minimal, or an integer"}},
      {with_line(4, "accelerator: {kind: streaming, lanes: auto}"), {"accelerator.lanes", "'auto'", "target_fps"}},
      {with_line(4, "accelerator: {kind: streaming, dsp_packing: yes}"),
       {"dir/s.yaml:4: accelerator.dsp_packing", "'yes'", "auto, on, off"}},
      {with_line(4, "accelerator: {kind: streaming, rom_style: ultra}"),
       {"dir/s.yaml:4: accelerator.rom_style", "'ultra'", "auto, distributed, block"}},
      {with_line(4, "accelerator: {kind: streaming, stages: {head: {packed: on}}}"),
       {"accelerator.stages.head.packed", "'on'", "true, false"}},
      {with_line(4, "accelerator: {kind: streaming, stages: {head: {pee: 2}}}"),
       {"accelerator.stages.head", "'pee'", "did you mean 'pe'?"}},
      {with_line(4, "accelerator: {kind: streaming, stages: {head: {pe: [1]}}}"),
       {"accelerator.stages.head.pe", "a list", "an integer"}},
      {with_line(4, "accelerator: {kind: streaming, stages: {head: 3}}"), {"accelerator.stages.head", "'3'", "a map"}},
      {std::string(kMinimal) + "claims: {ii_cycles: 6240}\n", {"dir/s.yaml:5: claims.source", "no such key"}},
      {std::string(kMinimal) + "claims: {source: x}\n", {"dir/s.yaml:5: claims", "a source alone", "ii_cycles, fps"}},
      {std::string(kMinimal) + "claims: {ii_cycles: six, source: x}\n", {"claims.ii_cycles", "'six'"}},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    const std::string error = error_of(c.text);
    CHECK_THAT(error, StartsWith("dir/s.yaml:"));
    CHECK(error.find('\n') == std::string::npos);
    for (const std::string& part : c.parts) CHECK_THAT(error, Contains(part));
  }
}

TEST_CASE("a name of two lines is told by that, one too long by its bytes; a quoted switch by its quotes") {
  CHECK(error_of(with_line(1, "name: \"a\\nb\"")) ==
        "dir/s.yaml:1: name: found more than one line; allowed: one line of at most 200 bytes");
  CHECK_THAT(error_of(with_line(1, "name: " + std::string(201, 'n'))), Contains("name: found 201 bytes"));
  const std::string stages = "accelerator: {kind: streaming, stages: {head: {packed: ";
  CHECK_THAT(error_of(with_line(4, stages + "\"true\"}}}")),
             Contains("dir/s.yaml:4: accelerator.stages.head.packed: found 'true' in quotes") &&
                 Contains("allowed: true, false, without quotes"));
  CHECK(error_of(with_line(4, stages + "true}}}")) == "no error");
}

TEST_CASE("a fixed-size accelerator: keys, defaults, and what does not fit by line") {
  const auto text = [](const std::string& accelerator) {
    return "name: s\nmodel: {synthetic: {embed: 16, hidden: 16, blocks: 1}}\ndata: {dir: d}\naccelerator:\n  kind: "
           "simd\n" +
           accelerator;
  };
  const Scenario plain = parse_scenario(text("  tile: 32\n"), "s.yaml");
  REQUIRE(plain.is_simd());
  CHECK(plain.simd().tile == 32);
  CHECK(plain.simd().bus_bytes == 64);
  CHECK(plain.simd().burst_beats == 64);
  CHECK(plain.simd().profile == "rtl");
  CHECK(plain.simd().memory == "ddr4");
  CHECK(plain.simd().capacities.empty());
  const Scenario full =
      parse_scenario(text("  tile: 8\n  profile: vitis-hls-2023.1\n  memory: hbm\n  bus_bytes: 32\n  burst_beats: 16\n"
                          "  outstanding_reads: 3\n  buffers: {main_tiles: 7, table_beats: 0}\n"),
                     "s.yaml");
  CHECK(full.simd().profile == "vitis-hls-2023.1");
  CHECK(full.simd().memory == "hbm");
  CHECK(full.simd().bus_bytes == 32);
  CHECK(full.simd().burst_beats == 16);
  CHECK(full.simd().outstanding_reads == 3);
  CHECK(full.simd().capacities == std::map<std::string, int64_t>{{"main_tiles", 7}, {"table_beats", 0}});
  CHECK_THROWS_WITH(parse_scenario(text(""), "s.yaml"), Contains("accelerator.tile"));
  CHECK_THROWS_WITH(parse_scenario(text("  tile: 12\n"), "s.yaml"), Contains("'12'") && Contains("4, 8, 16, 32"));
  CHECK_THROWS_WITH(parse_scenario(text("  tile: 8\n  lanes: 2\n"), "s.yaml"), Contains("lanes"));
  CHECK_THROWS_WITH(parse_scenario(text("  tile: 32\n  bus_bytes: 16\n"), "s.yaml"), Contains("at least 32"));
  CHECK_THROWS_WITH(parse_scenario(text("  tile: 8\n  bus_bytes: 24\n"), "s.yaml"), Contains("16, 32"));
  CHECK_THROWS_WITH(parse_scenario(text("  tile: 8\n  memory: ddr3\n"), "s.yaml"), Contains("ddr4, hbm, ideal"));
  const IntModel model = load_scenario_model(full);
  CHECK_THROWS_WITH(build_scenario_mapping(full, model),
                    Contains("s.yaml:12: accelerator.buffers.main_tiles: found 7 tiles") && Contains("layer"));
  CHECK_THROWS_WITH(build_scenario_pipeline(full, model), Contains("accelerator.kind"));
  CHECK(build_scenario_mapping(plain, load_scenario_model(plain)).program.passes.size() == 6);
}

TEST_CASE("devices") {
  CHECK(find_device("xck26").dsp == 1248);
  CHECK(find_device("xcu50").lut == 871680);
  CHECK(find_device("xc7z020").family == FpgaFamily::kSeries7);
  CHECK_THROWS_WITH(find_device("xc7z045"), Contains("xcu50, xck26, xczu3eg"));
}

TEST_CASE("every shipped scenario parses, and its file is called after its name") {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(PSAFLOW_SOURCE_DIR "/scenarios")) {
    if (entry.path().extension() != ".yaml") continue;
    INFO(entry.path());
    CHECK(load_scenario(entry.path().string()).name == entry.path().stem().string());
    ++count;
  }
  CHECK(count >= 8);
}

TEST_CASE("export: what enters and leaves") {
  const auto ports = [](const std::string& text) {
    return parse_scenario(std::string(kMinimal) + text, "s.yaml").ports;
  };
  CHECK_FALSE(ports("").any());
  CHECK_FALSE(ports("export: {input: patches, output: logits}\n").any());
  CHECK(ports("export: {input: pixels}\n").input == ImageForm::kInterleaved);
  CHECK(ports("export: {input: pixels, pixel_order: planar}\n").input == ImageForm::kPlanar);
  CHECK_FALSE(ports("export: {input: pixels}\n").class_out);
  CHECK(ports("export: {output: class}\n").class_out);
  CHECK(ports("export: {output: class}\n").input == ImageForm::kPatches);
  for (const char* wrong : {"export: {input: bytes}\n", "export: {output: classes}\n", "export: {order: planar}\n",
                            "export: {pixel_order: planar}\n", "export: {input: pixels, pixel_order: rgb}\n"}) {
    INFO(wrong);
    CHECK_THROWS_AS(ports(wrong), UserError);
  }
}

TEST_CASE("export: the stages around the network") {
  const auto model = [](const std::string& text) {
    return load_scenario_model(parse_scenario(text + "data: {dir: .}\naccelerator: {kind: streaming}\n", "s.yaml"));
  };
  const std::string small = "name: s\nmodel: {synthetic: {embed: 8, hidden: 8, blocks: 1, patch: 8";
  const IntModel raw = model(small + "}}\nexport: {input: pixels, output: class}\n");
  CHECK(raw.network.nodes.front().name == "input.patches");
  CHECK(raw.network.nodes[1].name == "input.normalize");
  CHECK(raw.network.nodes.back().name == "class");
  CHECK_THROWS_WITH(model(small + ", classes: 300}}\nexport: {output: class}\n"),
                    Catch::Contains("s.yaml: export.output") && Catch::Contains("at most 256"));
  CHECK_NOTHROW(model(small + ", classes: 300}}\nexport: {input: pixels}\n"));
}
