// psaflow quantize: a float checkpoint to the integer model of the contract, with the accuracy of both side by
// side.
#include <fmt/format.h>

#include "sim/command_line.h"
#include "sim/data_options.h"
#include "sim/int8_report.h"
#include "sim/say.h"
#include "sim/verb.h"
#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/data/split.h"
#include "sw/quant/classes.h"

namespace psaflow {
namespace {

namespace po = boost::program_options;

int run(const Verb& verb, const std::vector<std::string>& args) {
  po::options_description options("Options");
  options.add_options()("checkpoint", po::value<std::string>()->required(),
                        "float checkpoint (format psaflow.float/1)");
  add_data_options(
      options,
      "data folder, CIFAR-10's or one's own (sw/data/README.md): the training split calibrates and is held "
      "out, see --test",
      "those that the checkpoint was trained on");
  options.add_options()("out", po::value<std::string>()->required(), "integer model to write (format psaflow.int8/1)")(
      "table-log2", po::value<std::string>()->default_value("8"),
      "8: direct tables of 256 points; k in 1..7: interpolated tables of 2^k + 1 points")(
      "calibration-images", po::value<std::string>()->default_value("512"),
      "training images that ranges are taken from")("card", po::value<std::string>(),
                                                    "write the model card (JSON) here")(
      "compare-tables", "print the held-out accuracy of every table resolution")("json", po::value<std::string>(),
                                                                                 "write the accuracies here")(
      "test", "measure on the test split too: once, for a model to be published")(
      "layers", "compare every layer with the float network's: range, clipped share, signal to noise");
  add_agreement_option(options);
  po::variables_map values;
  if (!parse_options(verb, args, options, {"checkpoint"}, values)) return 0;
  QuantizeOptions quantization;
  quantization.table_log2 = static_cast<int>(int_option(values, "table-log2", 1, 8));
  quantization.calibration_images = static_cast<int>(int_option(values, "calibration-images", 1, 50000));
  const std::string out = output_option(values, "out"), card = output_option(values, "card"),
                    json = output_option(values, "json");
  const ImageSource data = data_source(values, verb.name, Labels::kNeeded);
  check_test_option(values, data);
  distinct_files(values, {"checkpoint", "out", "card", "json"}, data_files(data));
  const bool tables = values.count("compare-tables") != 0;
  const auto source = values["checkpoint"].as<std::string>();
  Checkpoint checkpoint = published(load_checkpoint(source));
  if (checkpoint.command.empty()) checkpoint.command = earlier_train_command(card, checkpoint);
  const bool has_tables = checkpoint.recipe.net.model.has_tables();
  if (!has_tables && quantization.table_log2 != kDirectTables)
    without_effect(values, "table-log2", "a network without learned functions", "none, or 8");
  if (tables && !has_tables)
    throw UserError(source, "--compare-tables", "a network without learned functions", "one with them");
  if (tables && checkpoint.recipe.holdout == 0)
    throw UserError(source, "--compare-tables", "a recipe with holdout 0",
                    "a network with images held out: they compare the tables");
  const ModelConfig& m = checkpoint.recipe.net.model;
  const Dataset train = load_labelled(data, m, m.classes);
  const size_t holdout = checked_holdout(checkpoint.recipe, train, data.place(), quantization.calibration_images);
  ThreadPool pool;
  const auto [folded, ranges, moved] =
      naming(source, [&] { return calibrated(fold(checkpoint), train, quantization.calibration_images, pool); });
  const IntModel model = quantize(folded, ranges, quantization.table_log2);
  if (moved > 0) say("moved the constants of {} channels to where INT8 can hold them\n", moved);
  warn_of_clipping(clipped_constants(folded, ranges, quantization.table_log2));
  nlohmann::ordered_json report = nlohmann::ordered_json::object();
  Agreement agreement;
  agreement.least = min_agreement(values);
  const auto measure = [&, &folded = folded, &ranges = ranges](const char* key, const char* label, const char* of,
                                                               const Dataset& images, size_t first, size_t count) {
    const std::vector<Answers> answers = {{"float", float_classes(folded, images, first, count, pool)},
                                          {"INT8", int8_classes(model, images, first, count)}};
    print_answers(label, answers, images, first);
    const Scores scores = scores_of(answers, images, first);
    report[key] = to_json(scores);
    if (agreement.images == 0) agreement = {scores.same_class, count, of, agreement.least};
    if (tables && &images == &train) report["tables"] = compare_tables(folded, ranges, answers[0], images, first);
    return scores;
  };
  Scores held_out, test;
  const auto calibration = static_cast<size_t>(quantization.calibration_images);
  if (holdout > 0) {
    held_out = measure("holdout", "held out", "held-out", train, train.count() - holdout, holdout);
  } else if (values.count("test") == 0) {
    measure("calibration", "calibration", "calibration", train, 0, calibration);
  }
  if (values.count("test") != 0) {
    const Dataset images = load_split(data.dir, Split::kTest, m, m.classes);
    test = measure("test", "test split", "test", images, 0, images.count());
  }
  const bool wanted = values.count("layers") != 0;
  if (wanted || collapsed(agreement)) {
    const std::vector<LayerNoise> layers = layers_of(folded, ranges, model, train, calibration, pool);
    if (wanted) {
      print_layers(layers);
      report["layers"] = to_json(layers);
    }
    warn_of_collapse(agreement, layers);
  }
  save_int_model(model, out);
  say("wrote {}: {} parameters, {:.2f} M MACs an image\n", values["out"].as<std::string>(),
      count_parameters(model.network), static_cast<double>(count_macs(model.network)) / 1e6);
  if (!json.empty()) write_file_atomic(json, report.dump(2) + "\n");
  if (!card.empty())
    write_file_atomic(card, card_json(checkpoint, model, quantization, held_out, test, command_line(verb.name, args)));
  return agrees_enough(agreement) ? 0 : 1;
}

}  // namespace

const Verb kQuantizeVerb = {
    "quantize", "turn a float checkpoint into the integer model, every learned function into a table",
    "psaflow quantize runs/psa-h96/float.safetensors --data data --out runs/psa-h96/model.safetensors", run};

}  // namespace psaflow
