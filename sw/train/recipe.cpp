#include "sw/train/recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "sw/base/file.h"
#include "sw/io/yaml_reader.h"

namespace psaflow {
namespace {

constexpr int kMaxDimension = 4096;

void read_network(const YamlMap& map, NetConfig& net) {
  ModelConfig& m = net.model;
  m.mean = {0.4914, 0.4822, 0.4465};  // of CIFAR-10's training split
  m.std = {0.2470, 0.2435, 0.2616};
  const std::string activation = map.choice("activation", {"psa", "bspline", "relu", "gelu"});
  m.activation = activation == "psa"       ? Activation::kPsa
                 : activation == "bspline" ? Activation::kBspline
                 : activation == "gelu"    ? Activation::kFixed
                                           : Activation::kRelu;
  m.patch = static_cast<int>(map.integer("patch", 1, 32, m.patch));
  if (m.image_height % m.patch != 0)
    map.fail("patch", std::to_string(m.patch), "a divisor of the image's 32: 1, 2, 4, 8, 16, 32");
  m.embed = static_cast<int>(map.integer("embed", 1, kMaxDimension, m.embed));
  m.hidden = static_cast<int>(map.integer("hidden", 1, kMaxDimension, m.hidden));
  m.blocks = static_cast<int>(map.integer("blocks", 1, 64, m.blocks));
  net.exact_psa = map.choice("psa", {"lerp", "exact"}, "lerp") == "exact";
  net.experts = static_cast<int>(map.integer("experts", 1, 64, net.experts));
  net.grid_points = static_cast<int>(map.integer("grid_points", 2, 4096, net.grid_points));
  net.grid_range = map.number("grid_range", 1e-3, 1e3, net.grid_range);
  net.layer_scale = map.number("layer_scale", 1e-6, 10, net.layer_scale);
  net.tv2_weight = map.number("tv2_weight", 0, 1, net.tv2_weight);
}

void read_augmentation(const YamlMap& map, Augmentation& a) {
  a.crop_pad = static_cast<int>(map.integer("crop_pad", 0, 16, a.crop_pad));
  a.flip = map.boolean("flip", true);
  a.cutout = static_cast<int>(map.integer("cutout", 0, 32, a.cutout));
  a.random_operations = static_cast<int>(map.integer("random_operations", 0, 16, a.random_operations));
  a.random_magnitude = map.number("random_magnitude", 0, 1, a.random_magnitude);
  a.mixup = map.number("mixup", 0, 1, a.mixup);
  const double rest = std::round((1 - a.mixup) * 1e9) / 1e9;  // 1 - 0.9 is a little less than 0.1
  a.cutmix = map.number("cutmix", 0, rest, a.cutmix);
}

void read_distillation(const YamlMap& map, Distillation& d) {
  d.teacher = map.text("teacher");
  d.weight = map.number("weight", 0, 1, d.weight);
  d.temperature = map.number("temperature", 0.1, 100, d.temperature);
  d.views = static_cast<int>(map.integer("views", 1, 10000, d.views));
}

}  // namespace

Recipe parse_recipe(const std::string& yaml, const std::string& file) {
  const YamlNode root = parse_yaml(yaml, file);
  const YamlMap map(root, file, "",
                    {"name", "network", "augmentation", "distillation", "epochs", "batch_size", "shard_size",
                     "optimizer", "learning_rate", "final_learning_rate", "muon_learning_rate", "schedule",
                     "decay_fraction", "warmup_epochs", "ema", "weight_decay", "label_smoothing", "holdout", "seed"});
  Recipe r;
  r.name = map.text("name");
  read_network(map.map("network", {"activation", "patch", "embed", "hidden", "blocks", "psa", "experts", "grid_points",
                                   "grid_range", "layer_scale", "tv2_weight"}),
               r.net);
  if (map.has("augmentation")) {
    read_augmentation(map.map("augmentation", {"crop_pad", "flip", "cutout", "random_operations", "random_magnitude",
                                               "mixup", "cutmix"}),
                      r.augmentation);
  }
  if (map.has("distillation")) {
    read_distillation(map.map("distillation", {"teacher", "weight", "temperature", "views"}), r.distillation);
  }
  r.epochs = static_cast<int>(map.integer("epochs", 1, 100000, r.epochs));
  r.batch_size = static_cast<int>(map.integer("batch_size", 1, 4096, r.batch_size));
  r.shard_size = static_cast<int>(map.integer("shard_size", 1, 4096, r.shard_size));
  if (r.batch_size % r.shard_size != 0) {
    map.fail("shard_size", std::to_string(r.shard_size), fmt::format("a divisor of batch_size = {}", r.batch_size));
  }
  r.optimizer =
      map.choice("optimizer", {"adamw", "muon"}, "adamw") == "muon" ? OptimizerKind::kMuon : OptimizerKind::kAdamW;
  r.learning_rate = map.number("learning_rate", 1e-8, 1, r.learning_rate);
  r.final_learning_rate = map.number("final_learning_rate", 0, 1, r.final_learning_rate);
  r.muon_learning_rate = map.number("muon_learning_rate", 1e-8, 10, r.muon_learning_rate);
  r.schedule = map.choice("schedule", {"cosine", "trapezoid"}, "cosine") == "trapezoid" ? Schedule::kTrapezoid
                                                                                        : Schedule::kCosine;
  r.decay_fraction = map.number("decay_fraction", 0, 1, r.decay_fraction);
  r.ema = map.number("ema", 0, 0.999999, r.ema);
  r.warmup_epochs = map.number("warmup_epochs", 0, 1000, r.warmup_epochs);
  r.weight_decay = map.number("weight_decay", 0, 10, r.weight_decay);
  r.label_smoothing = map.number("label_smoothing", 0, 0.99, r.label_smoothing);
  r.holdout = static_cast<int>(map.integer("holdout", 0, 49999, r.holdout));
  r.seed = static_cast<uint64_t>(map.integer("seed", 0, INT64_MAX, static_cast<int64_t>(r.seed)));
  return r;
}

Recipe load_recipe(const std::string& path) {
  const std::vector<char> bytes = read_file(path, 1 << 20);
  Recipe recipe = parse_recipe({bytes.begin(), bytes.end()}, path);
  std::string& teacher = recipe.distillation.teacher;
  if (!teacher.empty()) teacher = (std::filesystem::path(path).parent_path() / teacher).lexically_normal().string();
  return recipe;
}

std::string to_yaml(const Recipe& r) {
  const ModelConfig& m = r.net.model;
  const Augmentation& a = r.augmentation;
  std::string text = fmt::format(
      "name: {}\n"
      "network:\n"
      "  activation: {}\n  patch: {}\n  embed: {}\n  hidden: {}\n  blocks: {}\n"
      "  psa: {}\n  experts: {}\n  grid_points: {}\n  grid_range: {}\n  layer_scale: {}\n  tv2_weight: {}\n",
      yaml_scalar(r.name), r.net.activation_name(), m.patch, m.embed, m.hidden, m.blocks,
      r.net.exact_psa ? "exact" : "lerp", r.net.experts, r.net.grid_points, r.net.grid_range, r.net.layer_scale,
      r.net.tv2_weight);
  text += fmt::format(
      "augmentation: {{crop_pad: {}, flip: {}, cutout: {}, random_operations: {}, random_magnitude: {}, mixup: {}, "
      "cutmix: {}}}\n",
      a.crop_pad, a.flip, a.cutout, a.random_operations, a.random_magnitude, a.mixup, a.cutmix);
  if (!r.distillation.teacher.empty()) {
    const Distillation& d = r.distillation;
    text += fmt::format("distillation: {{teacher: {}, weight: {}, temperature: {}, views: {}}}\n",
                        yaml_scalar(d.teacher), d.weight, d.temperature, d.views);
  }
  return text + fmt::format(
                    "epochs: {}\nbatch_size: {}\nshard_size: {}\noptimizer: {}\nlearning_rate: {}\n"
                    "final_learning_rate: {}\nmuon_learning_rate: {}\nschedule: {}\ndecay_fraction: {}\n"
                    "warmup_epochs: {}\nema: {}\nweight_decay: {}\nlabel_smoothing: {}\nholdout: {}\nseed: {}\n",
                    r.epochs, r.batch_size, r.shard_size, r.optimizer == OptimizerKind::kMuon ? "muon" : "adamw",
                    r.learning_rate, r.final_learning_rate, r.muon_learning_rate,
                    r.schedule == Schedule::kTrapezoid ? "trapezoid" : "cosine", r.decay_fraction, r.warmup_epochs,
                    r.ema, r.weight_decay, r.label_smoothing, r.holdout, r.seed);
}

int decay_start(const Recipe& r) {
  return r.epochs - static_cast<int>(std::lround(r.decay_fraction * r.epochs));
}

double schedule_shape(const Recipe& r, int64_t step, int64_t steps_per_epoch) {
  const auto part = [&](double first, double last) {  // of the way from epoch `first` to epoch `last`
    const double from = std::round(first * static_cast<double>(steps_per_epoch)),
                 to = std::round(last * static_cast<double>(steps_per_epoch));
    return std::clamp((static_cast<double>(step) - from) / std::max(1.0, to - from), 0.0, 1.0);
  };
  const auto warmup = std::llround(r.warmup_epochs * static_cast<double>(steps_per_epoch));
  if (step < warmup) return static_cast<double>(step + 1) / static_cast<double>(warmup);
  if (r.schedule == Schedule::kCosine) {
    constexpr double kPi = 3.14159265358979323846;
    return 0.5 * (1 + std::cos(kPi * part(r.warmup_epochs, r.epochs)));
  }
  return 1 - std::sqrt(part(decay_start(r), r.epochs));  // Haegele et al. 2024: better than linear
}

bool may_continue(const Recipe& was, const Recipe& now, int epochs_done) {
  Recipe prolonged = was;
  prolonged.epochs = now.epochs;
  prolonged.decay_fraction = now.decay_fraction;
  if (to_yaml(prolonged) != to_yaml(now)) return false;
  return to_yaml(was) == to_yaml(now) ||
         (was.schedule == Schedule::kTrapezoid && epochs_done <= decay_start(was) && epochs_done <= decay_start(now));
}

}  // namespace psaflow
