// The checkpoint of a fine-tuning run: everything that it goes on from.
#include <fmt/format.h>

#include <cmath>

#include "sw/base/error.h"
#include "sw/qat/finetune.h"
#include "sw/qat/parameters.h"

namespace psaflow {
namespace {

const char* const kFormat = "psaflow.qat/1";

struct Layouts {
  ParameterLayout parameters, ranges;
  explicit Layouts(const Recipe& recipe) {
    const FoldedModel shape = fold(Trainer::fresh(recipe));
    parameters = tensor_layout(shape);
    ranges = range_layout(shape_of_ranges(shape));
  }
};

}  // namespace

void save_finetuning(const FinetuneState& s, const std::string& path) {
  const Layouts layouts(s.recipe);
  Safetensors file;
  put_parameters(file, "", layouts.parameters, s.parameters);
  put_parameters(file, "adam.first.", layouts.parameters, s.optimizer.first);
  put_parameters(file, "adam.second.", layouts.parameters, s.optimizer.second);
  put_parameters(file, "", layouts.ranges, s.log2_scales);
  put_parameters(file, "adam.first.", layouts.ranges, s.range_optimizer.first);
  put_parameters(file, "adam.second.", layouts.ranges, s.range_optimizer.second);
  file.metadata = {{"format", kFormat},
                   {"config", config_to_json(s.recipe.net.model)},
                   {"recipe", to_yaml(s.recipe)},
                   {"source_sha256", s.source},
                   {"float_epochs", std::to_string(s.float_epochs)},
                   {"epochs", std::to_string(s.options.epochs)},
                   {"learning_rate", fmt::format("{}", s.options.learning_rate)},
                   {"range_rate", fmt::format("{}", s.options.range_rate)},
                   {"table_log2", std::to_string(s.options.table_log2)},
                   {"calibration_images", std::to_string(s.options.calibration_images)},
                   {"float_weight", fmt::format("{}", s.options.float_weight)},
                   {"images", std::to_string(s.options.images)},
                   {"optimizer_steps", std::to_string(s.optimizer.steps)}};
  put_progress(file, s);
  file.save(path);
}

FinetuneState load_finetuning(const std::string& path) {
  return parse_finetuning(Safetensors::load(path));
}

FinetuneState parse_finetuning(const Safetensors& file) {
  const auto text = [&](const char* key) -> const std::string& { return required_metadata(file, key); };
  const auto number = [&](const char* key, double high) { return number_metadata(file, key, high); };
  const auto integer = [&](const char* key, int64_t high) { return integer_metadata(file, key, high); };
  expect_metadata(file, "format", kFormat);
  FinetuneState s;
  s.recipe = parse_recipe(text("recipe"), file.file() + " (recipe)");
  expect_config(file, s.recipe.net.model);
  s.source = text("source_sha256");
  s.float_epochs = static_cast<int>(integer("float_epochs", 1'000'000'000));
  s.options.epochs = static_cast<int>(integer("epochs", 1'000'000));
  s.options.learning_rate = number("learning_rate", 1);
  s.options.range_rate = number("range_rate", 1e6);
  s.options.table_log2 = static_cast<int>(integer("table_log2", 8));
  s.options.calibration_images = static_cast<int>(integer("calibration_images", 1'000'000'000));
  s.options.float_weight = number("float_weight", 1);
  s.options.images = integer("images", 1'000'000'000);
  static_cast<TrainingProgress&>(s) = get_progress(file, s.options.epochs);
  if (s.options.table_log2 < 1) throw UserError(file.file(), "__metadata__.table_log2", text("table_log2"), "1..8");
  // A recipe that promises giants fails here, before memory is taken for them.
  const ModelConfig& m = s.recipe.net.model;
  file.expect("embed.weight", "F32", {m.embed, m.features()});
  for (int b = 0; b < m.blocks; ++b) {
    file.expect(block_layer(b, "token.mix.weight"), "F32", {m.tokens(), m.tokens()});
    file.expect(block_layer(b, "channel.fc1.weight"), "F32", {m.hidden, m.embed});
  }
  const Layouts layouts(s.recipe);
  ParameterReader tensors(file);
  s.parameters = tensors.read("", layouts.parameters);
  s.log2_scales = tensors.read("", layouts.ranges);
  s.optimizer.first = tensors.read("adam.first.", layouts.parameters);
  s.optimizer.second = tensors.read("adam.second.", layouts.parameters, "");
  s.range_optimizer.first = tensors.read("adam.first.", layouts.ranges);
  s.range_optimizer.second = tensors.read("adam.second.", layouts.ranges, "");
  s.optimizer.steps = s.range_optimizer.steps = integer("optimizer_steps", 1'000'000'000'000'000);
  tensors.expect_no_others();
  return s;
}

}  // namespace psaflow
