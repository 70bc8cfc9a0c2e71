#include "sw/quant/card.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sw/golden/evaluator.h"
#include "sw/golden/reference.h"

namespace psaflow {

std::string card_json(const Checkpoint& checkpoint, const IntModel& model, const QuantizeOptions& options,
                      const Scores& holdout, const Scores& test) {
  using Json = nlohmann::ordered_json;
  const Recipe& r = checkpoint.recipe;
  const auto scores = [](const Scores& s) {
    return Json{{"images", s.images}, {"float_accuracy", s.float_accuracy}, {"int8_accuracy", s.int8_accuracy}};
  };
  Json card;
  card["name"] = r.name;
  card["activation"] = to_string(r.net.model.activation);
  card["hidden"] = r.net.model.hidden;
  card["seed"] = r.seed;
  card["epochs"] = checkpoint.epochs_done;
  card["train_seconds"] = checkpoint.train_seconds;
  card["train_command"] = fmt::format("psaflow train sw/zoo/{0}/recipe.yaml --data data --out runs/{0}", r.name);
  card["quantize_command"] = fmt::format(
      "psaflow quantize runs/{0}/float.safetensors --data data --out sw/zoo/{0}/model.safetensors --table-log2 {1} "
      "--calibration-images {2} --card sw/zoo/{0}/card.json --test",
      r.name, options.table_log2, options.calibration_images);
  card["int8_parameters"] = count_parameters(model);
  card["macs_per_image"] = count_macs(model);
  card["table_log2"] = options.table_log2;
  card["calibration_images"] = options.calibration_images;
  card["table_points"] =
      model.config.has_tables() ? (options.table_log2 == 8 ? 256 : (1 << options.table_log2) + 1) : 0;
  card["holdout"] = scores(holdout);
  if (test.images > 0) card["test"] = scores(test);
  card["recipe"] = to_yaml(r);
  return card.dump(2) + "\n";
}

double evaluate_int8(const IntModel& model, const Dataset& data, size_t first, size_t count) {
  const int classes = model.config.classes;
  std::vector<int8_t> logits(count * classes);
  Evaluator(model).logits(data.image(first), count, logits.data());
  size_t correct = 0;
  for (size_t i = 0; i < count; ++i)
    correct += argmax(logits.data() + i * classes, classes) == data.labels[first + i] ? 1 : 0;
  return count == 0 ? 0 : static_cast<double>(correct) / static_cast<double>(count);
}

}  // namespace psaflow
