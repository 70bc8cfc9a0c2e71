// Something wrong in what a user gave, as a value: checks collect findings, and whoever knows the file makes a
// UserError of one.
#pragma once
#include <string>
#include <vector>

namespace psaflow {

struct Finding {
  std::string path;     // of the key or layer within its file: "stages.head.pe", "blocks.0.channel.fc1"
  std::string found;    // the value
  std::string allowed;  // instead
};

// Throws the first finding as a UserError of `file`; does nothing when there is none.
void throw_first(const std::vector<Finding>& findings, const std::string& file);

}  // namespace psaflow
