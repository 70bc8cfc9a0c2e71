#include "sw/train/checkpoint.h"

#include "sw/base/error.h"

namespace psaflow {

bool decay_begins(const Checkpoint& c) {
  return c.recipe.schedule == Schedule::kTrapezoid && c.epochs_done == decay_start(c.recipe);
}

Checkpoint published(const Checkpoint& checkpoint) {
  Checkpoint p = checkpoint;
  if (!p.average.empty()) {
    p.parameters = std::move(p.average);
    p.statistics = std::move(p.average_statistics);
    p.average.clear();
    p.average_statistics.clear();
  }
  p.optimizer.first.clear();
  p.optimizer.second.clear();
  return p;
}

void save_checkpoint(const Checkpoint& c, const std::string& path) {
  const ResMlp<float> net(c.recipe.net);
  Safetensors file;
  put_parameters(file, "", net.parameters(), c.parameters);
  put_parameters(file, "", net.statistics(), c.statistics);
  if (!c.optimizer.first.empty()) {
    put_parameters(file, "adam.first.", net.parameters(), c.optimizer.first);
    put_parameters(file, "adam.second.", net.parameters(), c.optimizer.second);
  }
  if (!c.average.empty()) {
    put_parameters(file, "average.", net.parameters(), c.average);
    put_parameters(file, "average.", net.statistics(), c.average_statistics);
  }
  file.metadata = {{"format", kFloatFormat},
                   {"config", config_to_json(c.recipe.net.model)},
                   {"recipe", to_yaml(c.recipe)},
                   {"optimizer_steps", std::to_string(c.optimizer.steps)}};
  put_progress(file, c);
  if (!c.teacher_sha256.empty()) file.metadata["teacher_sha256"] = c.teacher_sha256;
  if (!c.block_teacher_sha256.empty()) file.metadata["block_teacher_sha256"] = c.block_teacher_sha256;
  if (!c.warm_start_sha256.empty()) file.metadata["warm_start_sha256"] = c.warm_start_sha256;
  file.save(path);
}

Checkpoint parse_checkpoint(const Safetensors& file) {
  expect_metadata(file, "format", kFloatFormat);
  if (file.metadata.count("architecture") != 0)
    throw UserError(file.file(), "__metadata__.architecture", "'" + file.metadata.at("architecture") + "'",
                    "a ResMLP, whose checkpoints name none");
  Checkpoint c;
  c.recipe = parse_recipe(required_metadata(file, "recipe"), file.file() + " (recipe)");
  if (c.recipe.net.model.mean.empty())
    throw UserError(file.file(), "recipe.network.mean", "no such key", "the mean and std of every channel");
  expect_config(file, c.recipe.net.model);
  static_cast<TrainingProgress&>(c) = get_progress(file, total_epochs(c.recipe));
  c.teacher_sha256 = sha256_metadata(file, "teacher_sha256");
  c.block_teacher_sha256 = sha256_metadata(file, "block_teacher_sha256");
  c.warm_start_sha256 = sha256_metadata(file, "warm_start_sha256");
  const ResMlp<float> net(c.recipe.net);
  ParameterReader tensors(file);
  c.parameters = tensors.read("", net.parameters());
  c.statistics = tensors.statistics("", net.statistics());
  c.optimizer.steps = integer_metadata(file, "optimizer_steps", 1'000'000'000'000'000);
  if (tensors.has("adam.first." + net.parameters().slices().front().name)) {
    c.optimizer.first = tensors.read("adam.first.", net.parameters());
    c.optimizer.second = tensors.read("adam.second.", net.parameters(), "");
    const bool ordinary = c.epochs_done >= transfer_epochs(c.recipe);
    if (c.recipe.ema > 0 && c.optimizer.steps > 0 && ordinary) {  // averages begin with its first step
      c.average = tensors.read("average.", net.parameters());
      c.average_statistics = tensors.statistics("average.", net.statistics());
    }
  }
  tensors.expect_no_others();
  return c;
}

Checkpoint load_checkpoint(const std::string& path) {
  return parse_checkpoint(Safetensors::load(path));
}

}  // namespace psaflow
