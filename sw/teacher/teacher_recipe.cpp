#include "sw/teacher/teacher_recipe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sw/base/file.h"

namespace psaflow {
namespace {

constexpr int kMaxWidth = 1024;

void read_widths(const YamlMap& network, std::array<int, 3>& widths) {
  const YamlNode* node = network.find("widths");
  if (node == nullptr) return;
  const std::string allowed = fmt::format("[a, b, c], three multiples of 8 in 8..{}", kMaxWidth);
  if (node->kind != YamlNode::Kind::kSequence || node->items.size() != widths.size())
    network.fail("widths", node->kind == YamlNode::Kind::kSequence ? "another length" : "no list", allowed);
  for (size_t i = 0; i < widths.size(); ++i) {
    const std::string& text = node->items[i].text;
    if (node->items[i].quoted)
      network.fail("widths", "'" + text + "' in quotes, which make it text", allowed + ", without quotes");
    const bool digits = !text.empty() && text.size() <= 4 && text.find_first_not_of("0123456789") == std::string::npos;
    widths[i] = digits ? std::stoi(text) : 0;
    if (widths[i] < 8 || widths[i] > kMaxWidth || widths[i] % 8 != 0) network.fail("widths", "'" + text + "'", allowed);
  }
}

}  // namespace

bool is_teacher_recipe(const YamlNode& root) {
  return root.kind == YamlNode::Kind::kMap && root.find("architecture") != nullptr;
}

TeacherRecipe parse_teacher_recipe(const std::string& yaml, const std::string& file) {
  const YamlNode root = parse_yaml(yaml, file);
  const YamlMap map(root, file, "",
                    {"architecture", "name", "network", "augmentation", "epochs", "batch_size", "shard_size",
                     "learning_rate", "momentum", "weight_decay", "bias_scale", "start_learning", "final_learning",
                     "peak_at", "whiten_bias_epochs", "lookahead", "label_smoothing", "holdout", "seed"});
  TeacherRecipe r;
  map.choice("architecture", {"conv"});
  r.name = map.text("name");
  if (map.has("network")) {
    const YamlMap network = map.map("network", {"widths", "head_scale"});
    read_widths(network, r.net.widths);
    r.net.head_scale = network.number("head_scale", 1e-3, 10, r.net.head_scale);
  }
  if (map.has("augmentation")) {
    const YamlMap a = map.map("augmentation", {"translate", "flip", "cutout"});
    r.augmentation.translate = static_cast<int>(a.integer("translate", 0, 16, r.augmentation.translate));
    r.augmentation.alternating_flip = a.choice("flip", {"alternating", "random"}, "alternating") == "alternating";
    r.augmentation.cutout = static_cast<int>(a.integer("cutout", 0, 32, r.augmentation.cutout));
  }
  r.epochs = static_cast<int>(map.integer("epochs", 1, 100000, r.epochs));
  r.batch_size = static_cast<int>(map.integer("batch_size", 1, 4096, r.batch_size));
  r.shard_size = static_cast<int>(map.integer("shard_size", 1, 256, r.shard_size));
  if (r.batch_size % r.shard_size != 0)
    map.fail("shard_size", std::to_string(r.shard_size), fmt::format("a divisor of batch_size = {}", r.batch_size));
  r.learning_rate = map.number("learning_rate", 1e-6, 1000, r.learning_rate);
  r.momentum = map.number("momentum", 0, 0.999, r.momentum);
  r.weight_decay = map.number("weight_decay", 0, 10, r.weight_decay);
  r.bias_scale = map.number("bias_scale", 1e-3, 1000, r.bias_scale);
  r.start_learning = map.number("start_learning", 0, 1, r.start_learning);
  r.final_learning = map.number("final_learning", 0, 1, r.final_learning);
  r.peak_at = map.number("peak_at", 0, 1, r.peak_at);
  r.whiten_bias_epochs = map.number("whiten_bias_epochs", 0, 100000, r.whiten_bias_epochs);
  r.lookahead = static_cast<int>(map.integer("lookahead", 0, 1000, r.lookahead));
  r.label_smoothing = map.number("label_smoothing", 0, 0.99, r.label_smoothing);
  r.holdout = static_cast<int>(map.integer("holdout", 0, 49999, r.holdout));
  r.seed = static_cast<uint64_t>(map.integer("seed", 0, INT64_MAX, static_cast<int64_t>(r.seed)));
  return r;
}

TeacherRecipe load_teacher_recipe(const std::string& path) {
  const std::vector<char> bytes = read_file(path, 1 << 20);
  return parse_teacher_recipe({bytes.begin(), bytes.end()}, path);
}

std::string to_yaml(const TeacherRecipe& r) {
  return fmt::format(
      "architecture: conv\nname: {}\n"
      "network: {{widths: [{}], head_scale: {}}}\n"
      "augmentation: {{translate: {}, flip: {}, cutout: {}}}\n"
      "epochs: {}\nbatch_size: {}\nshard_size: {}\nlearning_rate: {}\nmomentum: {}\nweight_decay: {}\nbias_scale: {}\n"
      "start_learning: {}\nfinal_learning: {}\npeak_at: {}\nwhiten_bias_epochs: {}\nlookahead: {}\n"
      "label_smoothing: {}\nholdout: {}\nseed: {}\n",
      yaml_scalar(r.name), fmt::join(r.net.widths, ", "), r.net.head_scale, r.augmentation.translate,
      r.augmentation.alternating_flip ? "alternating" : "random", r.augmentation.cutout, r.epochs, r.batch_size,
      r.shard_size, r.learning_rate, r.momentum, r.weight_decay, r.bias_scale, r.start_learning, r.final_learning,
      r.peak_at, r.whiten_bias_epochs, r.lookahead, r.label_smoothing, r.holdout, r.seed);
}

bool may_continue(const TeacherRecipe& was, const TeacherRecipe& now, int /*epochs_done*/) {
  return to_yaml(was) == to_yaml(now);
}

}  // namespace psaflow
