#include "sw/io/yaml_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sw/base/error.h"
#include "sw/base/words.h"

namespace psaflow {
namespace {

std::string join(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

std::string describe(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kScalar:
      return fmt::format(node.quoted ? "'{}' in quotes, which make it text" : "'{}'", node.text);
    case YamlNode::Kind::kSequence:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a map";
  }
  return "";
}

}  // namespace

YamlMap::YamlMap(const YamlNode& node, std::string file, std::string path, std::vector<std::string> keys)
    : node_(&node), file_(std::move(file)), path_(std::move(path)) {
  if (node.kind != YamlNode::Kind::kMap) {
    throw UserError(fmt::format("{}:{}", file_, node.line), path_, describe(node),
                    "a map with the keys " + (keys.empty() ? "of your choice" : join(keys)));
  }
  if (keys.empty()) return;
  for (size_t i = 0; i < node.keys.size(); ++i) {
    if (std::find(keys.begin(), keys.end(), node.keys[i]) != keys.end()) continue;
    throw UserError(fmt::format("{}:{}", file_, node.key_lines[i]), path_,
                    "unknown key " + quoted_word(node.keys[i], keys), join(keys));
  }
}

YamlMap YamlMap::map(const std::string& key, std::vector<std::string> keys) const {
  const YamlNode* below = node_->find(key);
  if (below == nullptr) fail(key, "nothing", "a map with the keys " + join(keys));
  return {*below, file_, path(key), std::move(keys)};
}

void YamlMap::fail(const std::string& key, const std::string& value, const std::string& allowed) const {
  int line = node_->line;
  for (size_t i = 0; i < node_->keys.size(); ++i) {
    if (node_->keys[i] == key) line = node_->key_lines[i];
  }
  throw UserError(fmt::format("{}:{}", file_, line), path(key), value, allowed);
}

const YamlNode* YamlMap::scalar(const std::string& key, const std::string& wanted, bool required) const {
  const YamlNode* node = node_->find(key);
  if (node == nullptr && !required) return nullptr;
  if (node == nullptr) fail(key, "no such key", wanted);
  if (node->kind != YamlNode::Kind::kScalar) fail(key, describe(*node), wanted);
  return node;
}

std::string YamlMap::text(const std::string& key, std::optional<std::string> fallback) const {
  const YamlNode* node = scalar(key, "text", !fallback);
  if (node == nullptr) return *fallback;
  if (node->text.empty()) fail(key, "empty text", "text");
  return node->text;
}

std::string YamlMap::choice(const std::string& key, const std::vector<std::string>& choices,
                            std::optional<std::string> fallback) const {
  const YamlNode* node = scalar(key, join(choices), !fallback);
  if (node == nullptr) return *fallback;
  if (std::find(choices.begin(), choices.end(), node->text) == choices.end())
    fail(key, quoted_word(node->text, choices), join(choices));
  return node->text;
}

bool YamlMap::boolean(const std::string& key, std::optional<bool> fallback) const {
  const YamlNode* node = scalar(key, "true, false", !fallback);
  if (node == nullptr) return *fallback;
  if (node->quoted) fail(key, describe(*node), "true, false, without quotes");
  return choice(key, {"true", "false"}) == "true";
}

template <typename Number>
Number YamlMap::in_range(const YamlNode& node, const std::string& key, Number low, Number high,
                         const std::string& wanted) const {
  Number value = 0;
  const char* end = node.text.data() + node.text.size();
  const auto [stop, error] = std::from_chars(node.text.data(), end, value);
  if (node.quoted || error != std::errc() || stop != end || !(value >= low && value <= high))  // no NaN either
    fail(key, describe(node), node.quoted ? wanted + ", without quotes" : wanted);
  return value;
}

int64_t YamlMap::integer(const std::string& key, int64_t low, int64_t high, std::optional<int64_t> fallback) const {
  const std::string wanted = fmt::format("an integer in {}..{}", low, high);
  const YamlNode* node = scalar(key, wanted, !fallback);
  if (node == nullptr) return *fallback;
  return in_range(*node, key, low, high, wanted);
}

double YamlMap::number(const std::string& key, double low, double high, std::optional<double> fallback) const {
  const std::string wanted = fmt::format("a number in {}..{}", low, high);
  const YamlNode* node = scalar(key, wanted, !fallback);
  if (node == nullptr) return *fallback;
  return in_range(*node, key, low, high, wanted);
}

template <typename Number>
std::vector<Number> YamlMap::list(const std::string& key, size_t count, Number low, Number high,
                                  const char* kind) const {
  const std::string wanted = fmt::format("a list [a, b, ...] of {}{} in {}..{}",
                                         count == 0 ? std::string() : fmt::format("{} ", count), kind, low, high);
  const YamlNode* node = node_->find(key);
  if (node == nullptr) fail(key, "no such key", wanted);
  if (node->kind != YamlNode::Kind::kSequence) fail(key, describe(*node), wanted);
  if (node->items.empty() || (count != 0 && node->items.size() != count))
    fail(key, fmt::format("a list of {}", node->items.size()), wanted);
  std::vector<Number> values;
  for (const YamlNode& item : node->items) {
    if (item.kind != YamlNode::Kind::kScalar) fail(key, describe(item) + " in the list", wanted);
    values.push_back(in_range(item, key, low, high, wanted));
  }
  return values;
}

std::vector<double> YamlMap::numbers(const std::string& key, size_t count, double low, double high) const {
  return list(key, count, low, high, "numbers");
}

std::vector<int> YamlMap::integers(const std::string& key, size_t count, int low, int high) const {
  return list(key, count, low, high, "integers");
}

std::optional<int64_t> YamlMap::integer_or(const std::string& key, const std::string& word, int64_t low, int64_t high,
                                           const std::string& words) const {
  const YamlNode* node = node_->find(key);
  if (node == nullptr || (node->kind == YamlNode::Kind::kScalar && node->text == word)) return std::nullopt;
  const std::string wanted = fmt::format("{}, or an integer in {}..{}", words.empty() ? word : words, low, high);
  if (node->kind != YamlNode::Kind::kScalar) fail(key, describe(*node), wanted);
  return in_range(*node, key, low, high, wanted);
}

}  // namespace psaflow
