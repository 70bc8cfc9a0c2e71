// What `psaflow import` is told of a network that was trained elsewhere: a recipe, whose network says the shapes, and
// how the tensors of its file are named.
#pragma once
#include <string>
#include <vector>

#include "sw/import/name_rules.h"
#include "sw/train/recipe.h"

namespace psaflow {

struct ImportConfig {
  std::string file;    // for errors
  Recipe recipe;       // fine-tuning goes on with its augmentation, batch size and so on
  std::string prefix;  // in front of every name of theirs: "module."

  struct Rename {
    NamePattern theirs, ours;
    bool transposed = false;
    int line = 0;
  };
  std::vector<Rename> map;  // the first that matches decides
  struct Ignore {
    NamePattern theirs;
    int line = 0;
  };
  std::vector<Ignore> ignore;
  struct Fill {
    NamePattern ours;
    float value = 0;
    int line = 0;
  };
  std::vector<Fill> fill;      // tensors that the file does not have, constant
  double norm_epsilon = 1e-5;  // that their norms were trained with
};

// YAML: a recipe's keys, and prefix, map, ignore, fill, norm_epsilon. UserError names file, line, key, value and what
// is allowed.
ImportConfig load_import_config(const std::string& path);
ImportConfig parse_import_config(const std::string& yaml, const std::string& file);

}  // namespace psaflow
