// Typed, checked reading of a YAML map: every getter names file, line and key path in its errors, says what was found
// and what is allowed, and a misspelt name is answered with the nearest right one.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sw/io/yaml_tree.h"

namespace psaflow {

class YamlMap {
 public:
  // UserError when `node` is no map or has a key that is not among `keys` (empty: any key). path: "" for the whole
  // file.
  YamlMap(const YamlNode& node, std::string file, std::string path, std::vector<std::string> keys);

  bool has(const std::string& key) const { return node_->find(key) != nullptr; }
  const YamlNode* find(const std::string& key) const { return node_->find(key); }
  const YamlNode& node() const { return *node_; }
  // The map below `key`; UserError when it is missing or no map.
  YamlMap map(const std::string& key, std::vector<std::string> keys) const;

  // The value of `key`; the default when it is absent; UserError when it is absent and there is no default.
  std::string text(const std::string& key, std::optional<std::string> fallback = std::nullopt) const;  // not empty
  std::string choice(const std::string& key, const std::vector<std::string>& choices,
                     std::optional<std::string> fallback = std::nullopt) const;
  // Quotes make text of a word, a number or true: words may stand in them, numbers and booleans may not.
  bool boolean(const std::string& key, std::optional<bool> fallback = std::nullopt) const;
  int64_t integer(const std::string& key, int64_t low, int64_t high,
                  std::optional<int64_t> fallback = std::nullopt) const;
  double number(const std::string& key, double low, double high, std::optional<double> fallback = std::nullopt) const;
  // A list of `count` numbers (0: of any length but none), each in low..high; UserError when it is absent.
  std::vector<double> numbers(const std::string& key, size_t count, double low, double high) const;
  // The same of integers.
  std::vector<int> integers(const std::string& key, size_t count, int low, int high) const;
  // An integer, or the word `word`, which gives nothing; nothing too when the key is absent. words: what errors say is
  // allowed, where the caller takes more of them.
  std::optional<int64_t> integer_or(const std::string& key, const std::string& word, int64_t low, int64_t high,
                                    const std::string& words = "") const;

  // "accelerator.lanes"
  std::string path(const std::string& key) const { return path_.empty() ? key : path_ + "." + key; }
  [[noreturn]] void fail(const std::string& key, const std::string& value, const std::string& allowed) const;

 private:
  const YamlNode* scalar(const std::string& key, const std::string& wanted, bool required) const;
  template <typename Number>
  std::vector<Number> list(const std::string& key, size_t count, Number low, Number high, const char* kind) const;
  template <typename Number>
  Number in_range(const YamlNode& node, const std::string& key, Number low, Number high,
                  const std::string& wanted) const;

  const YamlNode* node_;
  std::string file_, path_;
};

}  // namespace psaflow
