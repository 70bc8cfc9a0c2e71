// In which keys two recipes differ: a run goes on with the recipe that it began with, and who changed it is told what.
#pragma once
#include <string>
#include <vector>

namespace psaflow {

struct KeyDifference {
  std::string key, was, now;  // "network.hidden", "96", "48"; "nothing" where a recipe lacks the key
};

// Of two recipes as to_yaml() writes them, of whatever kind; in the order of the keys' names.
std::vector<KeyDifference> recipe_differences(const std::string& was, const std::string& now);

}  // namespace psaflow
