// psaflow quantize: a float checkpoint to the integer model of the contract, with the accuracy of both side by side.
#include <fmt/format.h>

#include "sim/verb.h"
#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/quant/card.h"
#include "sw/quant/quantize.h"
#include "sw/train/trainer.h"

namespace psaflow {
namespace {

namespace po = boost::program_options;

Scores score(const Checkpoint& checkpoint, const IntModel& model, const Dataset& data, size_t first, ThreadPool& pool) {
  const size_t count = data.count() - first;
  return {evaluate_float(checkpoint, data, first, count, pool), evaluate_int8(model, data, first, count), count};
}

void print(const char* label, const Scores& s) {
  fmt::print("{:<9} {:6} images  float {:6.2f} %  INT8 {:6.2f} %  difference {:+.2f} points\n", label, s.images,
             100 * s.float_accuracy, 100 * s.int8_accuracy, 100 * (s.int8_accuracy - s.float_accuracy));
}

int run(const Verb& verb, const std::vector<std::string>& args) {
  po::options_description options("Options");
  options.add_options()("checkpoint", po::value<std::string>()->required(),
                        "float checkpoint (format psaflow.float/1)")(
      "data", po::value<std::string>()->required(),
      "folder of the CIFAR-10 .bin files: the training split calibrates and is held out, see --test")(
      "out", po::value<std::string>()->required(), "integer model to write (format psaflow.int8/1)")(
      "table-log2", po::value<std::string>()->default_value("8"),
      "8: direct tables of 256 points; k in 1..7: interpolated tables of 2^k + 1 points")(
      "calibration-images", po::value<std::string>()->default_value("512"),
      "training images that ranges are taken from")("card", po::value<std::string>(),
                                                    "write the model card (JSON) here")(
      "test", "measure on the test split too: once, for a model to be published");
  po::variables_map values;
  if (!parse_options(verb, args, options, {"checkpoint"}, values)) return 0;
  QuantizeOptions quantization;
  quantization.table_log2 = static_cast<int>(int_option(values, "table-log2", 1, 8));
  quantization.calibration_images = static_cast<int>(int_option(values, "calibration-images", 1, 50000));
  const std::string out = output_option(values, "out"), card = output_option(values, "card");
  const Checkpoint checkpoint = load_checkpoint(values["checkpoint"].as<std::string>());
  const Dataset train = load_cifar10(values["data"].as<std::string>(), Split::kTrain);
  const auto holdout = static_cast<size_t>(checkpoint.recipe.holdout);
  if (holdout >= train.count()) {
    throw UserError(values["data"].as<std::string>(), "training split", fmt::format("{} images", train.count()),
                    fmt::format("more than the recipe's holdout of {}", holdout));
  }
  if (static_cast<size_t>(quantization.calibration_images) > train.count() - holdout) {
    throw UserError("", "--calibration-images", std::to_string(quantization.calibration_images),
                    fmt::format("1..{}: the held-out images choose nothing", train.count() - holdout));
  }
  ThreadPool pool;
  const FoldedModel folded = fold(checkpoint);
  const IntModel model = quantize(folded, train, quantization, pool);
  const Scores held_out = score(checkpoint, model, train, train.count() - holdout, pool);
  Scores test;
  if (holdout > 0) print("held out", held_out);
  if (values.count("test") != 0) {
    test = score(checkpoint, model, load_cifar10(values["data"].as<std::string>(), Split::kTest), 0, pool);
    print("test", test);
  }
  save_int_model(model, out);
  fmt::print("wrote {}: {} parameters, {:.2f} M MACs an image\n", out, count_parameters(model),
             static_cast<double>(count_macs(model)) / 1e6);
  if (!card.empty()) write_file_atomic(card, card_json(checkpoint, model, quantization, held_out, test));
  return 0;
}

}  // namespace

const Verb kQuantizeVerb = {
    "quantize", "turn a float checkpoint into the integer model, every learned function into a table",
    "psaflow quantize runs/psa-h96/float.safetensors --data data --out runs/psa-h96/model.safetensors", run};

}  // namespace psaflow
