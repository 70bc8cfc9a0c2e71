#include "sim/rtl_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/plan/steady.h"
#include "sim/say.h"
#include "sim/terminal.h"
#include "sw/base/error.h"

namespace psaflow {

CyclePrediction checked_plan(const Scenario& scenario, const Pipeline& pipeline) {
  constexpr size_t kImages = 1000;  // the first few are followed, until they repeat
  CyclePrediction plan = predict_cycles(pipeline);
  const StreamPrediction stream = predict_stream(pipeline, kImages);
  if (stream.deadlock) {
    throw UserError(scenario.file, "accelerator", "FIFOs so shallow that it locks up",
                    fmt::format("deeper ones: 'psaflow simulate {}' names the FIFO and the depth", scenario.file));
  }
  const auto steady = predict_steady_state(pipeline);
  plan.ii_cycles = std::max(plan.ii_cycles, steady ? steady->ii_cycles() : stream.ii_cycles);
  return plan;
}

void print_rtl_plan(const Scenario& scenario, const Pipeline& pipeline, const CyclePrediction& plan) {
  say("  {} cycles an image, {} images a second at {} MHz; latency {} cycles\n", grouped(plan.ii_cycles),
      or_dash(images_per_second(pipeline.clock_mhz, plan.ii_cycles)), pipeline.clock_mhz, grouped(plan.latency_cycles));
  if (const std::string& profile = scenario.streaming().profile; profile != pipeline.profile.name)
    say("  note: the RTL is our build, not that of the scenario's profile {}\n", profile);
  say("  device {}\n", device_text(find_device(scenario.target.device)));
}

}  // namespace psaflow
