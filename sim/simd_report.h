// What `psaflow simulate` says of a fixed-size accelerator: the header, the tables and the JSON of one run.
#pragma once
#include <string>

#include "models/scenario/scenario.h"
#include "models/simd_model/simulation.h"

namespace psaflow {

struct SimdRun {
  const Scenario& scenario;
  const IntModel& model;
  const SimdMapping& mapping;
  const SimdMemory& memory;
  const SimdPrediction& plan;
  size_t images = 0, correct = 0;
  bool has_accuracy = true;  // false where accuracy means nothing: random weights, or classes other than the labels'
  double wall_s = 0;         // of the SystemC simulation
  std::string fault = {};    // --fault
};

void print_simd_header(const SimdRun& run);
void print_simd_tables(const SimdRun& run, const SimdSimulation& result);
std::string simd_json(const SimdRun& run, const SimdSimulation& result);

}  // namespace psaflow
