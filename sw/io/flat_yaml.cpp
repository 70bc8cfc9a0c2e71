#include "sw/io/flat_yaml.h"

#include <fmt/format.h>

namespace psaflow {
namespace {

void flatten(const YamlNode& node, const std::string& path, std::map<std::string, std::string>& out) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      out[path] = "nothing";
      return;
    case YamlNode::Kind::kScalar:
      out[path] = node.text;
      return;
    case YamlNode::Kind::kSequence:
      for (size_t i = 0; i < node.items.size(); ++i) flatten(node.items[i], fmt::format("{}[{}]", path, i), out);
      return;
    case YamlNode::Kind::kMap:
      for (size_t i = 0; i < node.items.size(); ++i)
        flatten(node.items[i], path.empty() ? node.keys[i] : path + "." + node.keys[i], out);
      return;
  }
}

}  // namespace

std::map<std::string, std::string> flat_yaml(const YamlNode& root) {
  std::map<std::string, std::string> out;
  flatten(root, "", out);
  return out;
}

}  // namespace psaflow
