// psaflow eval: the golden model on a CIFAR-10 split, its accuracy and its logits.
#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "sim/verb.h"
#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/base/progress.h"
#include "sw/data/cifar10.h"
#include "sw/golden/evaluator.h"
#include "sw/golden/reference.h"
#include "sw/io/npy.h"

namespace psaflow {
namespace {

namespace po = boost::program_options;

Split split_option(const std::string& text) {
  if (text == "test") return Split::kTest;
  if (text == "train") return Split::kTrain;
  throw UserError("", "--split", fmt::format("'{}'", text), "test, train");
}

void check_image(const ModelConfig& config, const std::string& file) {
  if (config.image_channels == kCifarChannels && config.image_height == kCifarSide && config.image_width == kCifarSide)
    return;
  throw UserError(file, "config.image",
                  fmt::format("[{},{},{}]", config.image_channels, config.image_height, config.image_width),
                  "[3,32,32], the images of CIFAR-10");
}

// Right and seen images of one class, or of all.
struct Score {
  size_t images = 0, correct = 0;
  double accuracy() const { return images == 0 ? 0 : static_cast<double>(correct) / static_cast<double>(images); }
  void add(bool right) {
    ++images;
    correct += right ? 1 : 0;
  }
};

int run(const Verb& verb, const std::vector<std::string>& args) {
  po::options_description options("Options");
  options.add_options()("model", po::value<std::string>()->required(),
                        "integer model, a safetensors file of format psaflow.int8/1")(
      "data", po::value<std::string>()->required(),
      "folder of the CIFAR-10 .bin files (sw/data/samples holds 256 test images)")(
      "split", po::value<std::string>()->default_value("test"), "test or train")(
      "limit", po::value<std::string>(), "only the first N images, N >= 1 (a larger N than there are means all)")(
      "threads", po::value<std::string>()->default_value("0"), "worker threads, 0: one a core")(
      "logits", po::value<std::string>(), "write the logits here, an int8 [images, classes] NumPy array")(
      "json", po::value<std::string>(),
      "write images, correct, accuracy (a fraction, 0..1), classes, seconds, ... here");
  po::variables_map values;
  if (!parse_options(verb, args, options, {}, values)) return 0;
  const Split split = split_option(values["split"].as<std::string>());
  const int64_t limit = values.count("limit") == 0 ? 0 : int_option(values, "limit", 1, 1'000'000'000);
  const auto threads = static_cast<int>(int_option(values, "threads", 0, 1024));
  const std::string logits_path = output_option(values, "logits"), json_path = output_option(values, "json");
  const auto model_path = values["model"].as<std::string>(), dir = values["data"].as<std::string>();
  distinct_files(values, {"model", "logits", "json"}, cifar10_paths(dir, split));

  const IntModel model = load_int_model(model_path);
  check_image(model.config, model_path);
  const Dataset data = load_cifar10(dir, split, static_cast<size_t>(limit));

  const auto classes = static_cast<size_t>(model.config.classes);
  std::vector<int8_t> logits(data.count() * classes);
  const Evaluator evaluator(model, threads);
  const auto start = std::chrono::steady_clock::now();
  {
    Progress progress("eval", data.count(), "images");
    evaluator.logits(data.images.data(), data.count(), logits.data(), [&](size_t n) { progress.advance(n); });
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  Score all, by_class[kCifarClasses];
  for (size_t i = 0; i < data.count(); ++i) {
    const bool right = argmax(logits.data() + i * classes, model.config.classes) == data.labels[i];
    all.add(right);
    by_class[data.labels[i]].add(right);
  }
  const double rate = seconds > 0 ? static_cast<double>(all.images) / seconds : 0;

  fmt::print("model      {}\nimages     {}\ncorrect    {}\naccuracy   {:.2f} %\ntime       {:.3f} s, {:.0f} images/s\n",
             model_path, all.images, all.correct, 100 * all.accuracy(), seconds, rate);
  nlohmann::ordered_json json = {{"model", model_path},        {"split", values["split"].as<std::string>()},
                                 {"images", all.images},       {"correct", all.correct},
                                 {"accuracy", all.accuracy()}, {"seconds", seconds},
                                 {"images_per_second", rate}};
  for (int c = 0; c < kCifarClasses; ++c) {
    const Score& score = by_class[c];
    if (score.images == 0) continue;
    fmt::print("  {:<10} {:6.2f} % of {}\n", cifar_class_name(c), 100 * score.accuracy(), score.images);
    json["classes"][cifar_class_name(c)] = {
        {"images", score.images}, {"correct", score.correct}, {"accuracy", score.accuracy()}};
  }
  if (!logits_path.empty()) save_npy_int8(logits_path, logits.data(), data.count(), classes);
  if (!json_path.empty())
    write_file_atomic(json_path, json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  return 0;
}

}  // namespace

const Verb kEvalVerb = {"eval", "run the golden integer model on CIFAR-10 and report its accuracy",
                        "psaflow eval --model sw/zoo/psa-h96/model.safetensors --data sw/data/samples", run};

}  // namespace psaflow
