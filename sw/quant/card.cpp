#include "sw/quant/card.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "sw/base/file.h"
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
                      const Scores& holdout, const Scores& test, const std::string& command,
                      const FinetuneNote* finetune) {
  using Json = nlohmann::ordered_json;
  const Recipe& r = checkpoint.recipe;
  Json card;
  card["name"] = r.name;
  card["activation"] = r.net.activation_name();
  card["hidden"] = r.net.model.hidden;
  card["seed"] = r.seed;
  card["epochs"] = checkpoint.epochs_done;
  card["train_seconds"] = checkpoint.train_seconds;
  if (!r.distillation.teacher.empty()) {
    std::error_code error;  // the folder that a teacher lies in bears its name
    card["distilled_from"] = std::filesystem::weakly_canonical(std::filesystem::absolute(r.distillation.teacher), error)
                                 .parent_path()
                                 .filename()
                                 .string();
  }
  if (!checkpoint.command.empty()) card["train_command"] = checkpoint.command;
  card[finetune == nullptr ? "quantize_command" : "finetune_command"] = command;
  if (finetune != nullptr) {
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

std::string earlier_train_command(const std::string& path, const Checkpoint& checkpoint) {
  if (path.empty() || !std::filesystem::is_regular_file(path)) return "";
  constexpr size_t kMaxCardBytes = size_t{1} << 20;
  try {
    const std::vector<char> bytes = read_file(path, kMaxCardBytes);
    const auto card = nlohmann::json::parse(bytes.begin(), bytes.end(), nullptr, false);
    const auto text = [&card](const char* key) {
      return card.is_object() && card.contains(key) && card[key].is_string() ? card[key].get<std::string>() : "";
    };
    return text("recipe") == to_yaml(checkpoint.recipe) && card.value("epochs", -1) == checkpoint.epochs_done
               ? text("train_command")
               : "";
  } catch (const std::exception&) {  // what is no card of ours says nothing
    return "";
  }
}

double evaluate_int8(const IntModel& model, const Dataset& data, size_t first, size_t count) {
  return accuracy(int8_classes(model, data, first, count), data, first);
}

}  // namespace psaflow
