// What `psaflow simulate` says: the header, the tables and the JSON of one run.
#pragma once
#include <string>

#include "models/plan/cycles.h"
#include "models/scenario/scenario.h"
#include "models/streaming/accelerator.h"

namespace psaflow {

struct SimulateRun {
  const Scenario& scenario;
  const IntModel& model;
  const Pipeline& pipeline;
  const CyclePrediction& plan;
  std::string data_dir;
  size_t images = 0, correct = 0;  // correct: by the SystemC model's logits
  bool has_accuracy = true;  // false where accuracy means nothing: random weights, or classes other than the labels'
  double wall_s = 0;         // of the SystemC simulation
  Stalls stalls = {};        // how source and sink hesitate ...
  StreamPrediction stalled = {};  // ... and what the plan says of that; empty without stalls
  std::string fault = {};         // --fault
};

void print_simulate_header(const SimulateRun& run);
void print_simulate_tables(const SimulateRun& run, const SimulationResult& result);
std::string simulate_json(const SimulateRun& run, const SimulationResult& result);

// Who waits for whom, a table.
void print_waits(const Deadlock& deadlock, const std::string& where = "");

// One line each, for stderr.
std::string deadlock_line(const Deadlock& deadlock, const std::string& where = "");  // where: "RTL"
std::string divergence_line(const Divergence& divergence, size_t mismatches, size_t images);

}  // namespace psaflow
