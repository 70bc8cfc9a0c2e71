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

SimdPrediction rtl_plan(const Scenario& scenario, const SimdMapping& mapping) {
  constexpr size_t kImages = 64;
  return predict_simd(mapping,
                      simd_memory(scenario.simd().memory, scenario.target.clock_mhz, mapping.hardware.bus_bytes), "rtl",
                      kImages);
}

void print_rtl_plan(const Scenario& scenario, int64_t ii_cycles, int64_t latency_cycles) {
  const double clock_mhz = scenario.target.clock_mhz;
  say("  {} cycles an image, {} images a second at {} MHz; latency {} cycles\n", grouped(ii_cycles),
      or_dash(images_per_second(clock_mhz, ii_cycles)), clock_mhz, grouped(latency_cycles));
  if (const std::string& profile = scenario.profile(); profile != "rtl")
    say("  note: the RTL is our build, not that of the scenario's profile {}\n", profile);
  say("  device {}\n", device_text(find_device(scenario.target.device)));
}

}  // namespace psaflow
