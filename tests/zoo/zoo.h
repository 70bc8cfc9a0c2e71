// The trained networks of sw/zoo with their cards.
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "sw/base/file.h"

namespace psaflow::test {

// Folders of the zoo, its shelves' too, that hold a model, in name order.
inline std::set<std::string> zoo_folders() {
  std::set<std::string> folders;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(PSAFLOW_SOURCE_DIR "/sw/zoo")) {
    if (entry.path().filename() == "model.safetensors") folders.insert(entry.path().parent_path().string());
  }
  return folders;
}

inline nlohmann::json card(const std::string& folder) {
  const std::vector<char> bytes = read_file(folder + "/card.json");
  return nlohmann::json::parse(bytes.begin(), bytes.end());
}

}  // namespace psaflow::test
