// What `psaflow simulate` says: the header, the tables and the JSON of one run.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "models/plan/cycles.h"
#include "models/plan/steady.h"
#include "models/scenario/scenario.h"
#include "models/streaming/accelerator.h"

namespace psaflow {

struct SimulateRun {
  const Scenario& scenario;
  const IntModel& model;
  const Pipeline& pipeline;
  const CyclePrediction& plan;
  size_t images = 0, correct = 0;  // correct: by the SystemC model's logits
  bool has_accuracy = true;  // false where accuracy means nothing: random weights, or classes other than the labels'
  double wall_s = 0;         // of the SystemC simulation
  Stalls stalls = {};        // how source and sink hesitate ...
  StreamPrediction stream = {};            // ... and what the plan says of these images
  std::optional<SteadyState> steady = {};  // without stalls, as planned; empty: it locks up, or none was found
  std::string fault = {};                  // --fault
};

// Fills stalls, stream and steady.
void plan_images(SimulateRun& run, const Stalls& stalls, const std::function<void(size_t)>& on_progress);

// Whether the labels can judge the answers: there are some, of trained weights, and of as many classes.
bool has_accuracy(const Scenario& scenario, const ImageSet& data, const IntModel& model);

void print_simulate_header(const SimulateRun& run);
void print_simulate_tables(const SimulateRun& run, const SimulationResult& result);
std::string simulate_json(const SimulateRun& run, const SimulationResult& result);

// The plan's II of the steady state: what the FIFOs let through, which may be more than the slowest stage's; where it
// locks up, that of the slowest stage; under stalls the mean. 0: not known.
int64_t planned_ii_cycles(const SimulateRun& run);

void print_shallow_note(int64_t ideal_ii_cycles, int64_t ii_cycles);
void print_unsteady_note(size_t images, bool stalls);

// Who waits for whom, a table.
void print_waits(const Deadlock& deadlock, const std::string& where = "");

// One line each, for stderr.
std::string deadlock_line(const Deadlock& deadlock, const std::string& where = "");  // where: "RTL"
std::string divergence_line(const Divergence& divergence, size_t mismatches, size_t images);

}  // namespace psaflow
