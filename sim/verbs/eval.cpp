// psaflow eval: a network, integer or float, on a CIFAR-10 split or images of one's own: its accuracy, its answers.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "sim/data_options.h"
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

// What a network says of some images: its logits [images, classes] as it has them, and the highest of each row.
struct Answered {
  int classes = 0;
  std::vector<int8_t> int8_logits;  // an integer model's,
  std::vector<float> float_logits;  // or a float network's
  std::vector<int32_t> given;       // the class of each image, the lowest on a tie
  double seconds = 0;
};

// Loads the network before the images, so that what is wrong with it is told at once; `data` loads them.
class Network {
 public:
  explicit Network(const std::string& path) : path_(path), format_(model_format(path)) {
    switch (format_) {
      case ModelFormat::kInt8:
        int8_ = std::make_unique<IntModel>(load_int_model(path));
        return;
      case ModelFormat::kFloat:
        float_ = std::make_unique<FoldedModel>(fold(published(load_checkpoint(path))));
        return;
      case ModelFormat::kFloatTeacher:
        teacher_ = std::make_unique<Teacher>(Teacher::load(path));
        return;
    }
  }

  ModelFormat format() const { return format_; }

  ImageSet images(const ImageSource& source) const {
    if (int8_) return load_images(source, int8_->config, int8_->config.classes);
    return load_images(source, float_ ? float_->config : ModelConfig{},
                       float_ ? float_->config.classes : teacher_->classes());
  }

  Answered answer(const ImageSet& data, int threads) const {
    Answered a;
    ThreadPool pool(threads);
    Progress progress("eval", data.count, "images");
    const auto advance = [&progress](size_t n) { progress.advance(n); };
    const auto start = std::chrono::steady_clock::now();
    if (int8_) {
      a.classes = int8_->config.classes;
      a.int8_logits.resize(data.count * static_cast<size_t>(a.classes));
      const Evaluator evaluator(*int8_, threads);
      evaluator.logits(data.images.data(), data.count, a.int8_logits.data(), advance);
    } else if (float_) {
      a.classes = float_->config.classes;
      Dataset images;
      images.channels = data.channels;
      images.height = data.height;
      images.width = data.width;
      images.images = data.images;
      images.labels.resize(data.count);  // not looked at
      a.float_logits = float_logits(*float_, images, 0, data.count, pool, advance);
    } else {
      a.classes = teacher_->classes();
      a.float_logits.resize(data.count * static_cast<size_t>(a.classes));
      constexpr size_t kImages = 512;  // between two steps of the progress line
      for (size_t first = 0; first < data.count; first += kImages) {
        const size_t count = std::min(kImages, data.count - first);
        teacher_->logits(data.image(first), count, a.float_logits.data() + first * static_cast<size_t>(a.classes),
                         pool);
        advance(count);
      }
    }
    a.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const auto highest = [&](const auto& logits) {
      for (auto row = logits.begin(); row != logits.end(); row += a.classes)
        a.given.push_back(static_cast<int32_t>(std::max_element(row, row + a.classes) - row));
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

// Of --data the --split, of either the first --limit.
ImageSource image_source(const po::variables_map& values, const std::string& verb) {
  ImageSource source = data_source(values, verb, Labels::kWanted);
  if (source.is_own()) without_effect(values, "split", "--images", "--data beside it");
  source.test_split = values.count("split") == 0 || split_option(values["split"].as<std::string>()) == Split::kTest;
  if (values.count("limit") != 0) source.limit = static_cast<size_t>(int_option(values, "limit", 1, 1'000'000'000));
  if (source.is_own() && source.labels_path.empty())
    without_effect(values, "confusion", "images without labels", "--labels beside it");
  return source;
}

// A byte an image where that holds the classes.
void save_classes(const std::string& path, const Answered& answered) {
  constexpr int kBytes = 256;
  if (answered.classes > kBytes) return save_npy(path, answered.given.data(), {answered.given.size()});
  const std::vector<uint8_t> bytes(answered.given.begin(), answered.given.end());
  save_npy(path, bytes.data(), {bytes.size()});
}

int run(const Verb& verb, const std::vector<std::string>& args) {
  po::options_description options("Options");
  const auto text = [] { return po::value<std::string>(); };
  options.add_options()("model", text()->required(),
                        "integer model (format psaflow.int8/1) or float checkpoint (psaflow.float/1), a safetensors "
                        "file");
  add_data_options(options,
                   "data folder: CIFAR-10's .bin files (sw/data/samples holds 256 test images) or images of one's own "
                   "(sw/data/README.md)",
                   "as the model takes them; without --labels no accuracy is told");
  options.add_options()("split", text(), "of --data: test (default) or train")(
      "limit", text(), "only the first N images, N >= 1 (a larger N than there are means all)")(
      "threads", text()->default_value("0"), "worker threads, 0: one a core")(
      "confusion", "print how many images of each class are taken for which")(
      "classes", text(), "write the predicted classes here, a uint8 [images] NumPy array")(
      "logits", text(),
      "write the logits here, an int8 (of a float checkpoint: float32) [images, classes] NumPy array")(
      "json", text(), "write images, correct, accuracy (a fraction, 0..1), classes, confusion, seconds, ... here");
  po::variables_map values;
  if (!parse_options(verb, args, options, {}, values)) return 0;
  const ImageSource source = image_source(values, verb.name);
  const auto threads = static_cast<int>(int_option(values, "threads", 0, 1024));
  const std::string classes_path = output_option(values, "classes"), logits_path = output_option(values, "logits"),
                    json_path = output_option(values, "json");
  const auto model_path = values["model"].as<std::string>();
  distinct_files(values, {"model", "classes", "logits", "json"}, source.paths());

  const Network network(model_path);
  const ImageSet data = network.images(source);
  const Answered answered = network.answer(data, threads);
  std::optional<Confusion> confusion;  // none without labels
  if (!data.labels.empty()) confusion = confusion_of(answered.given, data, source.is_cifar10(), answered.classes);
  const double rate = answered.seconds > 0 ? static_cast<double>(data.count) / answered.seconds : 0;

  say("model      {}\nformat     {}\nimages     {}\n", model_path, format_name(network.format()), data.count);
  if (confusion) {
    const Score all = score_of(*confusion);
    say("correct    {}\naccuracy   {:.2f} %\n", all.correct, 100 * all.accuracy());
  }
  say("time       {:.3f} s, {:.0f} images/s\n", answered.seconds, rate);
  if (confusion) print_class_accuracies(*confusion);
  if (values.count("confusion") != 0) print_confusion(*confusion);
  const std::vector<size_t> shape = {data.count, static_cast<size_t>(answered.classes)};
  if (!classes_path.empty()) save_classes(classes_path, answered);
  if (!logits_path.empty() && network.format() == ModelFormat::kInt8)
    save_npy(logits_path, answered.int8_logits.data(), shape);
  if (!logits_path.empty() && network.format() != ModelFormat::kInt8)
    save_npy(logits_path, answered.float_logits.data(), shape);
  if (!json_path.empty()) {
    nlohmann::ordered_json json = {
        {"model", model_path},
        {"format", format_name(network.format())},
        {"split", source.is_own() ? nlohmann::json() : nlohmann::json(source.test_split ? "test" : "train")}};
    if (confusion) {
      add_scores(*confusion, json);
    } else {
      json["images"] = data.count;
      json["correct"] = json["accuracy"] = nullptr;
    }
    json["seconds"] = answered.seconds;
    json["images_per_second"] = rate;
    write_file_atomic(json_path, json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  }
  return 0;
}

}  // namespace

const Verb kEvalVerb = {"eval", "run a network, integer or float, on images and report its accuracy",
                        "psaflow eval --model sw/zoo/psa-h96/model.safetensors --data sw/data/samples", run};

}  // namespace psaflow
