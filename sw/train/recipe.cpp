#include "sw/train/recipe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "sw/base/file.h"
#include "sw/io/yaml_reader.h"

namespace psaflow {
namespace {

constexpr int kMaxDimension = 4096, kMaxSide = 4096, kMaxImageBytes = 1 << 24;

const std::vector<std::string> kNetworkKeys = {"activation", "image",       "patch",      "embed",   "hidden",
                                               "blocks",     "classes",     "psa",        "experts", "grid_points",
                                               "grid_range", "layer_scale", "tv2_weight", "mean",    "std"};

// Of CIFAR-10's training split.
const std::vector<double> kCifarMean = {0.4914, 0.4822, 0.4465}, kCifarStd = {0.2470, 0.2435, 0.2616};

bool has_cifar_shape(const ModelConfig& m) {
  return m.image_channels == 3 && m.image_height == 32 && m.image_width == 32;
}

// Image, patch and what they are normalised by, as the model file of the contract allows them.
void read_image(const YamlMap& map, NetConfig& net) {
  ModelConfig& m = net.model;
  if (map.has("image")) {
    const std::vector<int> image = map.integers("image", 3, 1, kMaxSide);
    m.image_channels = image[0];
    m.image_height = image[1];
    m.image_width = image[2];
    if (int64_t{image[0]} * image[1] * image[2] > kMaxImageBytes)
      map.fail("image", fmt::format("[{}]", fmt::join(image, ", ")),
               fmt::format("[channels, height, width] of at most {} values together", kMaxImageBytes));
  }
  m.patch = static_cast<int>(map.integer("patch", 1, std::min(m.image_height, m.image_width), m.patch));
  std::string divisors;
  for (int p = 1; p <= std::min(m.image_height, m.image_width); ++p) {
    const int64_t tokens =
        m.image_height % p != 0 || m.image_width % p != 0 ? 0 : int64_t{m.image_height / p} * (m.image_width / p);
    const bool power = tokens > 0 && (tokens & (tokens - 1)) == 0;
    if (power && tokens <= kMaxDimension && int64_t{p} * p * m.image_channels <= kMaxLinearInputs)
      divisors += (divisors.empty() ? "" : ", ") + std::to_string(p);
  }
  const std::string found = std::to_string(m.patch);
  if ((", " + divisors + ",").find(", " + found + ",") == std::string::npos) {
    map.fail("patch", found,
             divisors.empty()
                 ? fmt::format("none: no square divides an image of {} x {} into a number of tokens that is a power of "
                               "two (the pool divides by shifting) and at most {}; another image",
                               m.image_height, m.image_width, kMaxDimension)
                 : fmt::format("a divisor of the image's {} x {} that makes a power of two of tokens, at most {}: {}",
                               m.image_height, m.image_width, kMaxDimension, divisors));
  }
  const auto channels = static_cast<size_t>(m.image_channels);
  if (map.has("mean") != map.has("std"))
    map.fail(map.has("mean") ? "std" : "mean", "no such key", "both of mean and std, or none of them");
  net.normalization_given = map.has("mean");
  if (net.normalization_given) {
    m.mean = map.numbers("mean", channels, -1000, 1000);
    m.std = map.numbers("std", channels, 1e-6, 1000);
  } else if (has_cifar_shape(m)) {
    m.mean = kCifarMean;
    m.std = kCifarStd;
  } else {  // measured on the images that are trained on
    m.mean.clear();
    m.std.clear();
  }
}

void read_network(const YamlMap& map, NetConfig& net) {
  ModelConfig& m = net.model;
  read_image(map, net);
  m.classes = static_cast<int>(map.integer("classes", 1, kMaxClasses, m.classes));
  const std::string activation = map.choice("activation", {"psa", "bspline", "relu", "gelu"});
  m.activation = activation == "psa"       ? Activation::kPsa
                 : activation == "bspline" ? Activation::kBspline
                 : activation == "gelu"    ? Activation::kFixed
                                           : Activation::kRelu;
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

void read_block_transfer(const YamlMap& map, BlockTransfer& t) {
  t.teacher = map.text("teacher");
  t.epochs = static_cast<int>(map.integer("epochs", 1, 100000, t.epochs));
  t.learning_rate = map.number("learning_rate", 1e-8, 1, t.learning_rate);
}

}  // namespace

std::vector<std::string> recipe_keys() {
  return {"name",
          "network",
          "augmentation",
          "distillation",
          "block_transfer",
          "warm_start",
          "epochs",
          "batch_size",
          "shard_size",
          "precision",
          "optimizer",
          "learning_rate",
          "final_learning_rate",
          "muon_learning_rate",
          "schedule",
          "decay_fraction",
          "warmup_epochs",
          "ema",
          "weight_decay",
          "label_smoothing",
          "holdout",
          "seed"};
}

Recipe read_recipe(const YamlMap& map) {
  Recipe r;
  r.name = map.text("name");
  read_network(map.map("network", kNetworkKeys), r.net);
  if (map.has("augmentation")) {
    read_augmentation(map.map("augmentation", {"crop_pad", "flip", "cutout", "random_operations", "random_magnitude",
                                               "mixup", "cutmix"}),
                      r.augmentation);
  }
  if (map.has("distillation")) {
    read_distillation(map.map("distillation", {"teacher", "weight", "temperature", "views"}), r.distillation);
  }
  if (map.has("block_transfer"))
    read_block_transfer(map.map("block_transfer", {"teacher", "epochs", "learning_rate"}), r.block_transfer);
  r.warm_start = map.text("warm_start", "");
  if (!r.warm_start.empty() && !r.block_transfer.teacher.empty())
    map.fail("warm_start", r.warm_start, "one of warm_start and block_transfer, which begins with random blocks");
  r.epochs = static_cast<int>(map.integer("epochs", 1, 100000, r.epochs));
  r.batch_size = static_cast<int>(map.integer("batch_size", 1, 4096, r.batch_size));
  r.shard_size = static_cast<int>(map.integer("shard_size", 1, 4096, r.shard_size));
  if (r.batch_size % r.shard_size != 0) {
    map.fail("shard_size", std::to_string(r.shard_size), fmt::format("a divisor of batch_size = {}", r.batch_size));
  }
  if (map.choice("precision", {"float32", "bfloat16"}, "float32") == "bfloat16") r.precision = Precision::kBfloat16;
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
  r.holdout = static_cast<int>(map.integer("holdout", 0, 9'999'999, r.holdout));
  r.seed = static_cast<uint64_t>(map.integer("seed", 0, INT64_MAX, static_cast<int64_t>(r.seed)));
  return r;
}

Recipe parse_recipe(const std::string& yaml, const std::string& file) {
  const YamlNode root = parse_yaml(yaml, file);
  return read_recipe({root, file, "", recipe_keys()});
}

void resolve_paths(Recipe& recipe, const std::string& file) {
  for (std::string* path : {&recipe.distillation.teacher, &recipe.block_transfer.teacher, &recipe.warm_start}) {
    if (!path->empty()) *path = (std::filesystem::path(file).parent_path() / *path).lexically_normal().string();
  }
}

Recipe load_recipe(const std::string& path) {
  const std::vector<char> bytes = read_file(path, 1 << 20);
  Recipe recipe = parse_recipe({bytes.begin(), bytes.end()}, path);
  resolve_paths(recipe, path);
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
  // What is CIFAR-10's goes without saying: recipes, and hashes of them, are older than other images.
  if (!has_cifar_shape(m))
    text += fmt::format("  image: [{}, {}, {}]\n", m.image_channels, m.image_height, m.image_width);
  if (m.classes != ModelConfig{}.classes) text += fmt::format("  classes: {}\n", m.classes);
  if (!m.mean.empty() && !(has_cifar_shape(m) && m.mean == kCifarMean && m.std == kCifarStd))
    text += fmt::format("  mean: [{}]\n  std: [{}]\n", fmt::join(m.mean, ", "), fmt::join(m.std, ", "));
  text += fmt::format(
      "augmentation: {{crop_pad: {}, flip: {}, cutout: {}, random_operations: {}, random_magnitude: {}, mixup: {}, "
      "cutmix: {}}}\n",
      a.crop_pad, a.flip, a.cutout, a.random_operations, a.random_magnitude, a.mixup, a.cutmix);
  if (!r.distillation.teacher.empty()) {
    const Distillation& d = r.distillation;
    text += fmt::format("distillation: {{teacher: {}, weight: {}, temperature: {}, views: {}}}\n",
                        yaml_scalar(d.teacher), d.weight, d.temperature, d.views);
  }
  if (!r.block_transfer.teacher.empty()) {
    const BlockTransfer& t = r.block_transfer;
    text += fmt::format("block_transfer: {{teacher: {}, epochs: {}, learning_rate: {}}}\n", yaml_scalar(t.teacher),
                        t.epochs, t.learning_rate);
  }
  if (!r.warm_start.empty()) text += fmt::format("warm_start: {}\n", yaml_scalar(r.warm_start));
  // Said where it is not the default alone: older cards, and keys of caches, are texts without it.
  const std::string precision =
      r.precision == Precision::kFloat32 ? "" : fmt::format("precision: {}\n", to_string(r.precision));
  return text + fmt::format(
                    "epochs: {}\nbatch_size: {}\nshard_size: {}\n{}optimizer: {}\nlearning_rate: {}\n"
                    "final_learning_rate: {}\nmuon_learning_rate: {}\nschedule: {}\ndecay_fraction: {}\n"
                    "warmup_epochs: {}\nema: {}\nweight_decay: {}\nlabel_smoothing: {}\nholdout: {}\nseed: {}\n",
                    r.epochs, r.batch_size, r.shard_size, precision,
                    r.optimizer == OptimizerKind::kMuon ? "muon" : "adamw", r.learning_rate, r.final_learning_rate,
                    r.muon_learning_rate, r.schedule == Schedule::kTrapezoid ? "trapezoid" : "cosine", r.decay_fraction,
                    r.warmup_epochs, r.ema, r.weight_decay, r.label_smoothing, r.holdout, r.seed);
}

int transfer_epochs(const Recipe& r) {
  return r.block_transfer.teacher.empty() ? 0 : r.net.model.blocks * r.block_transfer.epochs;
}

int total_epochs(const Recipe& r) {
  return transfer_epochs(r) + r.epochs;
}

int block_of_epoch(const Recipe& r, int epoch) {
  return epoch < transfer_epochs(r) ? epoch / r.block_transfer.epochs : -1;
}

int epochs_in_phase(const Recipe& r, int epoch) {
  return epoch < transfer_epochs(r) ? epoch % r.block_transfer.epochs : epoch - transfer_epochs(r);
}

int decay_start(const Recipe& r) {
  return total_epochs(r) - static_cast<int>(std::lround(r.decay_fraction * r.epochs));
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
  return 1 - std::sqrt(part(decay_start(r) - transfer_epochs(r), r.epochs));  // Haegele et al. 2024: better than linear
}

bool may_continue(const Recipe& was, const Recipe& now, int epochs_done) {
  Recipe prolonged = was;
  prolonged.precision = now.precision;
  prolonged.epochs = now.epochs;
  prolonged.decay_fraction = now.decay_fraction;
  if (to_yaml(prolonged) != to_yaml(now)) return false;
  return (was.epochs == now.epochs && was.decay_fraction == now.decay_fraction) ||
         (was.schedule == Schedule::kTrapezoid && epochs_done <= decay_start(was) && epochs_done <= decay_start(now));
}

}  // namespace psaflow
