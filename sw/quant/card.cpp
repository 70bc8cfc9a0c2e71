#include "sw/quant/card.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "sw/quant/classes.h"

namespace psaflow {

nlohmann::ordered_json to_json(const Scores& s) {
  if (s.images == 0) return {{"images", 0}};
  nlohmann::ordered_json json{{"images", s.images}, {"float_accuracy", s.float_accuracy}};
  if (s.post_training_accuracy >= 0) json["post_training_accuracy"] = s.post_training_accuracy;
  json["int8_accuracy"] = s.int8_accuracy;
  if (s.same_class >= 0) json["same_class"] = s.same_class;
  return json;
}

std::string card_json(const Checkpoint& checkpoint, const IntModel& model, const QuantizeOptions& options,
                      const Scores& holdout, const Scores& test, const FinetuneNote* finetune) {
  using Json = nlohmann::ordered_json;
  const Recipe& r = checkpoint.recipe;
  Json card;
  card["name"] = r.name;
  card["activation"] = r.net.activation_name();
  card["hidden"] = r.net.model.hidden;
  card["seed"] = r.seed;
  card["epochs"] = checkpoint.epochs_done;
  card["train_seconds"] = checkpoint.train_seconds;
  if (!r.distillation.teacher.empty()) {  // the folder that a teacher lies in bears its name
    card["distilled_from"] = std::filesystem::path(r.distillation.teacher).parent_path().filename().string();
  }
  card["train_command"] = fmt::format("psaflow train sw/zoo/{0}/recipe.yaml --data data --out runs/{0}", r.name);
  const std::string common = fmt::format("--table-log2 {1} --calibration-images {2} --card sw/zoo/{0}/card.json --test",
                                         r.name, options.table_log2, options.calibration_images);
  if (finetune == nullptr) {
    card["quantize_command"] =
        fmt::format("psaflow quantize runs/{0}/float.safetensors --data data --out sw/zoo/{0}/model.safetensors {1}",
                    r.name, common);
  } else {
    card["finetune_command"] = fmt::format(
        "psaflow finetune runs/{0}/float.safetensors --data data --out runs/{0}-int8 --epochs {1} --learning-rate {2} "
        "--range-rate {3} --float-weight {4} --images {5} {6}",
        r.name, finetune->epochs, finetune->learning_rate, finetune->range_rate, finetune->float_weight,
        finetune->images, common);
    card["qat_epochs"] = finetune->epochs;
    card["qat_seconds"] = finetune->seconds;
  }
  card["int8_parameters"] = count_parameters(model.network);
  card["macs_per_image"] = count_macs(model.network);
  card["table_log2"] = options.table_log2;
  card["calibration_images"] = options.calibration_images;
  card["table_points"] = model.config.has_tables() ? table_points(options.table_log2) : 0;
  card["holdout"] = to_json(holdout);
  if (test.images > 0) card["test"] = to_json(test);
  card["recipe"] = to_yaml(r);
  return card.dump(2) + "\n";
}

double evaluate_int8(const IntModel& model, const Dataset& data, size_t first, size_t count) {
  return accuracy(int8_classes(model, data, first, count), data, first);
}

}  // namespace psaflow
