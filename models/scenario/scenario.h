// Scenario files: which model, which images, which accelerator. YAML, read in two stages: text to these plain structs (every error
// with file, line, key and what is allowed), then structs to checked runtime objects by the plan.
#pragma once
#include <optional>
#include <string>

#include "models/plan/build.h"

namespace psaflow {

struct SyntheticModel {  // seeded random weights: for design points that nobody has trained; timing does not depend on data
  ModelConfig config;
  int table_points = 65;
  uint64_t seed = 1;
};

struct Scenario {
  std::string file, name, description;
  std::string model_path;                   // exactly one of model_path (resolved against the scenario's folder) ...
  std::optional<SyntheticModel> synthetic;  // ... and synthetic
  std::string data_dir;                     // resolved likewise
  bool test_split = true;
  size_t images = 256;
  std::string device = "xcu50";
  StreamingOptions streaming;
  // What the scenario's source claims for this point, printed beside what is measured (0: nothing claimed).
  int64_t claimed_ii_cycles = 0;
  double claimed_fps = 0;
};

Scenario load_scenario(const std::string& path);
IntModel load_scenario_model(const Scenario& scenario);

}  // namespace psaflow
