#include "tests/baselines/subjects.h"

#include <algorithm>
#include <filesystem>

#include "models/scenario/scenario.h"
#include "sw/golden/random_model.h"

namespace psaflow::test {
namespace {

Subject odd(const std::string& name, const ModelConfig& config, int points, const StreamingOptions& options) {
  return {"odd-" + name, random_model(config, points, 11), options};
}

ModelConfig config(Activation activation, int channels, int height, int width, int patch, int embed, int hidden,
                   int blocks, int classes) {
  ModelConfig c;
  c.activation = activation;
  c.image_channels = channels;
  c.image_height = height;
  c.image_width = width;
  c.patch = patch;
  c.embed = embed;
  c.hidden = hidden;
  c.blocks = blocks;
  c.classes = classes;
  return c;
}

}  // namespace

std::vector<Subject> shipped_scenarios() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(PSAFLOW_SOURCE_DIR "/scenarios")) {
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Subject> subjects;
  for (const std::string& path : paths) {
    const Scenario scenario = load_scenario(path);
    if (scenario.is_simd()) continue;  // tests/simd has its own figures
    subjects.push_back({scenario.name, load_scenario_model(scenario), scenario.streaming()});
  }
  return subjects;
}

std::vector<Subject> odd_networks() {
  std::vector<Subject> subjects;
  StreamingOptions wide;  // lanes that do not divide the classes; every linear stage packed that can be
  wide.lanes = 4;
  subjects.push_back(odd("wide", config(Activation::kPsa, 3, 16, 16, 4, 24, 36, 2, 10), 65, wide));

  StreamingOptions folded;  // two lanes, foldings by name and by pattern, a pair of outputs a multiplier where asked
  folded.lanes = 2;
  folded.dsp_packing = DspPacking::kOff;
  folded.stages["blocks.*.channel.fc1"].pe = 6;
  folded.stages["blocks.*.channel.fc1"].simd = 4;
  folded.stages["blocks.0.channel.fc1"].packed = true;
  folded.stages["blocks.1.token.mix"].pe = 8;
  folded.stages["head"].simd = 2;
  subjects.push_back(odd("folded-relu", config(Activation::kRelu, 3, 16, 16, 2, 12, 30, 2, 7), 65, folded));

  StreamingOptions paper;  // direct tables, an oblong image, more classes than channels, a bubble a vector
  paper.profile = "vitis-hls-2023.1";
  paper.lanes = 2;
  subjects.push_back(odd("direct-table", config(Activation::kFixed, 3, 32, 16, 8, 20, 50, 1, 100), 256, paper));

  StreamingOptions slow;  // grey images, and a target far above the least II
  slow.target_ii_cycles = 5000;
  subjects.push_back(odd("target-ii", config(Activation::kBspline, 1, 28, 28, 7, 16, 64, 1, 10), 17, slow));

  StreamingOptions shallow;  // the smallest of everything
  shallow.fifo_depth = 1;
  shallow.residual_fifo_depth = 40;
  subjects.push_back(odd("least", config(Activation::kPsa, 3, 32, 32, 16, 4, 4, 1, 2), 3, shallow));

  StreamingOptions fast;  // lanes chosen, least residual FIFOs, one FIFO deeper
  fast.choose_lanes = true;
  fast.target_ii_cycles = 800;
  fast.minimal_residuals = true;
  fast.stages["blocks.0.channel.fc2"].fifo_depth = 9;
  subjects.push_back(odd("chosen-lanes", config(Activation::kPsa, 3, 32, 32, 8, 48, 24, 2, 10), 129, fast));
  return subjects;
}

}  // namespace psaflow::test
