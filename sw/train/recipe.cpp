#include "sw/train/recipe.h"

#include <fmt/format.h>

#include "sw/base/file.h"
#include "sw/io/yaml_reader.h"

namespace psaflow {
namespace {

constexpr int kMaxDimension = 4096;

void read_network(const YamlMap& map, NetConfig& net) {
  ModelConfig& m = net.model;
  m.mean = {0.4914, 0.4822, 0.4465};  // of CIFAR-10's training split
  m.std = {0.2470, 0.2435, 0.2616};
  const std::string activation = map.choice("activation", {"psa", "bspline", "relu"});
  m.activation = activation == "psa"       ? Activation::kPsa
                 : activation == "bspline" ? Activation::kBspline
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
}

}  // namespace

Recipe parse_recipe(const std::string& yaml, const std::string& file) {
  const YamlNode root = parse_yaml(yaml, file);
  const YamlMap map(root, file, "",
                    {"name", "network", "augmentation", "epochs", "batch_size", "shard_size", "learning_rate",
                     "final_learning_rate", "warmup_epochs", "weight_decay", "label_smoothing", "holdout", "seed"});
  Recipe r;
  r.name = map.text("name");
  read_network(map.map("network", {"activation", "patch", "embed", "hidden", "blocks", "psa", "experts", "grid_points",
                                   "grid_range", "layer_scale"}),
               r.net);
  if (map.has("augmentation")) {
    const YamlMap a = map.map("augmentation", {"crop_pad", "flip", "cutout"});
    r.augmentation.crop_pad = static_cast<int>(a.integer("crop_pad", 0, 16, r.augmentation.crop_pad));
    r.augmentation.flip = a.choice("flip", {"true", "false"}, "true") == "true";
    r.augmentation.cutout = static_cast<int>(a.integer("cutout", 0, 32, r.augmentation.cutout));
  }
  r.epochs = static_cast<int>(map.integer("epochs", 1, 100000, r.epochs));
  r.batch_size = static_cast<int>(map.integer("batch_size", 1, 4096, r.batch_size));
  r.shard_size = static_cast<int>(map.integer("shard_size", 1, 4096, r.shard_size));
  if (r.batch_size % r.shard_size != 0) {
    map.fail("shard_size", std::to_string(r.shard_size), fmt::format("a divisor of batch_size = {}", r.batch_size));
  }
  r.learning_rate = map.number("learning_rate", 1e-8, 1, r.learning_rate);
  r.final_learning_rate = map.number("final_learning_rate", 0, 1, r.final_learning_rate);
  r.warmup_epochs = map.number("warmup_epochs", 0, 1000, r.warmup_epochs);
  r.weight_decay = map.number("weight_decay", 0, 10, r.weight_decay);
  r.label_smoothing = map.number("label_smoothing", 0, 0.99, r.label_smoothing);
  r.holdout = static_cast<int>(map.integer("holdout", 0, 49999, r.holdout));
  r.seed = static_cast<uint64_t>(map.integer("seed", 0, INT64_MAX, static_cast<int64_t>(r.seed)));
  return r;
}

Recipe load_recipe(const std::string& path) {
  const std::vector<char> bytes = read_file(path, 1 << 20);
  return parse_recipe({bytes.begin(), bytes.end()}, path);
}

std::string to_yaml(const Recipe& r) {
  const ModelConfig& m = r.net.model;
  return fmt::format(
      "name: {}\n"
      "network:\n"
      "  activation: {}\n  patch: {}\n  embed: {}\n  hidden: {}\n  blocks: {}\n"
      "  psa: {}\n  experts: {}\n  grid_points: {}\n  grid_range: {}\n  layer_scale: {}\n"
      "augmentation: {{crop_pad: {}, flip: {}, cutout: {}}}\n"
      "epochs: {}\nbatch_size: {}\nshard_size: {}\nlearning_rate: {}\nfinal_learning_rate: {}\nwarmup_epochs: {}\n"
      "weight_decay: {}\nlabel_smoothing: {}\nholdout: {}\nseed: {}\n",
      r.name, to_string(m.activation), m.patch, m.embed, m.hidden, m.blocks, r.net.exact_psa ? "exact" : "lerp",
      r.net.experts, r.net.grid_points, r.net.grid_range, r.net.layer_scale, r.augmentation.crop_pad,
      r.augmentation.flip, r.augmentation.cutout, r.epochs, r.batch_size, r.shard_size, r.learning_rate,
      r.final_learning_rate, r.warmup_epochs, r.weight_decay, r.label_smoothing, r.holdout, r.seed);
}

}  // namespace psaflow
