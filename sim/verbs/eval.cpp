// psaflow eval: a network, integer or float, on a CIFAR-10 split: its accuracy, its answers.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "sim/eval_report.h"
#include "sim/model_format.h"
#include "sim/say.h"
#include "sim/verb.h"
#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/base/progress.h"
#include "sw/golden/evaluator.h"
#include "sw/io/npy.h"
#include "sw/quant/classes.h"
#include "sw/teacher/teacher.h"

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

// What a network says of some images: its logits [images, classes] as it has them, and the highest of each row.
struct Answered {
  int classes = 0;
  std::vector<int8_t> int8_logits;  // an integer model's,
  std::vector<float> float_logits;  // or a float network's
  std::vector<uint8_t> given;       // the class of each image, the lowest on a tie
  double seconds = 0;
};

// Loads the network before the images, so that what is wrong with it is told at once; `data` loads them.
class Network {
 public:
  explicit Network(const std::string& path) : path_(path), format_(model_format(path)) {
    switch (format_) {
      case ModelFormat::kInt8:
        int8_ = std::make_unique<IntModel>(load_int_model(path));
        check_image(int8_->config, path);
        return;
      case ModelFormat::kFloat:
        float_ = std::make_unique<FoldedModel>(fold(published(load_checkpoint(path))));
        check_image(float_->config, path);
        return;
      case ModelFormat::kFloatTeacher:
        teacher_ = std::make_unique<Teacher>(Teacher::load(path));
        return;
    }
  }

  ModelFormat format() const { return format_; }

  Answered answer(const Dataset& data, int threads) const {
    Answered a;
    ThreadPool pool(threads);
    Progress progress("eval", data.count(), "images");
    const auto advance = [&progress](size_t n) { progress.advance(n); };
    const auto start = std::chrono::steady_clock::now();
    if (int8_) {
      a.classes = int8_->config.classes;
      a.int8_logits.resize(data.count() * static_cast<size_t>(a.classes));
      const Evaluator evaluator(*int8_, threads);
      evaluator.logits(data.images.data(), data.count(), a.int8_logits.data(), advance);
    } else if (float_) {
      a.classes = float_->config.classes;
      a.float_logits = float_logits(*float_, data, 0, data.count(), pool, advance);
    } else {
      a.classes = teacher_->classes();
      a.float_logits.resize(data.count() * static_cast<size_t>(a.classes));
      constexpr size_t kImages = 512;  // between two steps of the progress line
      for (size_t first = 0; first < data.count(); first += kImages) {
        const size_t count = std::min(kImages, data.count() - first);
        teacher_->logits(data.image(first), count, a.float_logits.data() + first * static_cast<size_t>(a.classes),
                         pool);
        advance(count);
      }
    }
    a.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const auto highest = [&](const auto& logits) {
      for (auto row = logits.begin(); row != logits.end(); row += a.classes)
        a.given.push_back(static_cast<uint8_t>(std::max_element(row, row + a.classes) - row));
    };
    int8_ ? highest(a.int8_logits) : highest(a.float_logits);
    const auto wrong =
        std::find_if(a.float_logits.begin(), a.float_logits.end(), [](float x) { return !std::isfinite(x); });
    if (wrong != a.float_logits.end())
      throw UserError(
          path_, "logits",
          fmt::format("a value that is not finite, of image {}", (wrong - a.float_logits.begin()) / a.classes),
          "weights whose network computes finite numbers");
    return a;
  }

 private:
  std::string path_;
  ModelFormat format_;
  std::unique_ptr<IntModel> int8_;  // one of the three
  std::unique_ptr<FoldedModel> float_;
  std::unique_ptr<Teacher> teacher_;
};

int run(const Verb& verb, const std::vector<std::string>& args) {
  po::options_description options("Options");
  const auto text = [] { return po::value<std::string>(); };
  options.add_options()("model", text()->required(),
                        "integer model (format psaflow.int8/1) or float checkpoint (psaflow.float/1), a safetensors "
                        "file")("data", text()->required(),
                                "folder of the CIFAR-10 .bin files (sw/data/samples holds 256 test images)")(
      "split", text()->default_value("test"), "test or train")(
      "limit", text(), "only the first N images, N >= 1 (a larger N than there are means all)")(
      "threads", text()->default_value("0"), "worker threads, 0: one a core")(
      "confusion", "print how many images of each class are taken for which")(
      "classes", text(), "write the predicted classes here, a uint8 [images] NumPy array")(
      "logits", text(),
      "write the logits here, an int8 (of a float checkpoint: float32) [images, classes] NumPy array")(
      "json", text(), "write images, correct, accuracy (a fraction, 0..1), classes, confusion, seconds, ... here");
  po::variables_map values;
  if (!parse_options(verb, args, options, {}, values)) return 0;
  const Split split = split_option(values["split"].as<std::string>());
  const int64_t limit = values.count("limit") == 0 ? 0 : int_option(values, "limit", 1, 1'000'000'000);
  const auto threads = static_cast<int>(int_option(values, "threads", 0, 1024));
  const std::string classes_path = output_option(values, "classes"), logits_path = output_option(values, "logits"),
                    json_path = output_option(values, "json");
  const auto model_path = values["model"].as<std::string>(), dir = values["data"].as<std::string>();
  distinct_files(values, {"model", "classes", "logits", "json"}, cifar10_paths(dir, split));

  const Network network(model_path);
  const Dataset data = load_cifar10(dir, split, static_cast<size_t>(limit));
  const Answered answered = network.answer(data, threads);
  const Confusion confusion = confusion_of(answered.given, data, answered.classes);
  const Score all = score_of(confusion);
  const double rate = answered.seconds > 0 ? static_cast<double>(all.images) / answered.seconds : 0;

  say("model      {}\nformat     {}\nimages     {}\ncorrect    {}\naccuracy   {:.2f} %\n", model_path,
      format_name(network.format()), all.images, all.correct, 100 * all.accuracy());
  say("time       {:.3f} s, {:.0f} images/s\n", answered.seconds, rate);
  print_class_accuracies(confusion);
  if (values.count("confusion") != 0) print_confusion(confusion);
  const std::vector<size_t> shape = {data.count(), static_cast<size_t>(answered.classes)};
  if (!classes_path.empty()) save_npy(classes_path, answered.given.data(), {data.count()});
  if (!logits_path.empty() && network.format() == ModelFormat::kInt8)
    save_npy(logits_path, answered.int8_logits.data(), shape);
  if (!logits_path.empty() && network.format() != ModelFormat::kInt8)
    save_npy(logits_path, answered.float_logits.data(), shape);
  if (!json_path.empty()) {
    nlohmann::ordered_json json = {
        {"model", model_path}, {"format", format_name(network.format())}, {"split", values["split"].as<std::string>()}};
    add_scores(confusion, json);
    json["seconds"] = answered.seconds;
    json["images_per_second"] = rate;
    write_file_atomic(json_path, json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  }
  return 0;
}

}  // namespace

const Verb kEvalVerb = {"eval", "run a network, integer or float, on CIFAR-10 and report its accuracy",
                        "psaflow eval --model sw/zoo/psa-h96/model.safetensors --data sw/data/samples", run};

}  // namespace psaflow
