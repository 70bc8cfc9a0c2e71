// A YAML file as a plain tree that knows its lines. Strict on purpose: scenarios and recipes need maps, scalars and
// short lists, so whatever else YAML can do (anchors, tags, several documents, complex keys) is an error, and hostile
// files stay cheap.
#pragma once
#include <string>
#include <vector>

namespace psaflow {

struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMap };
  Kind kind = Kind::kNull;
  int line = 0;         // 1-based
  bool quoted = false;  // a scalar in quotes is text, whatever it looks like
  std::string text;     // of a scalar

  std::vector<YamlNode> items;    // of a sequence, and the values of a map
  std::vector<std::string> keys;  // of a map, in file order, distinct
  std::vector<int> key_lines;

  const YamlNode* find(const std::string& key) const;  // of a map; nullptr when it has no such key
};

// The whole file as one map. UserError (with FILE:LINE) on anything larger than 1 MiB, binary, not YAML, not a map,
// deeper than 16 levels, with a repeated key or a feature named above.
YamlNode load_yaml(const std::string& path);
YamlNode parse_yaml(const std::string& text, const std::string& file);  // file: for errors

// Text as it stands in a YAML file, in quotes where it would else be read as something other than this text.
std::string yaml_scalar(const std::string& text);

}  // namespace psaflow
