#include "models/scenario/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "models/scenario/devices.h"
#include "models/simd/cycles.h"
#include "sw/base/error.h"
#include "sw/data/cifar10.h"
#include "sw/golden/random_model.h"
#include "sw/io/yaml_reader.h"

namespace psaflow {
namespace {

// Far above any design, low enough that no product of them overflows.
constexpr int64_t kMaxDepthBeats = kMaxFifoBeats, kMaxLanes = 1024, kMaxFold = 65536;
constexpr int64_t kMaxCapacity = int64_t{1} << 24;  // of a buffer of the fixed-size accelerator
constexpr int64_t kMaxImages = 1000000;
constexpr size_t kDefaultImages = 256;  // of a split
constexpr size_t kMaxNameBytes = 200;   // files are named after it

std::string resolve(const std::string& scenario_file, const std::string& path) {
  const std::filesystem::path given(path);
  return given.is_absolute() ? path
                             : (std::filesystem::path(scenario_file).parent_path() / given).lexically_normal().string();
}

SyntheticModel read_synthetic(const YamlMap& map) {
  SyntheticModel synthetic;
  ModelConfig& config = synthetic.config;
  const std::string activation = map.choice("activation", {"relu", "psa", "bspline", "table"}, "psa");
  config.activation = activation == "relu"      ? Activation::kRelu
                      : activation == "psa"     ? Activation::kPsa
                      : activation == "bspline" ? Activation::kBspline
                                                : Activation::kFixed;
  config.patch = static_cast<int>(map.integer("patch", 1, kCifarSide / 2, 4));
  if (kCifarSide % config.patch != 0)
    map.fail("patch", std::to_string(config.patch), "1, 2, 4, 8, 16 (they divide the image's side of 32)");
  config.embed = static_cast<int>(map.integer("embed", 1, 1024, 96));
  config.hidden = static_cast<int>(map.integer("hidden", 1, 4096, 96));
  config.blocks = static_cast<int>(map.integer("blocks", 1, 32, 4));
  config.classes = static_cast<int>(map.integer("classes", 1, 1024, kCifarClasses));
  if (map.has("table_points") && !config.has_tables())
    map.fail("table_points", "the key", "only where activation is not relu, which has no tables");
  synthetic.table_points = static_cast<int>(map.integer("table_points", 3, 256, 65));
  const int steps = synthetic.table_points == 256 ? 256 : synthetic.table_points - 1;
  if ((steps & (steps - 1)) != 0)
    map.fail("table_points", std::to_string(synthetic.table_points),
             "3, 5, 9, 17, 33, 65, 129 (interpolated), 256 (direct)");
  synthetic.seed = static_cast<uint64_t>(map.integer("seed", 0, INT64_MAX, 1));
  return synthetic;
}

void read_model(const YamlMap& root, Scenario& scenario) {
  const YamlNode* node = root.find("model");
  if (node != nullptr && node->kind == YamlNode::Kind::kMap) {
    const YamlMap synthetic =
        root.map("model", {"synthetic"})
            .map("synthetic", {"activation", "patch", "embed", "hidden", "blocks", "classes", "table_points", "seed"});
    scenario.synthetic = read_synthetic(synthetic);
    return;
  }
  if (node == nullptr || node->kind != YamlNode::Kind::kScalar || node->text.empty()) {
    root.fail("model", node == nullptr ? "no such key" : "no path",
              "the path of a model file, or a map with the key synthetic");
  }
  scenario.model_path = resolve(scenario.file, node->text);
}

// CIFAR-10's split in a folder, whose `images` are a number, or NumPy arrays, whose `images` are a file.
ImageSource read_data(const YamlMap& root, const std::string& file) {
  ImageSource source;
  const YamlMap data = root.map("data", {"dir", "split", "images", "labels", "limit"});
  if (!data.has("dir")) {
    source.images_path = resolve(file, data.text("images"));
    if (data.has("split")) data.fail("split", "the key", "only beside dir, a folder of CIFAR-10's files");
    if (data.has("labels")) source.labels_path = resolve(file, data.text("labels"));
    if (data.has("limit")) source.limit = static_cast<size_t>(data.integer("limit", 1, kMaxImages));
    return source;
  }
  for (const char* key : {"labels", "limit"}) {
    if (data.has(key)) data.fail(key, "the key", "only without dir, beside images: FILE.npy");
  }
  source.dir = resolve(file, data.text("dir"));
  source.test_split = data.choice("split", {"test", "train"}, "test") == "test";
  source.limit = data.has("images") ? static_cast<size_t>(data.integer_or("images", "all", 1, kMaxImages).value_or(0))
                                    : kDefaultImages;
  return source;
}

std::optional<int> to_int(std::optional<int64_t> value) {
  return value ? std::optional<int>(static_cast<int>(*value)) : std::nullopt;
}

// lanes, and the II or the rate that the plan is to meet: where one is given, lanes default to auto.
void read_target(const YamlMap& map, double clock_mhz, StreamingOptions& streaming) {
  if (map.has("target_ii_cycles") && map.has("target_fps"))
    map.fail("target_fps", "the key", "target_ii_cycles or target_fps, not both");
  if (map.has("target_ii_cycles")) streaming.target_ii_cycles = map.integer("target_ii_cycles", 1, INT64_MAX);
  if (map.has("target_fps")) {
    streaming.target_fps = map.number("target_fps", 1e-3, 1e9);
    const double cycles = clock_mhz * 1e6 / *streaming.target_fps;
    streaming.target_ii_cycles = std::max<int64_t>(1, static_cast<int64_t>(cycles));
  }
  const bool target = streaming.target_ii_cycles.has_value();
  if (const YamlNode* node = map.find("lanes"); !target && node != nullptr && node->text == "auto")
    map.fail("lanes", "'auto'", "auto only beside target_ii_cycles or target_fps, which it is to meet; or an integer");
  const std::optional<int64_t> lanes =
      target ? map.integer_or("lanes", "auto", 1, kMaxLanes) : map.integer("lanes", 1, kMaxLanes, 1);
  streaming.choose_lanes = !lanes.has_value();
  streaming.lanes = static_cast<int>(lanes.value_or(1));
}

StreamingOptions read_streaming(const YamlMap& map, double clock_mhz, const std::string& file) {
  StreamingOptions streaming;
  streaming.file = file;
  streaming.profile = map.choice("profile", timing_profile_names(), "rtl");
  read_target(map, clock_mhz, streaming);
  const std::string packing = map.choice("dsp_packing", {"auto", "on", "off"}, "auto");
  streaming.dsp_packing = packing == "on" ? DspPacking::kOn : packing == "off" ? DspPacking::kOff : DspPacking::kAuto;
  streaming.roms.style = read_rom_style(map);
  streaming.fifo_depth = static_cast<int>(map.integer("fifo_depth", 1, kMaxDepthBeats, 2));
  const YamlNode* depth = map.find("residual_fifo_depth");
  streaming.minimal_residuals = depth != nullptr && depth->text == "minimal";
  if (!streaming.minimal_residuals) {
    streaming.residual_fifo_depth =
        to_int(map.integer_or("residual_fifo_depth", "auto", 1, kMaxDepthBeats, "auto, minimal"));
  }
  if (!map.has("stages")) return streaming;
  const YamlMap stages = map.map("stages", {});
  for (const std::string& pattern : stages.node().keys) {
    const YamlMap stage = stages.map(pattern, {"pe", "simd", "packed", "fifo_depth", "residual_fifo_depth"});
    const auto optional = [&stage](const char* key, int64_t high) {
      return stage.has(key) ? std::optional<int>(static_cast<int>(stage.integer(key, 1, high))) : std::nullopt;
    };
    StageChoice& choice = streaming.stages[pattern];
    choice.pe = optional("pe", kMaxFold);
    choice.simd = optional("simd", kMaxFold);
    if (stage.has("packed")) choice.packed = stage.boolean("packed");
    choice.fifo_depth = optional("fifo_depth", kMaxDepthBeats);
    choice.residual_fifo_depth = optional("residual_fifo_depth", kMaxDepthBeats);
  }
  return streaming;
}

// A power of two in low..high, which are some.
int power_of_two(const YamlMap& map, const char* key, int low, int high, int fallback) {
  const auto value = static_cast<int>(map.integer(key, low, high, fallback));
  std::string allowed;
  for (int v = low; v <= high; v *= 2) allowed += (allowed.empty() ? "" : ", ") + std::to_string(v);
  if ((value & (value - 1)) != 0) map.fail(key, std::to_string(value), allowed);
  return value;
}

SimdOptions read_simd(const YamlMap& map) {
  SimdOptions simd;
  simd.profile = map.choice("profile", simd_profile_names(), "rtl");
  std::vector<std::string> tiles;
  for (const int tile : kSimdTiles) tiles.push_back(std::to_string(tile));
  simd.tile = std::stoi(map.choice("tile", tiles));
  simd.memory = map.choice("memory", simd_memory_names(), "ddr4");
  simd.bus_bytes = power_of_two(map, "bus_bytes", 4, 64, simd_default_bus_bytes(simd.tile));
  if (*simd.bus_bytes < simd.tile)
    map.fail("bus_bytes", std::to_string(*simd.bus_bytes), fmt::format("at least {}, the tile", simd.tile));
  const int most = std::min(256, kSimdPageBytes / *simd.bus_bytes);
  simd.burst_beats = power_of_two(map, "burst_beats", 1, most, std::min(64, most));
  simd.outstanding_reads = static_cast<int>(map.integer("outstanding_reads", 1, 64, 8));
  if (!map.has("buffers")) return simd;
  std::vector<std::string> keys;
  for (const SimdBuffer& buffer : simd_buffers()) keys.push_back(buffer.key);
  const YamlMap buffers = map.map("buffers", keys);
  for (const SimdBuffer& buffer : simd_buffers())
    if (buffers.has(buffer.key)) simd.capacities[buffer.key] = buffers.integer(buffer.key, 0, kMaxCapacity);
  return simd;
}

// Each kind of accelerator brings its own keys: a new kind is a new reader.
void read_accelerator(const YamlMap& root, Scenario& scenario) {
  const bool simd = root.map("accelerator", {}).choice("kind", {"streaming", "simd"}) == "simd";
  const YamlMap map =
      simd ? root.map("accelerator", {"kind", "device", "clock_mhz", "profile", "tile", "memory", "bus_bytes",
                                      "burst_beats", "outstanding_reads", "buffers"})
           : root.map("accelerator", {"kind", "device", "clock_mhz", "profile", "lanes", "dsp_packing", "rom_style",
                                      "fifo_depth", "residual_fifo_depth", "stages", "target_ii_cycles", "target_fps"});
  scenario.target.device = map.choice("device", device_names(), "xcu50");
  scenario.target.clock_mhz = map.number("clock_mhz", 1, 2000, 200);
  if (simd) {
    scenario.accelerator = read_simd(map);
  } else {
    scenario.accelerator = read_streaming(map, scenario.target.clock_mhz, scenario.file);
    scenario.streaming().roms.luts_per_block_ram = find_device(scenario.target.device).luts_per_block_ram();
  }
}

void read_ports(const YamlMap& root, Scenario& scenario) {
  if (!root.has("export")) return;
  const YamlMap map = root.map("export", {"input", "pixel_order", "output"});
  const bool pixels = map.choice("input", {"patches", "pixels"}, "patches") == "pixels";
  if (map.has("pixel_order") && !pixels) map.fail("pixel_order", "the key", "only beside input: pixels");
  const std::string order = map.choice("pixel_order", {"interleaved", "planar"}, "interleaved");
  if (pixels) scenario.ports.input = order == "planar" ? ImageForm::kPlanar : ImageForm::kInterleaved;
  scenario.ports.class_out = map.choice("output", {"logits", "class"}, "logits") == "class";
}

void read_claims(const YamlMap& root, Scenario& scenario) {
  if (!root.has("claims")) return;
  const YamlMap claims = root.map("claims", {"ii_cycles", "fps", "source"});
  scenario.claimed_ii_cycles = claims.integer("ii_cycles", 1, INT64_MAX, 0);
  scenario.claimed_fps = claims.number("fps", 0.001, 1e12, 0);
  scenario.claim_source = claims.text("source");
  if (!claims.has("ii_cycles") && !claims.has("fps"))
    root.fail("claims", "a source alone", "ii_cycles, fps or both beside it");
}

void collect_lines(const YamlNode& node, const std::string& path, std::map<std::string, int>& lines) {
  for (size_t i = 0; i < node.keys.size(); ++i) {
    const std::string key = path.empty() ? node.keys[i] : path + "." + node.keys[i];
    lines[key] = node.key_lines[i];
    collect_lines(node.items[i], key, lines);
  }
}

Scenario from_tree(const YamlNode& tree, const std::string& file) {
  const YamlMap root(tree, file, "",
                     {"name", "description", "model", "data", "accelerator", "export", "explore", "claims"});
  Scenario scenario;
  scenario.file = file;
  scenario.name = root.text("name");
  if (scenario.name.size() > kMaxNameBytes || scenario.name.find('\n') != std::string::npos)
    root.fail("name",
              scenario.name.find('\n') != std::string::npos ? "more than one line"
                                                            : fmt::format("{} bytes", scenario.name.size()),
              fmt::format("one line of at most {} bytes", kMaxNameBytes));
  scenario.description = root.text("description", "");
  read_model(root, scenario);
  scenario.data = read_data(root, file);
  read_accelerator(root, scenario);
  collect_lines(*root.find("accelerator"), "", scenario.lines);
  scenario.explore = read_explore(root, file, scenario.kind());
  read_ports(root, scenario);
  read_claims(root, scenario);
  return scenario;
}

}  // namespace

Scenario of_kind(const Scenario& scenario, AcceleratorKind kind) {
  Scenario other = scenario;
  if (kind == scenario.kind()) return other;
  if (kind == AcceleratorKind::kSimd) {
    SimdOptions simd;
    simd.tile = 0;
    other.accelerator = simd;
  } else {
    other.accelerator = StreamingOptions{};
  }
  other.lines.clear();
  other.claimed_ii_cycles = 0;
  other.claimed_fps = 0;
  return other;
}

Scenario load_scenario(const std::string& path) {
  return from_tree(load_yaml(path), path);
}

Scenario parse_scenario(const std::string& text, const std::string& file) {
  return from_tree(parse_yaml(text, file), file);
}

std::vector<std::string> files_of(const Scenario& scenario) {
  std::vector<std::string> files = scenario.data.paths();
  if (!scenario.model_path.empty()) files.push_back(scenario.model_path);
  return files;
}

namespace {

IntModel load_bare_model(const Scenario& scenario) {
  if (scenario.synthetic) {
    const SyntheticModel& synthetic = *scenario.synthetic;
    return random_model(synthetic.config, synthetic.table_points, synthetic.seed);
  }
  return load_int_model(scenario.model_path);
}

}  // namespace

IntModel load_scenario_model(const Scenario& scenario) {
  constexpr int kMostClasses = 256;
  IntModel model = load_bare_model(scenario);
  if (scenario.ports.class_out && model.config.classes > kMostClasses) {
    throw UserError(scenario.file, "export.output",
                    fmt::format("class of a network of {} classes", model.config.classes),
                    fmt::format("at most {} classes (it leaves as a byte); or logits", kMostClasses));
  }
  return with_ports(model, scenario.ports);
}

ImageSet load_scenario_images(const Scenario& scenario, const IntModel& model) {
  return load_images(scenario.data, model.config, model.config.classes);
}

namespace {

// The first finding, with the line of its key where it has one.
void throw_finding(const Scenario& scenario, std::vector<Finding>& findings) {
  if (findings.empty()) return;
  Finding& finding = findings.front();
  const auto line = scenario.lines.find(finding.path);
  if (finding.path.rfind("model", 0) != 0) finding.path = "accelerator." + finding.path;
  throw_first({finding},
              line == scenario.lines.end() ? scenario.file : fmt::format("{}:{}", scenario.file, line->second));
}

}  // namespace

Pipeline build_scenario_pipeline(const Scenario& scenario, const IntModel& model, Timing timing,
                                 const std::function<void(int done, int all)>& on_search) {
  if (scenario.is_simd()) {
    throw UserError(fmt::format("{}:{}", scenario.file, scenario.lines.at("kind")), "accelerator.kind", "'simd'",
                    "streaming, for what was asked which calibrate --validate is for");
  }
  StreamingOptions options = scenario.streaming();
  options.on_search = on_search;
  if (timing == Timing::kRtl) options.profile = "rtl";
  StreamingPlan plan = plan_streaming(model.network, options, scenario.target.clock_mhz);
  throw_finding(scenario, plan.findings);
  return std::move(*plan.pipeline);
}

SimdMapping build_scenario_mapping(const Scenario& scenario, const IntModel& model) {
  PSAFLOW_CHECK(scenario.is_simd(), "a scenario of the fixed-size accelerator");
  SimdPlan plan = plan_simd(model.network, scenario.simd());
  throw_finding(scenario, plan.findings);
  return std::move(*plan.mapping);
}

}  // namespace psaflow
