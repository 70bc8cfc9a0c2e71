#include "sw/train/recipe_difference.h"

#include <set>

#include "sw/io/flat_yaml.h"

namespace psaflow {

std::vector<KeyDifference> recipe_differences(const std::string& was, const std::string& now) {
  const auto before = flat_yaml(parse_yaml(was, "recipe")), after = flat_yaml(parse_yaml(now, "recipe"));
  const auto value = [](const auto& values, const std::string& key) {
    const auto found = values.find(key);
    return found == values.end() ? std::string("nothing") : found->second;
  };
  std::set<std::string> keys;
  for (const auto* values : {&before, &after}) {
    for (const auto& entry : *values) keys.insert(entry.first);
  }
  std::vector<KeyDifference> differences;
  for (const std::string& key : keys) {
    const std::string left = value(before, key), right = value(after, key);
    if (left != right) differences.push_back({key, left, right});
  }
  return differences;
}

}  // namespace psaflow
