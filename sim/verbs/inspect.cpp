// psaflow inspect: what a network is made of, and its learned functions as a picture.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "sim/inspect_report.h"
#include "sim/model_format.h"
#include "sim/say.h"
#include "sim/verb.h"
#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/base/progress.h"
#include "sw/base/words.h"
#include "sw/data/split.h"
#include "sw/inspect/function_picture.h"
#include "sw/io/safetensors.h"

namespace psaflow {
namespace {

namespace po = boost::program_options;

// What --functions draws: the layer asked for, or all.
std::vector<FunctionSet> chosen_functions(const Inspection& inspection, const std::string& layer) {
  const std::vector<FunctionSet>& all = inspection.functions;
  if (all.empty()) {
    throw UserError(inspection.file, "--functions",
                    fmt::format("activation '{}'", to_string(inspection.model.config.activation)),
                    "a model with learned functions: activation psa, bspline or table");
  }
  if (layer == "all") return all;
  std::vector<std::string> names = {"all"};
  for (const FunctionSet& set : all) {
    if (set.layer == layer) return {set};
    names.push_back(set.layer);
  }
  throw UserError(inspection.file, "--layer", quoted_word(layer, names), fmt::format("{}", fmt::join(names, ", ")));
}

// The model, of either kind, summarised, drawn and (with --data) run.
template <typename Model>
void inspect_model(const Model& model, const po::variables_map& values, Inspection& inspection) {
  inspection.model = summarize(model);
  inspection.functions = learned_functions(model);
  if (values.count("functions") != 0)
    chosen_functions(inspection, values["layer"].as<std::string>());  // before the work
  if (values.count("data") == 0) return;

  const auto images = static_cast<size_t>(int_option(values, "images", 1, 1'000'000));
  inspection.data_dir = values["data"].as<std::string>();
  inspection.split = values["split"].as<std::string>();
  const Dataset data = load_split(inspection.data_dir, inspection.split == "test" ? Split::kTest : Split::kTrain,
                                  model.config, std::max(model.config.classes, kCifarClasses), images);
  inspection.images = data.count();
  ThreadPool pool(static_cast<int>(int_option(values, "threads", 0, 1024)));
  Progress progress("inspect", data.count(), "images");
  inspection.activations = measure_activations(model, data, data.count(), pool, inspection.functions,
                                               [&progress](size_t n) { progress.advance(n); });
}

int run(const Verb& verb, const std::vector<std::string>& args) {
  po::options_description options("Options");
  options.add_options()("model", po::value<std::string>()->required(),
                        "integer model (psaflow.int8/1) or float checkpoint (psaflow.float/1)")(
      "functions", po::value<std::string>(),
      "draw the learned functions here, an SVG picture of one small panel a channel")(
      "layer", po::value<std::string>()->default_value("all"),
      "which layer to draw, such as blocks.0.channel.psa1, or all")(
      "data", po::value<std::string>(),
      "data folder (CIFAR-10's or one's own): measure the values in the network, and which inputs its functions see")(
      "split", po::value<std::string>()->default_value("test"), "test or train")(
      "images", po::value<std::string>()->default_value("256"), "how many images to measure")(
      "threads", po::value<std::string>()->default_value("0"), "worker threads, 0: one a core")(
      "json", po::value<std::string>(), "write every figure here, units in the key names");
  po::variables_map values;
  if (!parse_options(verb, args, options, {"model"}, values)) return 0;
  const std::string svg_path = output_option(values, "functions"), json_path = output_option(values, "json");
  const auto split = values["split"].as<std::string>();
  if (split != "test" && split != "train") throw UserError("", "--split", fmt::format("'{}'", split), "test, train");
  std::vector<std::string> images;
  if (values.count("data") != 0)
    images = split_paths(values["data"].as<std::string>(), split == "test" ? Split::kTest : Split::kTrain);
  distinct_files(values, {"model", "functions", "json"}, images);
  if (svg_path.empty() && !values["layer"].defaulted())
    throw UserError("", "--layer", "no --functions", "--functions OUT.svg beside it");
  for (const char* option : {"split", "images", "threads"}) {
    if (values.count("data") == 0 && !values[option].defaulted())
      throw UserError("", std::string("--") + option, "no --data",
                      "--data DIR beside it: it says which images to measure");
  }

  Inspection inspection;
  inspection.file = values["model"].as<std::string>();
  const ModelFormat format = model_format(inspection.file);
  inspection.format = format_name(format);
  if (format == ModelFormat::kInt8) {
    inspect_model(load_int_model(inspection.file), values, inspection);
  } else {  // of a teacher the loader tells that it is none of those that inspect knows
    inspect_model(fold(published(load_checkpoint(inspection.file))), values, inspection);
  }
  print_inspection(inspection);
  if (!svg_path.empty()) {
    const std::vector<FunctionSet> drawn = chosen_functions(inspection, values["layer"].as<std::string>());
    write_file_atomic(svg_path, function_picture_svg(drawn, "Learned functions of " + inspection.file));
    int functions = 0;
    for (const FunctionSet& set : drawn) functions += set.channels;
    say("\nwrote {}: {} functions of {} layer{}\n", values["functions"].as<std::string>(), functions, drawn.size(),
        drawn.size() == 1 ? "" : "s");
  }
  if (!json_path.empty()) write_file_atomic(json_path, inspection_json(inspection));
  return 0;
}

}  // namespace

const Verb kInspectVerb = {
    "inspect", "tell what a network is made of, and draw its learned functions",
    "psaflow inspect sw/zoo/psa-h96/model.safetensors --data sw/data/samples --functions functions.svg", run};

}  // namespace psaflow
