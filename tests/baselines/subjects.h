// What has an approved baseline: every shipped scenario, and six networks of odd shapes that between them use what
// those leave out.
#pragma once
#include <string>
#include <vector>

#include "models/plan/build.h"
#include "sw/golden/model.h"

namespace psaflow::test {

struct Subject {
  std::string name;
  IntModel model;
  StreamingOptions options;
};

// In the order of their names; from PSAFLOW_SOURCE_DIR/scenarios.
std::vector<Subject> shipped_scenarios();
std::vector<Subject> odd_networks();

}  // namespace psaflow::test
