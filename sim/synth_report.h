// What `psaflow synth` says: the table and the JSON of what a scenario's accelerator takes of its device.
#pragma once
#include <string>
#include <vector>

#include "models/scenario/devices.h"
#include "models/scenario/scenario.h"
#include "rtl_gen/synth/synthesis.h"

namespace psaflow {

struct SynthRun {
  const Scenario& scenario;
  int64_t ii_cycles = 0;
  const Synthesis& synthesis;
};

// What the device has too little of: "LUT", "DSP", ...; empty: it fits.
std::vector<std::string> too_much_of(const FpgaCost& cost, const Device& device);

void print_synth_table(const SynthRun& run);
std::string synth_json(const SynthRun& run);

}  // namespace psaflow
