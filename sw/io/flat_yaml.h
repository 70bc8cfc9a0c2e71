// A YAML tree as key paths and texts, to compare files key by key.
#pragma once
#include <map>
#include <string>

#include "sw/io/yaml_tree.h"

namespace psaflow {

// "network.hidden" -> "96", "network.widths[0]" -> "32"; an empty value is "nothing".
std::map<std::string, std::string> flat_yaml(const YamlNode& root);

}  // namespace psaflow
