// libFuzzer target: a scenario of any bytes is read or is a UserError, and its choices, on a small network, become a
// pipeline or a UserError.
#include <cstddef>
#include <cstdint>
#include <string>

#include "models/plan/cycles.h"
#include "models/scenario/scenario.h"
#include "sw/base/error.h"
#include "sw/golden/random_model.h"

namespace {

using namespace psaflow;

// Named as the shipped ones are, so that `stages` finds what it names.
const IntModel& small_model() {
  static const IntModel model = [] {
    ModelConfig config;
    config.image_height = config.image_width = 8;
    config.patch = 2;
    config.embed = 24;
    config.hidden = 12;
    config.blocks = 1;
    config.activation = Activation::kPsa;
    return random_model(config, 65, 1);
  }();
  return model;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const Scenario scenario = parse_scenario(std::string(reinterpret_cast<const char*>(data), size), "f");
    const Pipeline pipeline = build_scenario_pipeline(scenario, small_model());
    const CyclePrediction cycles = predict_cycles(pipeline);
    PSAFLOW_CHECK(cycles.ii_cycles > 0 && cycles.latency_cycles > 0, "a pipeline takes its time");
  } catch (const UserError&) {
  }
  return 0;
}
