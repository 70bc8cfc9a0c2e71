// psaflow export: a scenario's accelerator as synthesizable RTL in a folder, with what one needs to use it.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "models/bench/workload.h"
#include "models/scenario/devices.h"
#include "models/scenario/scenario.h"
#include "rtl_gen/generate/names.h"
#include "rtl_gen/package/package.h"
#include "rtl_gen/package/simd_package.h"
#include "sim/rtl_plan.h"
#include "sim/say.h"
#include "sim/scenario_pipeline.h"
#include "sim/verb.h"
#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/base/rng.h"
#include "sw/data/image_set.h"
#include "sw/onnx/graph.h"
#include "sw/onnx/network_onnx.h"
#include "sw/zoo_report/zoo.h"

namespace psaflow {
namespace {

namespace po = boost::program_options;
namespace fs = std::filesystem;

constexpr size_t kGoldenImages = 8;  // of the test bench, at most

// The golden images of the test bench: real ones where the scenario's are there.
struct Images {
  size_t count = 0;
  std::vector<uint8_t> bytes;
  std::string source;
  bool real = true;
};

Images golden_images(const Scenario& scenario, const ImageInput& input, int classes) {
  Images images;
  ImageSource source = scenario.data;
  source.limit = source.limit == 0 ? kGoldenImages : std::min(source.limit, kGoldenImages);
  try {
    const ImageSet data = load_images(source, input, classes);
    images.count = data.count;
    images.bytes = data.images;
    images.source = fmt::format(
        "the first {} of {}", images.count,
        source.is_own() ? fs::path(source.images_path).filename().string()
                        : fmt::format("{} {} images", source.is_cifar10() ? "CIFAR-10's" : "the data folder's",
                                      source.test_split ? "test" : "train"));
  } catch (const UserError&) {
    images.real = false;
    images.count = source.limit;
    images.source = fmt::format("{} of random bytes (the scenario's images were not there)", source.limit);
    Rng rng(kGoldenImages);
    images.bytes.resize(images.count * input.image_bytes());
    for (uint8_t& byte : images.bytes) byte = static_cast<uint8_t>(rng.below(256));
  }
  return images;
}

IpFigures ip_figures(const Scenario& scenario) {
  IpFigures figures;
  figures.part = find_device(scenario.target.device).part;
  const fs::path card = fs::path(scenario.model_path).parent_path() / "card.json";
  if (scenario.model_path.empty() || !fs::exists(card)) return figures;
  const CardScores test = load_card(card.string(), "").test;
  figures.accuracy = test.int8_accuracy;
  figures.accuracy_images = static_cast<size_t>(test.images);
  return figures;
}

struct Folder {
  fs::path target;
  bool exists = false;  // and is empty
};

// UserError now, rather than after the work, when the folder cannot be made or filled.
Folder checked_folder(const std::string& given) {
  std::error_code error;
  const fs::file_status status = fs::status(given, error);
  const bool exists = fs::exists(status);
  if (!exists && status.type() != fs::file_type::not_found)
    throw UserError(given, "--out", error.message(), "a folder to make");
  if (exists && !fs::is_directory(status)) throw UserError(given, "--out", "no folder", "a folder to make");
  if (exists) {
    const bool empty = fs::is_empty(given, error);
    if (error) throw UserError(given, "--out", error.message(), "a folder that can be read and written");
    if (!empty)
      throw UserError(given, "--out", "something is there already", "a folder that does not exist or is empty");
    make_folder(given);  // checks the rights
    return {fs::canonical(given, error), true};
  }
  const fs::path out = fs::absolute(given, error).lexically_normal();
  const fs::path target = out.has_filename() ? out : out.parent_path();
  const size_t most = max_name_bytes(target.parent_path().string());
  if (error || target.filename().string().size() > most)
    throw UserError(given, "--out", error ? error.message() : "too long a name",
                    fmt::format("a folder to make, its name of at most {} bytes", most));
  make_folder(target.parent_path().string());
  return {target, false};
}

// Written aside, then renamed: the folder appears whole or not at all. One that is there already keeps its place, and
// gets the manifest last.
void write_files(const Folder& folder, const std::string& given, const std::vector<TextFile>& files) {
  const fs::path& target = folder.target;
  const fs::path aside =
      folder.exists ? target / fmt::format(".tmp.{}", ::getpid()) : fs::path(path_beside(target.string()));
  std::error_code error;
  fs::remove_all(aside, error);
  const auto rename = [&](const fs::path& from, const fs::path& to) {
    fs::rename(from, to, error);
    if (error) throw UserError(given, "--out", error.message(), "a folder that does not exist or is empty");
  };
  try {
    make_folder(aside.string());
    for (const TextFile& file : files) {
      make_folder((aside / file.name).parent_path().string());
      write_file_atomic((aside / file.name).string(), file.text);
    }
    if (folder.exists) {
      std::vector<fs::path> parts;  // the last file is the manifest, and its part comes last
      for (const TextFile& file : files) {
        const fs::path part = *fs::path(file.name).begin();
        if (std::find(parts.begin(), parts.end(), part) == parts.end()) parts.push_back(part);
      }
      for (const fs::path& part : parts) rename(aside / part, target / part);
      fs::remove(aside, error);
    } else {
      rename(aside, target);
    }
  } catch (const UserError& failure) {
    fs::remove_all(aside, error);
    if (failure.file().rfind(aside.string(), 0) != 0) throw;
    throw UserError(given + failure.file().substr(aside.string().size()), failure.key(), failure.value(),
                    failure.allowed());
  } catch (...) {
    fs::remove_all(aside, error);
    throw;
  }
}

void say_written(const Scenario& scenario, const Folder& folder, const std::string& top, size_t files,
                 int64_t ii_cycles, int64_t latency_cycles, const Images& images) {
  say("{}: top module {}, {} files\n", folder.target.string(), top, files);
  print_rtl_plan(scenario, ii_cycles, latency_cycles);
  say("  test bench: {} golden images, {}\n", images.count, images.source);
  say("  check it: make -C {} lint sim synth\n", folder.target.string());
}

void export_simd(const Scenario& scenario, const Folder& folder, const std::string& given) {
  const IntModel model = load_scenario_model(scenario);
  const SimdMapping mapping = build_scenario_mapping(scenario, model);
  const SimdPrediction plan = rtl_plan(scenario, mapping);
  SimdIpOptions options;
  options.scenario = scenario.name;
  options.clock_mhz = scenario.target.clock_mhz;
  options.memory = simd_memory(scenario.simd().memory, scenario.target.clock_mhz, mapping.hardware.bus_bytes);
  options.model = model.config;
  const Images images = golden_images(scenario, model.config, model.config.classes);
  const Workload workload = make_workload(model.config, model.network, images.bytes.data(), images.count);
  const GoldenVectors golden{images.count, images.source, workload.inputs, workload.golden};
  const auto files = package_simd_ip(model.network, mapping, plan, options, golden, ip_figures(scenario));
  write_files(folder, given, files);
  say_written(scenario, folder, rtl::design_name(scenario.name), files.size(), plan.ii_cycles, plan.latency_cycles,
              images);
}

void export_streaming(const Scenario& scenario, const Folder& folder, const std::string& given) {
  const IntModel model = load_scenario_model(scenario);
  const Pipeline pipeline = build_shown(scenario, model, Timing::kRtl);
  const CyclePrediction plan = checked_plan(scenario, pipeline);
  DesignOptions design_options;
  design_options.scenario = scenario.name;
  design_options.model = model.config;
  const Design design = generate_design(pipeline, plan, design_options);
  const Images images = golden_images(scenario, model.config, model.config.classes);
  const Workload workload = make_workload(model.config, model.network, images.bytes.data(), images.count);
  const GoldenVectors golden{images.count, images.source, workload.inputs, workload.golden};
  const auto files = package_ip(pipeline, plan, design_options, design, golden, ip_figures(scenario));
  write_files(folder, given, files);

  say_written(scenario, folder, design.top, files.size(), plan.ii_cycles, plan.latency_cycles, images);
}

// Patches in, logits out, whatever the scenario's IP takes and gives.
void export_onnx(Scenario scenario, const std::string& path) {
  scenario.ports = {};
  const IntModel model = load_scenario_model(scenario);
  const OnnxModel onnx = network_onnx(model.network, scenario.name);
  write_file_atomic(path, onnx.bytes);
  const Tensor &in = model.network.input(), &out = model.network.logits();
  say("{}: ONNX, opset {}, {} nodes, int8 [N,{},{}] -> int8 [N,{}]\n", path, onnx::kOpset, onnx.nodes, in.rows, in.cols,
      out.cols);
}

int run(const Verb& verb, const std::vector<std::string>& args) {
  po::options_description options("Options");
  options.add_options()("scenario", po::value<std::string>()->required(),
                        "scenario file (scenarios/README.md describes the format)")(
      "out", po::value<std::string>(), "folder to make; it must not exist yet, or be empty")(
      "onnx", po::value<std::string>(), "write the integer network here as standard ONNX, patches in, logits out");
  po::variables_map values;
  if (!parse_options(verb, args, options, {"scenario"}, values)) return 0;
  const bool ip = values.count("out") != 0;
  const std::string onnx = output_option(values, "onnx");
  if (!ip && onnx.empty())
    throw UserError("", "--out", "neither --out nor --onnx", "a folder for the IP (--out), a file (--onnx), or both");
  const std::string given = ip ? values["out"].as<std::string>() : "";
  const Folder folder = ip ? checked_folder(given) : Folder();
  const Scenario scenario = load_scenario(values["scenario"].as<std::string>());
  distinct_files(values, {"scenario", "onnx"}, files_of(scenario));
  if (!onnx.empty()) export_onnx(scenario, onnx);
  if (ip) scenario.is_simd() ? export_simd(scenario, folder, given) : export_streaming(scenario, folder, given);
  return 0;
}

}  // namespace

const Verb kExportVerb = {
    "export", "write a scenario's accelerator as an IP that stands alone: RTL, test bench, metadata of other tools",
    "psaflow export scenarios/psa-h96-w1.yaml --out out/psa-h96-w1", run};

}  // namespace psaflow
