#include "sw/import/import_config.h"

#include <fmt/format.h>

#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/base/words.h"

namespace psaflow {
namespace {

const std::string kTransposed = ".T";

[[noreturn]] void fail(const std::string& file, int line, const std::string& key, const std::string& found,
                       const std::string& allowed) {
  throw UserError(fmt::format("{}:{}", file, line), key, found, allowed);
}

// The entries of a map of names, in file order.
template <typename Entry>
void for_each_entry(const YamlMap& map, const std::string& file, const std::string& key, const std::string& allowed,
                    const Entry& entry) {
  const YamlNode* node = map.find(key);
  if (node == nullptr) return;
  if (node->kind != YamlNode::Kind::kMap) fail(file, node->line, key, "no map", allowed);
  for (size_t i = 0; i < node->keys.size(); ++i) {
    const YamlNode& value = node->items[i];
    const std::string path = fmt::format("{}.{}", key, node->keys[i]);
    if (value.kind != YamlNode::Kind::kScalar || value.text.empty())
      fail(file, node->key_lines[i], path, "no plain value", allowed);
    entry(node->keys[i], value, node->key_lines[i], path);
  }
}

void read_map(const YamlMap& map, ImportConfig& c) {
  const std::string allowed = "THEIR NAME: OUR NAME, {i} for a block's index in both or in none";
  for_each_entry(map, c.file, "map", allowed,
                 [&](const std::string& theirs, const YamlNode& value, int line, const std::string& path) {
                   std::string ours = value.text;
                   const bool transposed = ours.size() > kTransposed.size() && ends_with(ours, kTransposed);
                   if (transposed) ours.resize(ours.size() - kTransposed.size());
                   const ImportConfig::Rename rename{NamePattern(theirs), NamePattern(ours), transposed, line};
                   if (rename.theirs.has_index() != rename.ours.has_index())
                     fail(c.file, line, path, "'" + value.text + "'", allowed);
                   c.map.push_back(rename);
                 });
}

void read_ignore(const YamlMap& map, ImportConfig& c) {
  const YamlNode* node = map.find("ignore");
  if (node == nullptr) return;
  const std::string allowed = "a list of names of the weights' file, {i} for a block's index";
  if (node->kind != YamlNode::Kind::kSequence) fail(c.file, node->line, "ignore", "no list", allowed);
  for (const YamlNode& item : node->items) {
    if (item.kind != YamlNode::Kind::kScalar || item.text.empty())
      fail(c.file, item.line, "ignore", "an entry that is no name", allowed);
    c.ignore.push_back({NamePattern(item.text), item.line});
  }
}

void read_fill(const YamlMap& map, ImportConfig& c) {
  if (!map.has("fill")) return;
  const std::string allowed = "OUR NAME: a number in -1e6..1e6, {i} for every block's index";
  for_each_entry(map, c.file, "fill", allowed,
                 [&](const std::string& ours, const YamlNode&, int line, const std::string&) {
                   const YamlMap values(*map.find("fill"), c.file, "fill", {});
                   c.fill.push_back({NamePattern(ours), static_cast<float>(values.number(ours, -1e6, 1e6)), line});
                 });
}

}  // namespace

ImportConfig parse_import_config(const std::string& yaml, const std::string& file) {
  const YamlNode root = parse_yaml(yaml, file);
  std::vector<std::string> keys = recipe_keys();
  keys.insert(keys.end(), {"prefix", "map", "ignore", "fill", "norm_epsilon"});
  const YamlMap map(root, file, "", keys);
  ImportConfig c;
  c.file = file;
  c.recipe = read_recipe(map);
  if (c.recipe.net.model.mean.empty()) {
    map.map("network", {})
        .fail("mean", "no such key",
              fmt::format("mean and std, a list of {} numbers each: what the pixels were normalised "
                          "by, (byte / 255 - mean) / std",
                          c.recipe.net.model.image_channels));
  }
  c.prefix = map.text("prefix", "");
  read_map(map, c);
  read_ignore(map, c);
  read_fill(map, c);
  c.norm_epsilon = map.number("norm_epsilon", 0, 1, c.norm_epsilon);
  return c;
}

ImportConfig load_import_config(const std::string& path) {
  const std::vector<char> bytes = read_file(path, 1 << 20);
  ImportConfig c = parse_import_config({bytes.begin(), bytes.end()}, path);
  resolve_paths(c.recipe, path);
  return c;
}

}  // namespace psaflow
