// Scenario files: which model, which images, which accelerator. YAML, read in two stages: text to these plain structs
// (every error with file, line, key and what is allowed), then structs to checked runtime objects by the plan.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "models/plan/build.h"
#include "models/scenario/explore_space.h"
#include "models/scenario/target.h"
#include "models/simd/mapping.h"
#include "sw/data/image_set.h"
#include "sw/golden/ports.h"

namespace psaflow {

struct SyntheticModel {  // seeded random weights: for design points that nobody has trained; timing does not depend on
                         // data
  ModelConfig config;
  int table_points = 65;
  uint64_t seed = 1;
};

// Each kind of accelerator has its own choices.
using Accelerator = std::variant<StreamingOptions, SimdOptions>;

struct Scenario {
  std::string file, name, description;
  std::string model_path;                   // exactly one of model_path (resolved against the scenario's folder) ...
  std::optional<SyntheticModel> synthetic;  // ... and synthetic
  ImageSource data;                         // its paths resolved likewise
  Target target;
  Accelerator accelerator;
  Ports ports;           // the key `export`: what enters and leaves
  ExploreSpace explore;  // what `psaflow explore` sweeps
  // What the scenario's source claims for this point, printed beside what is measured (0 or empty: nothing claimed).
  int64_t claimed_ii_cycles = 0;
  double claimed_fps = 0;
  std::string claim_source;
  StreamingOptions& streaming() { return std::get<StreamingOptions>(accelerator); }
  const StreamingOptions& streaming() const { return std::get<StreamingOptions>(accelerator); }
  bool is_simd() const { return std::holds_alternative<SimdOptions>(accelerator); }
  const SimdOptions& simd() const { return std::get<SimdOptions>(accelerator); }
  AcceleratorKind kind() const { return is_simd() ? AcceleratorKind::kSimd : AcceleratorKind::kStreaming; }
  const std::string& profile() const { return is_simd() ? simd().profile : streaming().profile; }

  std::map<std::string, int> lines;  // of every key below `accelerator` ("lanes", "stages.head.pe"), for errors
};

// models/scenario/README.md describes every key. UserError names FILE:LINE, the key's path, what was found and what is
// allowed.
Scenario load_scenario(const std::string& path);
Scenario parse_scenario(const std::string& text,
                        const std::string& file);  // file: for errors, and what paths are relative to

// The scenario with an accelerator of this kind; of another than its own everything at its defaults, a tile of 0: none chosen.
Scenario of_kind(const Scenario& scenario, AcceleratorKind kind);

// The files that a run of the scenario reads besides its own: images, and the model where there is one.
std::vector<std::string> files_of(const Scenario& scenario);

// Loads or makes the model, with the stages that scenario.ports asks for around it. UserError when the file is missing
// or no integer model.
IntModel load_scenario_model(const Scenario& scenario);

// The images that the scenario runs on. UserError where they are not what the model takes.
ImageSet load_scenario_images(const Scenario& scenario, const IntModel& model);

// Whose timing a mapping has: the profile that the scenario names, or our own RTL's, which is what is built of it.
enum class Timing { kAsGiven, kRtl };

// plan_streaming, its findings completed with the line of the key. The model must outlive the pipeline.
// UserError where the scenario is not of this kind of accelerator. on_search: see StreamingOptions.
Pipeline build_scenario_pipeline(const Scenario& scenario, const IntModel& model, Timing timing = Timing::kAsGiven,
                                 const std::function<void(int done, int all)>& on_search = {});

// plan_simd likewise.
SimdMapping build_scenario_mapping(const Scenario& scenario, const IntModel& model);

}  // namespace psaflow
